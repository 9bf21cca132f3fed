import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from photomill.components import Embedder
from photomill.images.image import Image
from photomill.testing import EmbedderContract, open_component
from photomill.testing.embedder import draw_image
from photomill_efficientnet import EfficientNet
from photomill_lite0.graph import EPSILON, STRIDES
from photomill_lite0.network import prepared
from photomill_lite0.weights import FILE, PACKAGE, SHA256
from photomill_networks.weights import packaged_weights


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def efficientnet(cache: Path) -> Iterator[Embedder]:
    with open_component(EfficientNet, cache_dir=cache) as embedder:
        yield embedder


class TestContract(EmbedderContract):
    @pytest.fixture
    def embedder(self, cache: Path) -> Iterator[Embedder]:
        with open_component(EfficientNet, cache_dir=cache) as embedder:
            yield embedder


def test_it_gives_the_pooled_features(efficientnet: Embedder) -> None:
    assert efficientnet.dimension == 1280
    assert SHA256[:16] in efficientnet.fingerprint


def test_a_mirrored_picture_is_near(efficientnet: Embedder) -> None:
    scene = draw_image(3)
    mirrored = Image.from_pixels(scene.pixels[:, ::-1])
    other = draw_image(4)
    one, two, three = efficientnet.embed([scene, mirrored, other])
    assert np.linalg.norm(one - two) < np.linalg.norm(one - three)


def test_the_model_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_component(EfficientNet, cache_dir=tmp_path) as embedder:
        expected = embedder.embed([draw_image(1)])
    before = {kept: kept.stat() for kept in tmp_path.iterdir()}
    assert len(before) == 2
    with open_component(EfficientNet, cache_dir=tmp_path) as embedder:
        assert np.array_equal(embedder.embed([draw_image(1)]), expected)
    for kept, was in before.items():
        assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == (was.st_ino, was.st_mtime_ns)


def test_a_damaged_cache_is_made_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_component(EfficientNet, cache_dir=tmp_path) as embedder:
        expected = embedder.embed([draw_image(1)])
    kept = max(tmp_path.iterdir(), key=lambda file: file.stat().st_size)
    whole = kept.read_bytes()
    kept.write_bytes(whole[:5_000_000] + b"\0" + whole[5_000_001:-100])
    with (
        caplog.at_level(logging.WARNING),
        open_component(EfficientNet, cache_dir=tmp_path) as embedder,
    ):
        assert np.array_equal(embedder.embed([draw_image(1)]), expected)
    assert "damaged" in caplog.text
    assert kept.read_bytes() == whole


@pytest.mark.clip
def test_it_is_torchs_own_result(efficientnet: Embedder, torch: Any) -> None:
    data = packaged_weights(PACKAGE, FILE, sha256=SHA256)
    weights = torch.load(io.BytesIO(data), weights_only=True)
    for seed in range(3):
        pixels = draw_image(seed, 100 + seed, 150).pixels
        with torch.inference_mode():
            features = torch_features(torch, weights, torch.from_numpy(prepared(pixels)))
        expected = (features / features.norm()).numpy()
        assert np.allclose(efficientnet.embed([Image.from_pixels(pixels)]), expected, atol=1e-4)
        assert np.abs(expected).max() > 0.05


def torch_features(torch: Any, weights: Any, pixels: Any) -> Any:
    """EfficientNet-Lite0 as its definition reads, with batch normalisation as a layer of its own."""
    functional = torch.nn.functional

    def convolve(values: Any, convolution: str, normalisation: str, stride: int = 1) -> Any:
        kernel = weights[f"{convolution}.weight"]
        reach = []
        for length in (values.shape[3], values.shape[2]):
            total = max((-(-length // stride) - 1) * stride + kernel.shape[2] - length, 0)
            reach += [total // 2, total - total // 2]
        groups = values.shape[1] // kernel.shape[1]
        values = functional.conv2d(
            functional.pad(values, reach), kernel, stride=stride, groups=groups
        )
        mean, variance, gain, shift = (
            weights[f"{normalisation}.{part}"]
            for part in ("running_mean", "running_var", "weight", "bias")
        )
        return functional.batch_norm(values, mean, variance, gain, shift, eps=EPSILON)

    values = functional.relu6(convolve(pixels, "_conv_stem", "_bn0", 2))
    for number, stride in enumerate(STRIDES):
        block, entered = f"_blocks.{number}", values
        if number:
            values = functional.relu6(convolve(values, f"{block}._expand_conv", f"{block}._bn0"))
        values = functional.relu6(
            convolve(values, f"{block}._depthwise_conv", f"{block}._bn1", stride)
        )
        values = convolve(values, f"{block}._project_conv", f"{block}._bn2")
        if stride == 1 and values.shape == entered.shape:
            values = values + entered
    return functional.relu6(convolve(values, "_conv_head", "_bn1")).mean(dim=(2, 3))

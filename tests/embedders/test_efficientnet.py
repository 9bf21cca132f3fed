import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from photomill.components import Embedder
from photomill.errors import Unsupported
from photomill.images.image import Image
from photomill.testing import EmbedderContract, open_component
from photomill.testing.embedder import draw_image
from photomill_efficientnet import EfficientNet
from photomill_efficientnet.projection import DIMENSION, Projection
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


FIRST_VERSION = f"efficientnet-lite0-{SHA256[:16]}-1"


@pytest.fixture(scope="module")
def first_version(efficientnet: Embedder) -> Embedder:
    earlier = efficientnet.earlier(FIRST_VERSION)
    assert earlier is not None
    return earlier


def test_it_gives_projected_features(efficientnet: Embedder) -> None:
    assert efficientnet.dimension == DIMENSION
    assert efficientnet.fingerprint == f"efficientnet-lite0-{SHA256[:16]}-2"


def test_the_first_version_gives_the_features_themselves(first_version: Embedder) -> None:
    assert first_version.dimension == 1280
    assert first_version.fingerprint == FIRST_VERSION
    vectors, posteriors = first_version.embed_with_concepts([draw_image(1), draw_image(2)])
    assert np.array_equal(vectors, first_version.embed([draw_image(1), draw_image(2)]))
    assert np.allclose(first_version.concepts_of(vectors), posteriors, atol=1e-4)


def test_vectors_of_the_first_version_become_just_those_of_the_second(
    efficientnet: Embedder, first_version: Embedder
) -> None:
    images = [draw_image(seed) for seed in range(5)]
    converted = efficientnet.convert(first_version.embed(images), FIRST_VERSION)
    assert np.array_equal(converted, efficientnet.embed(images))
    assert efficientnet.convert(np.empty((0, 1280), np.float32), FIRST_VERSION).shape == (0, 256)


def test_both_versions_tell_the_same_concepts(
    efficientnet: Embedder, first_version: Embedder
) -> None:
    images = [draw_image(seed) for seed in range(3)]
    _, posteriors = efficientnet.embed_with_concepts(images)
    assert np.array_equal(posteriors, first_version.embed_with_concepts(images)[1])
    with pytest.raises(Unsupported):
        efficientnet.concepts_of(efficientnet.embed(images))


def test_it_knows_no_other_version(efficientnet: Embedder) -> None:
    assert efficientnet.earlier("efficientnet-b7") is None
    with pytest.raises(Unsupported, match="cannot convert vectors of 'efficientnet-b7'"):
        efficientnet.convert(np.ones((1, 1280), np.float32), "efficientnet-b7")


def test_the_projection_follows_from_the_weights_alone() -> None:
    weights = np.random.default_rng(5).normal(size=(1000, 1280)).astype(np.float32)
    one = Projection.of_classifier(weights)
    assert one.to_bytes() == Projection.of_classifier(weights).to_bytes()
    assert Projection.from_bytes(one.to_bytes()).to_bytes() == one.to_bytes()
    rows = np.frombuffer(one.to_bytes(), "<f4").reshape(1 + DIMENSION, 1280)
    directions = rows[1:].astype(np.float64)
    assert np.allclose(directions @ directions.T, np.eye(DIMENSION), atol=1e-5)
    # The sign, which a decomposition leaves open, is settled.
    largest = np.argmax(np.abs(directions), axis=1)
    assert (directions[np.arange(DIMENSION), largest] > 0).all()


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
    assert len(before) == 3
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
def test_the_features_are_torchs_own(first_version: Embedder, torch: Any) -> None:
    data = packaged_weights(PACKAGE, FILE, sha256=SHA256)
    weights = torch.load(io.BytesIO(data), weights_only=True)
    for seed in range(3):
        pixels = draw_image(seed, 100 + seed, 150).pixels
        with torch.inference_mode():
            features = torch_features(torch, weights, torch.from_numpy(prepared(pixels)))
        expected = (features / features.norm()).numpy()
        assert np.allclose(first_version.embed([Image.from_pixels(pixels)]), expected, atol=1e-4)
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

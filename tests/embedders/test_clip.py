import json
import resource
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from photomill.components import Embedder
from photomill.errors import ConfigError, PluginUnavailable, ResourcesMissing
from photomill.images.image import Image
from photomill.testing import EmbedderContract, open_component
from photomill.testing.embedder import draw_image
from photomill_clip import Clip

pytestmark = pytest.mark.clip

ARCHITECTURE = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 48, "head_width": 16, "patch_size": 16},
    "text_cfg": {"context_length": 24, "vocab_size": 49408, "width": 48, "heads": 3, "layers": 2},
}
PREPROCESSING = {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.3, 0.25], "interpolation": "bicubic"}


def save(folder: Path, open_clip: Any, torch: Any, *, seed: int = 0) -> Path:
    """Save a small model of random weights, as open_clip reads models from folders."""
    folder.mkdir()
    torch.manual_seed(seed)
    network = open_clip.CLIP(**ARCHITECTURE)
    torch.save(network.state_dict(), folder / "open_clip_pytorch_model.bin")
    config = {"model_cfg": ARCHITECTURE, "preprocess_cfg": PREPROCESSING}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, open_clip: Any, torch: Any) -> Path:
    return save(tmp_path_factory.mktemp("clip") / "model", open_clip, torch)


def options(folder: Path) -> dict[str, Any]:
    return {"model": f"local-dir:{folder}", "pretrained": "", "device": "cpu"}


@pytest.fixture(scope="module")
def clip(folder: Path) -> Iterator[Embedder]:
    with open_component(Clip, options(folder), cache_dir=folder / "cache") as embedder:
        yield embedder


class TestContract(EmbedderContract):
    @pytest.fixture
    def embedder(self, folder: Path, open_component: Callable[..., Any]) -> Any:
        return open_component(Clip, **options(folder))


@pytest.mark.cuda
class TestOnACard(EmbedderContract):
    @pytest.fixture
    def embedder(self, folder: Path, open_component: Callable[..., Any], torch_card: str) -> Any:
        embedder = open_component(
            Clip, **{**options(folder), "device": torch_card, "batch_size": 4}
        )
        assert embedder.at_once == 4
        return embedder


@pytest.mark.cuda
@pytest.mark.parametrize(("precision", "least"), [("float32", 0.9999), ("float16", 0.999)])
def test_a_card_gives_the_vectors_of_the_processor(
    clip: Embedder,
    folder: Path,
    open_component: Callable[..., Any],
    torch_card: str,
    precision: str,
    least: float,
) -> None:
    chosen = {**options(folder), "device": torch_card, "precision": precision, "batch_size": 4}
    card = open_component(Clip, **chosen)
    images, texts = [draw_image(seed) for seed in range(6)], ["a red dress", "a cat"]
    assert card.fingerprint == clip.fingerprint
    assert (card.embed(images) * clip.embed(images)).sum(axis=1).min() >= least
    assert (card.embed_text(texts) * clip.embed_text(texts)).sum(axis=1).min() >= least


@pytest.mark.cuda
def test_a_card_without_memory_is_told_of_and_forgiven(
    folder: Path, open_component: Callable[..., Any], torch_card: str, torch: Any
) -> None:
    embedder = open_component(Clip, **{**options(folder), "device": torch_card})
    before = embedder.embed([draw_image(1)])
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(1e-6)
    try:
        with pytest.raises(ResourcesMissing, match="no memory left for 16 images at once"):
            embedder.embed([draw_image(1)])
        with pytest.raises(PluginUnavailable, match="do not fit into the memory"):
            open_component(Clip, **{**options(folder), "device": torch_card})
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert np.array_equal(embedder.embed([draw_image(1)]), before)


@pytest.mark.parametrize("size", [(120, 160), (160, 121), (64, 64), (10, 300)])
def test_pictures_are_open_clips_own(
    clip: Embedder, folder: Path, open_clip: Any, torch: Any, size: tuple[int, int]
) -> None:
    model, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    image = draw_image(1, *size)
    with torch.inference_mode():
        features = model.eval().encode_image(
            preprocess(Pillow.fromarray(image.pixels))[None], normalize=True
        )
    assert np.abs(clip.embed([image]) - features.numpy()).max() < 1e-5


def test_a_strip_of_one_pixel_is_no_burden(clip: Embedder) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (vector,) = clip.embed([draw_image(1, 1, 60_000)])
    (middle,) = clip.embed([Image.from_pixels(draw_image(1, 1, 60_000).pixels[:, 29_900:30_100])])
    assert np.allclose(vector, middle, atol=1e-3)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def test_texts_are_open_clips_own(clip: Embedder, folder: Path, open_clip: Any, torch: Any) -> None:
    texts = ["a red dress", "ein Bär im Schnee", "many words " * 50]
    model, _ = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    tokenize = open_clip.get_tokenizer(f"local-dir:{folder}")
    with torch.inference_mode():
        features = model.eval().encode_text(tokenize(texts), normalize=True)
    assert np.abs(clip.embed_text(texts) - features.numpy()).max() < 1e-5


def test_a_checkpoint_of_a_named_architecture_is_read(
    clip: Embedder, folder: Path, tmp_path: Path, open_clip: Any
) -> None:
    (tmp_path / "ViT-tiny-test.json").write_text(json.dumps(ARCHITECTURE))
    open_clip.add_model_config(tmp_path)
    named = {
        "model": "ViT-tiny-test",
        "pretrained": str(folder / "open_clip_pytorch_model.bin"),
        "device": "cpu",
    }
    with open_component(Clip, named, cache_dir=tmp_path) as embedder:
        assert embedder.dimension == 32
        # The weights are the same; open_clip's default preprocessing is not.
        assert embedder.fingerprint != clip.fingerprint
        assert np.array_equal(embedder.embed_text(["a cat"]), clip.embed_text(["a cat"]))


def test_the_fingerprint_is_of_weights_and_preprocessing_and_of_no_place(
    clip: Embedder, folder: Path, tmp_path: Path, open_clip: Any, torch: Any
) -> None:
    def fingerprint(model: Path) -> str:
        with open_component(Clip, options(model), cache_dir=tmp_path) as embedder:
            return embedder.fingerprint

    assert fingerprint(shutil.copytree(folder, tmp_path / "moved")) == clip.fingerprint
    assert fingerprint(save(tmp_path / "other", open_clip, torch, seed=1)) != clip.fingerprint
    changed = shutil.copytree(folder, tmp_path / "changed")
    config = {
        "model_cfg": ARCHITECTURE,
        "preprocess_cfg": PREPROCESSING | {"resize_mode": "squash"},
    }
    (changed / "open_clip_config.json").write_text(json.dumps(config))
    assert fingerprint(changed) != clip.fingerprint


def test_weights_that_hold_code_are_refused(folder: Path, tmp_path: Path, torch: Any) -> None:
    hostile = shutil.copytree(folder, tmp_path / "hostile")
    torch.save({"weights": Touches(tmp_path / "touched")}, hostile / "open_clip_pytorch_model.bin")
    with (
        pytest.raises(Exception, match=r"weights_only|Weights only"),
        open_component(Clip, options(hostile), cache_dir=tmp_path),
    ):
        pass
    assert not (tmp_path / "touched").exists()


class Touches:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("device", ["cuda", "cuda:3"])
def test_a_device_that_is_not_there_is_an_error(
    folder: Path, tmp_path: Path, device: str, torch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    chosen = options(folder) | {"device": device}
    with (
        pytest.raises(PluginUnavailable, match="no such CUDA device here, there is none"),
        open_component(Clip, chosen, cache_dir=tmp_path),
    ):
        pass


def test_a_card_that_is_not_there_beside_others_is_an_error(
    folder: Path, tmp_path: Path, torch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with (
        pytest.raises(PluginUnavailable, match="there are only 2: device = 'cuda:2'"),
        open_component(Clip, options(folder) | {"device": "cuda:2"}, cache_dir=tmp_path),
    ):
        pass


def test_missing_memory_of_a_card_is_no_fault_of_an_image(
    folder: Path, torch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_component(Clip, options(folder), cache_dir=folder / "cache") as embedder:

        def full(*_: object) -> None:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

        monkeypatch.setattr(embedder._model.network, "encode_image", full)
        with pytest.raises(ResourcesMissing, match="no memory left for 1 images at once"):
            embedder.embed([draw_image(1)])


def test_half_precision_needs_a_graphics_card(folder: Path, tmp_path: Path) -> None:
    chosen = options(folder) | {"precision": "float16"}
    with (
        pytest.raises(PluginUnavailable, match="float16 needs a graphics card"),
        open_component(Clip, chosen, cache_dir=tmp_path),
    ):
        pass


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"device": "gpu"}, "device"),
        ({"batch_size": 0}, "batch_size"),
        ({"precision": "half"}, "precision"),
    ],
)
def test_wrong_options_are_refused(tmp_path: Path, wrong: dict[str, Any], path: str) -> None:
    with pytest.raises(ConfigError, match=path), open_component(Clip, wrong, cache_dir=tmp_path):
        pass

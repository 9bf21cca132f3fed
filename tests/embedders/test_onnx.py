import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image as Pillow

from photomill.components import Embedder
from photomill.errors import ConfigError, PluginUnavailable, ResourcesMissing
from photomill.images.image import Image
from photomill.testing import EmbedderContract
from photomill.testing.embedder import draw_image
from photomill_onnx import Onnx

Opened = Callable[..., Any]
Inputs = dict[str, tuple[int, list[Any]]]

WORDS = ["[UNK]", "[PAD]", "a", "red", "dress", "picture", "two", "words"]


def save(
    path: Path,
    nodes: list[Any],
    inputs: Inputs,
    output: list[Any],
    constants: dict[str, Any] | None = None,
    **options: Any,
) -> str:
    """Save a model whose one output is called ``vector``."""
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        path.stem,
        [value(name, kind, shape) for name, (kind, shape) in inputs.items()],
        [value("vector", TensorProto.FLOAT, output)],
        [numpy_helper.from_array(array, name) for name, array in (constants or {}).items()],
    )
    opset = helper.make_opsetid("", 17)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path, **options)
    return str(path)


def identity(path: Path, shape: list[Any], kind: int = TensorProto.FLOAT) -> str:
    """Save a model that gives its input back, flat, so that a vector shows what went in."""
    nodes = [
        helper.make_node("Cast", ["pixels"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["numbers"], ["vector"]),
    ]
    return save(path, nodes, {"pixels": (kind, shape)}, [1, "d"])


def convolution(path: Path, side: int = 32, count: int | str = "n", **options: Any) -> str:
    """Save a small convolutional encoder that gives (count, 8, side/4, side/4)."""
    random = np.random.default_rng(0)
    constants = {
        "one": random.normal(size=(6, 3, 3, 3)).astype(np.float32),
        "two": random.normal(size=(8, 6, 3, 3)).astype(np.float32),
    }
    steps: dict[str, Any] = {"strides": [2, 2], "pads": [1, 1, 1, 1]}
    nodes = [
        helper.make_node("Conv", ["pixels", "one"], ["first"], **steps),
        helper.make_node("Relu", ["first"], ["active"]),
        helper.make_node("Conv", ["active", "two"], ["vector"], **steps),
    ]
    inputs: Inputs = {"pixels": (TensorProto.FLOAT, [count, 3, side, side])}
    return save(path, nodes, inputs, [count, 8, side // 4, side // 4], constants, **options)


def text_encoder(path: Path, *, masked: bool = True) -> str:
    """Save a text encoder that gives (1, length, 8): a row of a table for each token."""
    table = np.random.default_rng(1).normal(size=(len(WORDS), 8)).astype(np.float32)
    inputs: Inputs = {"input_ids": (TensorProto.INT64, [1, "length"])}
    if masked:
        inputs["attention_mask"] = (TensorProto.INT64, [1, "length"])
    return save(
        path,
        [helper.make_node("Gather", ["table", "input_ids"], ["vector"])],
        inputs,
        [1, "length", 8],
        {"table": table},
    )


def tokenizer(path: Path) -> str:
    described = {
        "version": "1.0",
        "model": {
            "type": "WordLevel",
            "vocab": {word: number for number, word in enumerate(WORDS)},
            "unk_token": "[UNK]",
        },
        "pre_tokenizer": {"type": "Whitespace"},
        "padding": {
            "strategy": "BatchLongest",
            "direction": "Right",
            "pad_to_multiple_of": None,
            "pad_id": 1,
            "pad_type_id": 0,
            "pad_token": "[PAD]",
        },
    }
    path.write_text(json.dumps(described))
    return str(path)


def with_text(folder: Path, **text: Any) -> dict[str, Any]:
    return {
        "model": convolution(folder / "images.onnx"),
        "size": [32],
        "pooling": "mean",
        "text": {
            "model": text_encoder(folder / "texts.onnx"),
            "tokenizer": tokenizer(folder / "tokenizer.json"),
            "length": 6,
            "pooling": "mean",
        }
        | text,
    }


class TestPictures(EmbedderContract):
    @pytest.fixture
    def embedder(self, tmp_path: Path, open_component: Opened) -> Any:
        model = convolution(tmp_path / "model.onnx")
        return open_component(Onnx, model=model, size=[32], pooling="mean")


class TestSeveralAtOnce(EmbedderContract):
    """A model that takes four images, no more and no fewer."""

    @pytest.fixture
    def embedder(self, tmp_path: Path, open_component: Opened) -> Any:
        model = convolution(tmp_path / "model.onnx", count=4)
        embedder = open_component(Onnx, model=model, size=[32], pooling="mean")
        assert embedder.at_once == 4
        return embedder


@pytest.mark.cuda
class TestOnACard(EmbedderContract):
    @pytest.fixture
    def embedder(self, tmp_path: Path, open_component: Opened, onnx_card: str) -> Any:
        chosen = {**with_text(tmp_path), "device": onnx_card, "batch_size": 4}
        embedder = open_component(Onnx, **chosen)
        assert embedder.at_once == 4
        return embedder


@pytest.mark.cuda
def test_a_card_gives_the_vectors_of_the_processor(
    tmp_path: Path, open_component: Opened, onnx_card: str
) -> None:
    chosen = with_text(tmp_path)
    processor, card = (
        open_component(Onnx, **chosen),
        open_component(Onnx, **chosen, device=onnx_card),
    )
    images, texts = [draw_image(seed) for seed in range(6)], ["a red dress", "two words"]
    assert card.fingerprint == processor.fingerprint
    assert (card.embed(images) * processor.embed(images)).sum(axis=1).min() >= 0.9999
    assert (card.embed_text(texts) * processor.embed_text(texts)).sum(axis=1).min() >= 0.9999


@pytest.mark.parametrize("device", ["cuda", "cuda:3"])
def test_a_card_needs_the_package_for_cards(
    tmp_path: Path, open_component: Opened, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    model = convolution(tmp_path / "model.onnx")
    chosen = {"model": model, "size": [32], "pooling": "mean"}
    with pytest.raises(PluginUnavailable, match=f"onnxruntime-gpu.*device = '{device}'"):
        open_component(Onnx, **chosen, device=device)
    assert open_component(Onnx, **chosen, device="auto").at_once == 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "[ONNXRuntimeError] : 1 : FAIL : provider option device_id: Invalid device ID: 3, must be between 0 "
            "(inclusive) and 1 (exclusive).",
            "no such CUDA device here, there is only one: device = 'cuda:3'",
        ),
        (
            "CUBLAS failure 3: the resource allocation failed ; GPU=0 ; expr=cublasCreate(&cublas_handle_);",
            "does not fit into the memory of cuda:3",
        ),
        ("CUDA failure 2: out of memory ; GPU=0", "does not fit into the memory of cuda:3"),
        ("CUDA failure 999: unknown error", "unknown error: device = 'cuda:3'"),
    ],
)
def test_what_a_card_refuses_is_told(
    tmp_path: Path,
    open_component: Opened,
    said: str,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As onnxruntime 1.31 said it of a card, or may say it."""

    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError(said)

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: None)
    monkeypatch.setattr(onnxruntime, "InferenceSession", refuse)
    model = convolution(tmp_path / "model.onnx")
    with pytest.raises(PluginUnavailable, match=re.escape(told)):
        open_component(Onnx, model=model, size=[32], pooling="mean", device="cuda:3")


def test_runs_on_a_card_have_one_size(
    tmp_path: Path, open_component: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = {"model": convolution(tmp_path / "model.onnx"), "size": [32], "pooling": "mean"}
    images = [draw_image(seed) for seed in range(6)]
    alone = open_component(Onnx, **chosen).embed(images)
    monkeypatch.setattr("photomill_onnx.encoder.is_on_card", lambda session: True)
    embedder = open_component(Onnx, **chosen, batch_size=4)
    session, sizes = embedder._pictures._session, []

    class Counting:
        def run(self, names: Any, feeds: dict[str, Any]) -> Any:
            sizes.append(len(feeds["pixels"]))
            return session.run(names, feeds)

    monkeypatch.setattr(embedder._pictures, "_session", Counting())
    assert np.allclose(embedder.embed(images), alone, atol=1e-6)
    assert sizes == [4, 4]


def test_missing_memory_of_a_card_is_no_fault_of_an_image(
    tmp_path: Path, open_component: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = convolution(tmp_path / "model.onnx")
    embedder = open_component(Onnx, model=model, size=[32], pooling="mean")

    class Full:
        def run(self, *_: object) -> None:
            raise RuntimeError("CUDA failure 2: out of memory")

    monkeypatch.setattr("photomill_onnx.encoder.is_on_card", lambda session: True)
    monkeypatch.setattr(embedder._pictures, "_session", Full())
    with pytest.raises(ResourcesMissing, match="no memory left for 1 images at once"):
        embedder.embed([draw_image(1)])


class TestPicturesAndTexts(EmbedderContract):
    @pytest.fixture
    def embedder(self, tmp_path: Path, open_component: Opened) -> Any:
        return open_component(Onnx, **with_text(tmp_path), resize="crop")


def seen(embedder: Embedder, pixels: Any, shape: tuple[int, ...]) -> Any:
    """What an identity model was given, up to its length."""
    return embedder.embed([Image.from_pixels(pixels)])[0].reshape(shape)


def unit(values: Any) -> Any:
    return values / np.linalg.norm(values)


def test_values_are_normalised_and_ordered(tmp_path: Path, open_component: Opened) -> None:
    model = identity(tmp_path / "model.onnx", [1, 3, 8, 10])
    mean, std = [0.5, 0.4, 0.3], [0.2, 0.25, 0.5]
    pixels = draw_image(1, 8, 10).pixels
    expected = unit(((pixels / 255.0 - mean) / std).transpose(2, 0, 1))
    for channels, order in (("rgb", [0, 1, 2]), ("bgr", [2, 1, 0])):
        embedder = open_component(
            Onnx, model=model, size=[8, 10], mean=mean, std=std, channels=channels
        )
        assert np.allclose(seen(embedder, pixels, (3, 8, 10)), expected[order], atol=1e-6)


@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.UINT8])
def test_the_input_has_the_models_layout_and_type(
    tmp_path: Path, open_component: Opened, kind: int
) -> None:
    model = identity(tmp_path / "model.onnx", [1, 8, 8, 3], kind)
    pixels = draw_image(1, 8, 8).pixels
    plain = {"mean": [0.0] * 3, "std": [1.0] * 3}
    embedder = open_component(Onnx, model=model, size=[8], layout="nhwc", **plain)
    assert np.allclose(seen(embedder, pixels, (8, 8, 3)), unit(pixels / 255.0), atol=1e-3)


def reference(image: Pillow.Image, resize: str, side: int, shorter: int = 0) -> Pillow.Image:
    """The resizings as their definitions read: all of an image is resized, then cropped or pasted."""
    width, height = image.size
    if resize == "squash":
        return image.resize((side, side), Pillow.Resampling.BICUBIC)
    if resize == "crop":
        factor = (shorter or side) / min(width, height)
        whole = int(width * factor + 1e-6), int(height * factor + 1e-6)
        left, top = round((whole[0] - side) / 2), round((whole[1] - side) / 2)
        resized = image.resize(whole, Pillow.Resampling.BICUBIC)
        return resized.crop((left, top, left + side, top + side))
    factor = side / max(width, height)
    inside = round(width * factor), round(height * factor)
    canvas = Pillow.new("RGB", (side, side), (255, 0, 0))
    canvas.paste(
        image.resize(inside, Pillow.Resampling.BICUBIC),
        ((side - inside[0]) // 2, (side - inside[1]) // 2),
    )
    return canvas


@pytest.mark.parametrize("size", [(60, 90), (90, 61), (50, 50), (20, 97)])
@pytest.mark.parametrize(
    ("resize", "shorter"), [("squash", 0), ("crop", 0), ("crop", 48), ("pad", 0)]
)
def test_pictures_are_resized_as_the_options_say(
    tmp_path: Path, open_component: Opened, size: tuple[int, int], resize: str, shorter: int
) -> None:
    model = identity(tmp_path / "model.onnx", [1, 3, 32, 32], TensorProto.UINT8)
    embedder = open_component(
        Onnx, model=model, size=[32], resize=resize, shorter_side=shorter, fill=[255, 0, 0]
    )
    pixels = draw_image(2, *size).pixels
    given = np.asarray(reference(Pillow.fromarray(pixels), resize, 32, shorter), np.float64)
    vector = seen(embedder, pixels, (3, 32, 32)).transpose(1, 2, 0) * np.linalg.norm(given)
    assert np.abs(vector - given).max() < 1.5


def test_positions_are_pooled_as_the_options_say(tmp_path: Path, open_component: Opened) -> None:
    table = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32)
    nodes = [
        helper.make_node("ReduceMean", ["pixels"], ["level"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Mul", ["level", "nothing"], ["zero"]),
        helper.make_node("Add", ["table", "zero"], ["vector"]),
    ]
    constants = {"table": table[None], "nothing": np.zeros(1, np.float32)}
    inputs: Inputs = {"pixels": (TensorProto.FLOAT, [1, 3, 8, 8])}
    model = save(tmp_path / "model.onnx", nodes, inputs, [1, 5, 7], constants)
    for pooling, expected in (
        ("mean", table.mean(axis=0)),
        ("first", table[0]),
        ("last", table[-1]),
    ):
        embedder = open_component(Onnx, model=model, size=[8], pooling=pooling)
        assert np.allclose(embedder.embed([draw_image(1)])[0], unit(expected), atol=1e-6)
    with pytest.raises(PluginUnavailable, match=r"has the shape \(1, 5, 7\).*pooling"):
        open_component(Onnx, model=model, size=[8])


@pytest.mark.parametrize("masked", [True, False])
def test_padding_takes_no_part_in_a_texts_vector(
    tmp_path: Path, open_component: Opened, masked: bool
) -> None:
    table = np.random.default_rng(1).normal(size=(len(WORDS), 8))
    model = text_encoder(tmp_path / "other.onnx", masked=masked)
    for pooling, expected in (
        ("mean", table[[2, 3, 4]].mean(axis=0)),
        ("first", table[2]),
        ("last", table[4]),
    ):
        embedder = open_component(Onnx, **with_text(tmp_path, pooling=pooling, model=model))
        assert np.allclose(embedder.embed_text(["a red dress"])[0], unit(expected), atol=1e-6)


def test_long_texts_are_cut(tmp_path: Path, open_component: Opened) -> None:
    embedder = open_component(Onnx, **with_text(tmp_path))
    long, cut = embedder.embed_text(["two words " * 50, "two words " * 3])
    assert np.array_equal(long, cut)


def test_the_fingerprint_is_of_what_changes_vectors(tmp_path: Path, open_component: Opened) -> None:
    def fingerprint(**options: Any) -> str:
        chosen: dict[str, Any] = {"size": [32], "pooling": "mean"} | options
        return str(open_component(Onnx, **chosen).fingerprint)

    first = fingerprint(model=convolution(tmp_path / "one.onnx"))
    moved = str(tmp_path / "one.onnx")
    (tmp_path / "moved").mkdir()
    copied = tmp_path / "moved" / "model.onnx"
    copied.write_bytes(Path(moved).read_bytes())
    assert fingerprint(model=str(copied), distance_scale=9.0, threads=2) == first
    unlike: list[dict[str, Any]] = [
        {"mean": [0.5, 0.5, 0.5]},
        {"resize": "crop"},
        {"channels": "bgr"},
        {"pooling": "first"},
    ]
    found = {fingerprint(model=moved, **each) for each in unlike}
    assert len(found | {first}) == 5


def test_weights_beside_the_model_are_part_of_the_fingerprint(
    tmp_path: Path, open_component: Opened
) -> None:
    outside: dict[str, Any] = {
        "save_as_external_data": True,
        "location": "weights.bin",
        "size_threshold": 0,
    }
    model = convolution(tmp_path / "model.onnx", **outside)
    weights = tmp_path / "weights.bin"
    before = open_component(Onnx, model=model, size=[32], pooling="mean").fingerprint
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    assert open_component(Onnx, model=model, size=[32], pooling="mean").fingerprint != before


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"model": "gone.onnx"}, r"gone\.onnx"),
        ({"input": "image"}, "no input 'image': it has pixels"),
        ({"output": "logits"}, "no output 'logits': it has vector"),
        ({"pooling": "none"}, "choose another, or a pooling"),
    ],
)
def test_what_does_not_fit_the_model_is_told_when_it_opens(
    tmp_path: Path, open_component: Opened, wrong: dict[str, Any], message: str
) -> None:
    chosen = {"model": convolution(tmp_path / "model.onnx"), "size": [32], "pooling": "mean"}
    with pytest.raises(PluginUnavailable, match=message):
        open_component(Onnx, **chosen | wrong)


def test_texts_of_another_dimension_are_refused(tmp_path: Path, open_component: Opened) -> None:
    chosen = with_text(tmp_path)
    chosen["model"] = identity(tmp_path / "identity.onnx", [1, 3, 32, 32])
    with pytest.raises(PluginUnavailable, match="images have 3072 dimensions, texts 8"):
        open_component(Onnx, **chosen)


def test_a_broken_tokenizer_is_told(tmp_path: Path, open_component: Opened) -> None:
    (tmp_path / "broken.json").write_text("{}")
    with pytest.raises(PluginUnavailable, match=r"broken\.json is no tokenizer"):
        open_component(Onnx, **with_text(tmp_path, tokenizer=str(tmp_path / "broken.json")))


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"size": [1, 2, 3]}, "size"),
        ({"size": [0]}, "size"),
        ({"std": [1.0, 0.0, 1.0]}, "std"),
        ({"mean": [1.0]}, "mean"),
        ({"resize": "stretch"}, "resize"),
        ({"text": {"model": "m.onnx"}}, "tokenizer"),
    ],
)
def test_wrong_options_are_refused(
    open_component: Opened, wrong: dict[str, Any], path: str
) -> None:
    with pytest.raises(ConfigError, match=path):
        open_component(Onnx, **{"model": "model.onnx"} | wrong)

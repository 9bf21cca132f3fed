"""A model of one's own: one that the test makes, whose results are known."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from photomill.components import EditContext
from photomill.editing.parameters import Upscale
from photomill.errors import PluginUnavailable
from photomill.images.origin import Origin
from photomill.images.raster import Raster
from photomill.testing import EditOperationContract
from photomill.testing.editor import Edit
from photomill_restoration import OnnxUpscale

from .scenes import photograph, with_alpha

Open = Callable[..., Any]
Apply = Callable[..., Raster]


@pytest.fixture
def nearest(tmp_path: Path) -> str:
    """A model that repeats each pixel twice both ways, darkened by a tenth."""
    return _saved(tmp_path / "nearest.onnx", factor=2)


@pytest.fixture
def looking_around(tmp_path: Path) -> str:
    """A model that takes the mean of 9 × 9 pixels before it repeats them."""
    return _saved(tmp_path / "around.onnx", factor=2, around=9)


class TestOnnxUpscale(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open, nearest: str) -> Edit:
        return open_component(OnnxUpscale, file=nearest), Upscale("photo", 2, 128, 96)


def test_it_runs_the_model(open_component: Open, apply: Apply, nearest: str) -> None:
    given = photograph(40, 50)
    opened = open_component(OnnxUpscale, file=nearest)
    result = apply(opened, given, Upscale("photo", 2, 100, 80)).pixels
    expected = np.rint(given.repeat(2, axis=0).repeat(2, axis=1) * 0.9)
    assert np.abs(result - expected).max() <= 1


def test_twice_where_once_is_not_enough(open_component: Open, apply: Apply, nearest: str) -> None:
    white = np.full((20, 20, 3), 255, np.uint8)
    result = apply(open_component(OnnxUpscale, file=nearest), white, Upscale("photo", 2, 70, 61))
    assert (result.width, result.height) == (70, 61)
    assert np.abs(result.pixels.astype(int) - round(255 * 0.81)).max() <= 1


def test_any_whole_factor(open_component: Open, apply: Apply, tmp_path: Path) -> None:
    file = _saved(tmp_path / "thrice.onnx", factor=3)
    result = apply(
        open_component(OnnxUpscale, file=file), photograph(20, 30), Upscale("photo", 2, 90, 60)
    )
    assert (result.width, result.height) == (90, 60)


def test_pieces_leave_no_seams(open_component: Open, apply: Apply, looking_around: str) -> None:
    given, asked = photograph(70, 90), Upscale("photo", 2, 180, 140)
    whole, parts = (
        apply(open_component(OnnxUpscale, file=looking_around, piece=piece), given, asked).pixels
        for piece in (256, 32)
    )
    assert np.abs(whole.astype(int) - parts).max() <= 1


def test_alpha_is_enlarged_too(open_component: Open, apply: Apply, nearest: str) -> None:
    given = with_alpha(photograph(20, 30), np.full((20, 30), 130, np.uint8))
    result = apply(open_component(OnnxUpscale, file=nearest), given, Upscale("photo", 2, 60, 40))
    assert (result.pixels[:, :, 3] == 130).all()


def test_answers_name_the_model(open_component: Open, nearest: str) -> None:
    assert open_component(OnnxUpscale, file=nearest).engine == "nearest"
    assert open_component(OnnxUpscale, file=nearest, name="mine").engine == "mine"


def test_large_pictures_only_where_nobody_waits(open_component: Open, nearest: str) -> None:
    opened = open_component(OnnxUpscale, file=nearest, interactive_pixels=0.01)
    asked = Upscale("photo", 2, 1000, 1000)
    for height, interactive, declines in (
        (90, True, False),
        (120, True, True),
        (120, False, False),
    ):
        context = EditContext(Origin("png", 100, height), interactive)
        reason = opened.declines(Raster.from_pixels(photograph(height, 100)), asked, context)
        assert bool(reason) is declines


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (None, "is no file that can be read"),
        (b"no model", "onnxruntime cannot open the model"),
    ],
)
def test_what_is_no_model_is_refused(
    open_component: Open, tmp_path: Path, contents: bytes | None, message: str
) -> None:
    file = tmp_path / "model.onnx"
    if contents is not None:
        file.write_bytes(contents)
    with pytest.raises(PluginUnavailable, match=message):
        open_component(OnnxUpscale, file=str(file))


def test_without_a_file_it_is_unavailable(open_component: Open) -> None:
    with pytest.raises(PluginUnavailable, match=r"options\.file names no model"):
        open_component(OnnxUpscale)


def test_a_model_that_does_not_enlarge_is_refused(open_component: Open, tmp_path: Path) -> None:
    with pytest.raises(PluginUnavailable, match="twice as large or more"):
        open_component(OnnxUpscale, file=_saved(tmp_path / "same.onnx", factor=1))


def test_a_model_of_one_channel_is_refused(open_component: Open, tmp_path: Path) -> None:
    with pytest.raises(PluginUnavailable, match="the model does not take"):
        open_component(OnnxUpscale, file=_saved(tmp_path / "grey.onnx", factor=2, channels=1))


def _saved(path: Path, *, factor: int, around: int = 1, channels: int = 3) -> str:
    shape: list[str | int | None] = [1, channels, "height", "width"]
    larger: list[str | int | None] = [1, channels, "high", "wide"]
    nodes = [
        helper.make_node(
            "AveragePool",
            ["given"],
            ["mean"],
            kernel_shape=[around, around],
            pads=[around // 2] * 4,
            count_include_pad=0,
        ),
        helper.make_node("Resize", ["mean", "", "scales"], ["large"], mode="nearest"),
        helper.make_node("Mul", ["large", "light"], ["result"]),
    ]
    constants = [
        helper.make_tensor("scales", TensorProto.FLOAT, [4], [1, 1, factor, factor]),
        helper.make_tensor("light", TensorProto.FLOAT, [1], [0.9]),
    ]
    graph = helper.make_graph(
        nodes,
        "enlarge",
        [helper.make_tensor_value_info("given", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("result", TensorProto.FLOAT, larger)],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(path))
    return str(path)

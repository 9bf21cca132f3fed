"""The networks that read text, from the files that were added."""

from collections.abc import Callable
from pathlib import Path

import pytest
from onnx import TensorProto, helper

from photomill.errors import PluginUnavailable
from photomill_networks.runtime import open_session
from photomill_ocr.model import open_detector, open_recogniser
from photomill_ocr.recognising import TextRecogniser

READ = """
import time
from pathlib import Path
import numpy as np
from photomill_ocr.model import open_detector, open_recogniser

image = np.full((64, 96, 3), 255, np.uint8)
image[20:40, 20:70] = 0
folder = Path({folder!r})
open_recogniser(folder).read(image, open_detector(folder).boxes(image))
time.sleep(1)
"""


def test_reading_reports_nothing_to_anybody(
    reaches_out: Callable[[str, Path], bool], ocr_models: Path, tmp_path: Path
) -> None:
    assert not reaches_out(READ.format(folder=str(ocr_models)), tmp_path)
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("opened", [open_detector, open_recogniser])
def test_what_was_not_added_or_is_damaged_is_said_so(
    opened: Callable[[Path], object], tmp_path: Path
) -> None:
    with pytest.raises(PluginUnavailable, match="photomill models add ocr"):
        opened(tmp_path)
    (tmp_path / "ocr").mkdir()
    for name in ("detection.onnx", "recognition.onnx"):
        (tmp_path / "ocr" / name).write_bytes(b"damaged")
    with pytest.raises(PluginUnavailable, match="onnxruntime cannot open"):
        opened(tmp_path)


def test_a_model_that_does_not_name_its_characters_is_refused() -> None:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])],
        "same",
        [value],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])],
    )
    opset = helper.make_opsetid("", 17)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=8)
    with pytest.raises(ValueError, match="which characters"):
        TextRecogniser(open_session(bytes(model.SerializeToString())))

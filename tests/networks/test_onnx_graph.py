"""Networks as ONNX models, beside what the onnx library says of them."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from photomill_networks.onnx_graph import GraphBuilder, external_files
from photomill_networks.runtime import open_session


def test_a_model_is_what_the_library_would_write(tmp_path: Path) -> None:
    builder = GraphBuilder()
    kernel = builder.constant("kernel", np.ones((2, 3, 3, 3), np.float32))
    limit = builder.constant("six", np.float32(6.0))
    made = builder.add("Conv", ["pixels", kernel], strides=[2, 2], auto_pad="SAME_UPPER", group=1)
    made = builder.add("LeakyRelu", [made], alpha=0.5)
    builder.add("Min", [made, limit], output="smallest")
    model = builder.model("net", {"pixels": [1, 3, None, 8]}, {"smallest": [1, 2, None, 4]})
    parsed = onnx.load_from_string(model)
    onnx.checker.check_model(parsed, full_check=True)
    expected = [
        helper.make_node(
            "Conv", ["pixels", "kernel"], ["conv_0"], strides=[2, 2], auto_pad="SAME_UPPER", group=1
        ),
        helper.make_node("LeakyRelu", ["conv_0"], ["leakyrelu_1"], alpha=0.5),
        helper.make_node("Min", ["leakyrelu_1", "six"], ["smallest"]),
    ]
    assert [str(_sorted(node)) for node in parsed.graph.node] == [
        str(_sorted(node)) for node in expected
    ]
    constants = {each.name: numpy_helper.to_array(each) for each in parsed.graph.initializer}
    assert constants["kernel"].shape == (2, 3, 3, 3)
    assert constants["six"].shape == ()
    path = tmp_path / "net.onnx"
    path.write_bytes(model)
    (answer,) = open_session(path).run(None, {"pixels": np.ones((1, 3, 8, 8), np.float32)})
    assert answer.shape == (1, 2, 4, 4)
    assert answer.max() == 6.0


def _sorted(node: onnx.NodeProto) -> onnx.NodeProto:
    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    copy.attribute.sort(key=lambda each: each.name)
    return copy


def test_weights_outside_a_model_are_named(tmp_path: Path) -> None:
    weight = numpy_helper.from_array(np.ones((300, 300), np.float32), "weight")
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["x", "weight"], ["y"])],
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 300])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 300])],
        [weight],
    )
    path = tmp_path / "net.onnx"
    onnx.save_model(
        helper.make_model(graph), str(path), save_as_external_data=True, location="net.weights"
    )
    assert external_files(path.read_bytes()) == ["net.weights"]
    inside = helper.make_model(
        helper.make_graph(
            [], "net", [], [], [numpy_helper.from_array(np.ones(3, np.float32), "weight")]
        )
    )
    assert external_files(inside.SerializeToString()) == []


def test_another_file_is_no_model() -> None:
    with pytest.raises(ValueError, match="not an ONNX model"):
        external_files(b"\xff" * 40)

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from photomill_networks.runtime import open_session

ReachesOut = Callable[[str, Path], bool]

USE = """
import time
import numpy as np
from photomill_networks.runtime import open_session

session = open_session({model!r})
session.run(None, {{"numbers": np.ones(3, np.float32)}})
time.sleep(1)
"""
REACH_OUT = "import socket; socket.getaddrinfo('example.com', 443); socket.create_connection(('192.0.2.1', 443))"


@pytest.fixture
def model() -> bytes:
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Add", ["numbers", "numbers"], ["doubled"])],
        "double",
        [value("numbers", TensorProto.FLOAT, [3])],
        [value("doubled", TensorProto.FLOAT, [3])],
    )
    opset = helper.make_opsetid("", 17)
    return bytes(helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString())


def test_a_model_runs_from_bytes_and_from_a_file(model: bytes, tmp_path: Path) -> None:
    path = tmp_path / "double.onnx"
    path.write_bytes(model)
    for source in (model, path):
        (doubled,) = open_session(source).run(None, {"numbers": np.arange(3, dtype=np.float32)})
        assert doubled.tolist() == [0.0, 2.0, 4.0]


def test_many_threads_run_one_session(model: bytes) -> None:
    session = open_session(model)

    def double(number: int) -> float:
        return float(session.run(None, {"numbers": np.full(3, number, np.float32)})[0][2])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(double, range(200))) == [2.0 * number for number in range(200)]


@pytest.mark.parametrize("model", [b"", b"not a model"])
def test_what_is_no_model_is_an_error(model: bytes) -> None:
    with pytest.raises(ValueError, match="cannot open the model"):
        open_session(model)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"gone\.onnx"):
        open_session(tmp_path / "gone.onnx")


def test_nothing_is_reported_to_anybody(
    reaches_out: ReachesOut, model: bytes, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert not reaches_out(USE.format(model=model), home)
    # onnxruntime gathers what it will send in a database below the cache folder.
    assert list(home.rglob("*")) == []


def test_the_guard_sees_whoever_reaches_out(reaches_out: ReachesOut, tmp_path: Path) -> None:
    assert reaches_out(REACH_OUT, tmp_path)
    assert not reaches_out("import socket; socket.socket(socket.AF_UNIX).close()", tmp_path)
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        reaches_out("1 / 0", tmp_path)

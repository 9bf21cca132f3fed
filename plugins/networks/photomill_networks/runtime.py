"""The one place that imports onnxruntime.

On Linux too, onnxruntime reports its use to its makers unless the environment says otherwise before it is imported.
"""

import os
from typing import Any

ERRORS_ONLY = 3
"""onnxruntime's severity of messages worth printing."""


def open_session(model: bytes | os.PathLike[str], *, threads: int = 1) -> Any:
    """Open a model on the processor.

    One thread a call gives the same bits every time and leaves the other cores to other calls: a session may be run
    by many threads at once.

    :param model: an ONNX model, or the path to one.
    :param threads: cores that one call may use, ≥ 1.
    :returns: an ``onnxruntime.InferenceSession``.
    :raises ValueError: onnxruntime does not understand the model.
    """
    onnxruntime = _without_telemetry()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    source = model if isinstance(model, bytes) else os.fspath(model)
    try:
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own errors have no common class below Exception
        raise ValueError(f"onnxruntime cannot open the model: {error}") from error


def _without_telemetry() -> Any:
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    return onnxruntime

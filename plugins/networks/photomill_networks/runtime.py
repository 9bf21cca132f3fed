"""The one place that imports onnxruntime.

On Linux too, onnxruntime reports its use to its makers unless the environment says otherwise before it is imported.
"""

import logging
import os
import re
import sys
from contextlib import redirect_stdout
from typing import Any

from photomill_networks.devices import device_number, is_out_of_memory, no_such_device

logger = logging.getLogger(__name__)

ERRORS_ONLY = 3
"""onnxruntime's severity of messages worth printing."""

FATAL_ONLY = 4
"""And of a session on a card: what keeps one from being opened is raised too."""

_CARDS = re.compile(r"invalid device id: \d+, must be between 0 .*and (\d+) ", re.IGNORECASE)
"""How onnxruntime says how many cards there are."""

_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"

_ON_A_CARD = {
    "use_tf32": "0",  # float32 is float32
    "cudnn_conv_algo_search": "HEURISTIC",  # measured anew each time, another may win and round otherwise
    "arena_extend_strategy": "kSameAsRequested",
}


def open_session(model: bytes | os.PathLike[str], *, threads: int = 1, device: str = "cpu") -> Any:
    """Open a model on the processor, or on a graphics card.

    One thread a call gives the same bits every time and leaves the other cores to other calls: a session may be run
    by many threads at once.

    :param model: an ONNX model, or the path to one.
    :param threads: cores that one call may use, ≥ 1.
    :param device: ``cpu``, ``cuda``, ``cuda:1`` …, or ``auto``: the first card that onnxruntime can use, if there is one.
    :returns: an ``onnxruntime.InferenceSession``; see :func:`is_on_card`.
    :raises ValueError: onnxruntime does not understand the model, or cannot use the device.
    """
    onnxruntime = _without_telemetry()
    if device == "auto" and _CUDA not in onnxruntime.get_available_providers():
        device = "cpu"
    if device == "cpu":
        return _opened(onnxruntime, model, threads, [_CPU])
    try:
        return _on_card(onnxruntime, model, threads, device)
    except ValueError as error:
        if device != "auto":
            raise
        session = _opened(onnxruntime, model, threads, [_CPU])
        logger.warning("a model is computed by the processor: %s", error)
        return session


def is_on_card(session: Any) -> bool:
    """Whether a session computes on a graphics card."""
    return bool(session.get_providers()[0] == _CUDA)


def _on_card(onnxruntime: Any, model: bytes | os.PathLike[str], threads: int, device: str) -> Any:
    if _CUDA not in onnxruntime.get_available_providers():
        raise ValueError(
            "onnxruntime computes on graphics cards by its package 'onnxruntime-gpu', which takes the place of "
            f"'onnxruntime': device = {device!r}"
        )
    # What it cannot find, it prints; outputs are for others.
    with redirect_stdout(sys.stderr):
        onnxruntime.preload_dlls()
    options = {**_ON_A_CARD, "device_id": str(device_number(device))}
    try:
        session = _opened(onnxruntime, model, threads, [(_CUDA, options), _CPU])
    except ValueError as error:
        if is_out_of_memory(error):
            raise ValueError(f"the model does not fit into the memory of {device}") from error
        if there := _CARDS.search(str(error)):
            raise ValueError(no_such_device(device, int(there[1]))) from error
        raise ValueError(f"{error}: device = {device!r}") from error
    # Without the libraries of CUDA it goes on with the processor.
    if not is_on_card(session):
        raise ValueError(
            f"onnxruntime cannot use CUDA here; its log says which library is missing: device = {device!r}"
        )
    return session


def _opened(
    onnxruntime: Any, model: bytes | os.PathLike[str], threads: int, providers: list[Any]
) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    on_card = providers != [_CPU]
    options.log_severity_level = FATAL_ONLY if on_card else ERRORS_ONLY
    options.use_deterministic_compute = on_card
    source = model if isinstance(model, bytes) else os.fspath(model)
    try:
        # With a fallback, a card that fails would be left for the processor without a word.
        return onnxruntime.InferenceSession(
            source, options, providers=providers, enable_fallback=False
        )
    except Exception as error:  # onnxruntime's own errors have no common class below Exception
        raise ValueError(f"onnxruntime cannot open the model: {error}") from error


def _without_telemetry() -> Any:
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    # It warns of every session on a card that none of its newer plugins is one.
    onnxruntime.set_default_logger_severity(ERRORS_ONLY)
    return onnxruntime

"""Errors on their way out of the sandbox."""

import logging
import traceback
from collections.abc import Mapping
from typing import Any

from photomill.errors import (
    CapacityExceeded,
    ImageError,
    ImageTooLarge,
    ImageUnreadable,
    InvalidInput,
    PhotomillError,
    PluginError,
    PluginUnavailable,
    StorageFull,
    Unsupported,
    UnsupportedFormat,
)
from photomill.images.complaints import complaint_of

logger = logging.getLogger(__name__)

_ERRORS: dict[str, type[PhotomillError]] = {
    kind.__name__: kind
    for kind in (
        CapacityExceeded,
        StorageFull,
        ImageTooLarge,
        ImageUnreadable,
        UnsupportedFormat,
        InvalidInput,
        PluginError,
        PluginUnavailable,
        Unsupported,
    )
}
"""What the sandbox may answer instead of an image."""


def describe_failure(error: Exception, max_memory: int) -> dict[str, Any]:
    """Describe an error, in the sandbox; one that is none of ours is that of an edit operation, and logged.

    :param max_memory: bytes that the work was given.
    """
    is_short = isinstance(error, MemoryError)
    if is_short:
        error = ImageTooLarge(f"needs more than {max_memory // 2**20} MiB of memory")
    elif isinstance(error, ImageError) and type(error).__name__ not in _ERRORS:
        error = ImageUnreadable(str(error))
    if type(error).__name__ not in _ERRORS:
        trace = "".join(traceback.format_exception(error))
        message = f"an edit operation failed: {type(error).__name__}"
        return {"error": "PluginError", "message": message, "traceback": trace[-8000:]}
    failure: dict[str, Any] = {"error": type(error).__name__, "message": str(error)[:1000]}
    if isinstance(error, InvalidInput):
        failure |= {"message": error.message[:1000], "path": error.path}
    return {**failure, "complaint": complaint_of(error), "out_of_memory": is_short}


def failure_of(answer: Mapping[str, Any]) -> PhotomillError:
    """Make the error again, in the engine; a malformed answer raises what reading JSON of another shape raises."""
    kind, message = _ERRORS[answer["error"]], str(answer["message"])
    if "traceback" in answer:
        logger.error("%s\n%s", message, answer["traceback"])
    if answer.get("complaint"):
        logger.info("an image was not taken: %s: %s", message, answer["complaint"])
    path = {"path": str(answer["path"])} if kind is InvalidInput else {}
    return kind(message, **path)

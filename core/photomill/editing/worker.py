"""The program of an editing process; run with the number of its socket as the one argument.

The first message brings the tools, pickled by the engine; every further one an edit, pickled too: both go from the
engine, which is trusted, to its own child. What comes back is JSON and the bytes of a file. Between the two the child
asks for room before it holds pixels, and for the likeness of pictures and words, which the engine's text embedder tells.
It ends with its socket, so it never outlives the engine.
"""

import math
import pickle
import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from photomill.config.settings import EditingSettings
from photomill.editing.capabilities import capabilities
from photomill.editing.pipeline import EditJob, Pipeline
from photomill.editing.results import Edited
from photomill.editing.toolbox import Toolbox
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
from photomill.images.raster import RasterPixels
from photomill.sandbox.confinement import confine
from photomill.sandbox.protocol import Channel

MAX_MESSAGE = 2**31
"""Bytes of one edit: its files."""

ERRORS: dict[str, type[PhotomillError]] = {
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
"""What an editing process may answer instead of a picture."""


def main() -> None:
    channel = Channel(socket.socket(fileno=int(sys.argv[1])))
    _, start = channel.receive(MAX_MESSAGE)
    tools, images, editing, access = pickle.loads(start)
    confinement = confine(editing.max_memory, access)
    toolbox = Toolbox(tools)
    pipeline = Pipeline(toolbox, images, editing)
    channel.send({"ready": True, **confinement.shortcoming()})
    while True:
        try:
            request, body = channel.receive(MAX_MESSAGE)
        except ConnectionError:
            return
        if request.get("ask") == "capabilities":
            found = [attrs.asdict(each) for each in capabilities(toolbox)]
            channel.send({"capabilities": found})
        else:
            _answer(channel, pipeline, pickle.loads(body), request, editing)


def _answer(
    channel: Channel,
    pipeline: Pipeline,
    job: EditJob,
    request: dict[str, Any],
    editing: EditingSettings,
) -> None:
    engine = _Engine(channel, math.ceil(request["seconds"]) + 1)
    signal.alarm(engine.seconds)
    try:
        if request["plans"]:
            answer, data = attrs.asdict(pipeline.plan(job, admit=engine.admit)), b""
        else:
            ranks = engine.rank_regions if request["ranks"] else None
            edited = pipeline.run(job, admit=engine.admit, rank_regions=ranks)
            answer, data = _success(edited), edited.data
    except Exception as error:
        channel.send(_failure(error, editing))
    else:
        channel.send(answer, data)
    finally:
        signal.alarm(0)


class _Engine:
    """What an edit asks of the engine while it runs.

    :ivar seconds: after which the edit ends. The engine kills one that takes too long; the alarm does if the engine is
        gone.
    """

    def __init__(self, channel: Channel, seconds: int) -> None:
        self._channel = channel
        self.seconds = seconds

    def admit(self, pixels: int) -> None:
        self._channel.send({"admit": pixels})
        signal.alarm(0)
        self._channel.receive(0)
        signal.alarm(self.seconds)

    def rank_regions(self, text: str, regions: Sequence[RasterPixels]) -> list[float]:
        shapes = [list(region.shape) for region in regions]
        body = b"".join(np.ascontiguousarray(region).tobytes() for region in regions)
        self._channel.send({"rank": text, "shapes": shapes}, body)
        answer, _ = self._channel.receive(0)
        if "error" in answer:
            raise PluginUnavailable(str(answer["error"]))
        return [float(score) for score in answer["scores"]]


def _success(edited: Edited) -> dict[str, Any]:
    return {
        "input": attrs.asdict(edited.input),
        "output": attrs.asdict(edited.output),
        "operations": [attrs.asdict(run) for run in edited.profiling.operations],
        "notes": edited.profiling.notes,
    }


def _failure(error: Exception, editing: EditingSettings) -> dict[str, Any]:
    if isinstance(error, MemoryError):
        error = ImageTooLarge(f"needs more than {editing.max_memory // 2**20} MiB of memory")
    elif isinstance(error, ImageError) and type(error).__name__ not in ERRORS:
        error = ImageUnreadable(str(error))
    if type(error).__name__ not in ERRORS:
        trace = "".join(traceback.format_exception(error))
        message = f"an edit operation failed: {type(error).__name__}"
        return {"error": "PluginError", "message": message, "traceback": trace[-8000:]}
    failure: dict[str, Any] = {"error": type(error).__name__, "message": str(error)[:1000]}
    if isinstance(error, InvalidInput):
        failure |= {"error": "InvalidInput", "message": error.message[:1000], "path": error.path}
    picture = getattr(error, "picture", None)
    return {**failure, "complaint": complaint_of(error), "picture": picture}


if __name__ == "__main__":
    main()

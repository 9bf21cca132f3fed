"""Editing, in the sandbox.

Between a request and its answer the child asks for room before it holds pixels, and for the similarity of images and
words, which the engine's text embedder tells.
"""

import pickle
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import attrs
import numpy as np

from photomill.components.toolbox import Toolbox, Tools
from photomill.config.settings import EditingSettings, ImageSettings
from photomill.decoding.child import decoding_with
from photomill.decoding.failures import describe_failure
from photomill.editing.choice import capabilities
from photomill.editing.edit import EditJob
from photomill.editing.pipeline import Pipeline
from photomill.editing.request import EditRequest
from photomill.editing.results import Edited
from photomill.errors import PluginUnavailable
from photomill.images.raster import RasterPixels
from photomill.sandbox.worker import Answer, EngineSide, Handler


def open_handlers(
    tools: Tools, images: ImageSettings, editing: EditingSettings
) -> dict[str, Handler]:
    """What a sandbox that decodes and edits is set up with."""
    toolbox = Toolbox(tools)
    toolbox.open_decoders()
    pipeline = Pipeline(toolbox, images, editing)
    return {
        "decode": decoding_with(toolbox, images),
        "edit": partial(_edit, toolbox, pipeline, editing.max_memory),
        "capabilities": partial(_capabilities, toolbox),
    }


def _capabilities(
    toolbox: Toolbox, request: Mapping[str, Any], parts: list[bytes], engine: EngineSide
) -> Answer:
    toolbox.refresh()
    return {"capabilities": [attrs.asdict(each) for each in capabilities(toolbox)]}, ()


def _edit(
    toolbox: Toolbox,
    pipeline: Pipeline,
    max_memory: int,
    request: Mapping[str, Any],
    parts: list[bytes],
    engine: EngineSide,
) -> Answer:
    packed, data, *references = parts
    jobs = [
        EditJob(data, format, wanted, interactive, reference, reference_format)
        for (format, wanted, interactive, reference_format), reference in zip(
            _unpacked(packed), references, strict=True
        )
    ]
    asking = _Asking(engine, request["free_pixels"])
    ranks = asking.rank_regions if request["ranks"] else None
    try:
        toolbox.refresh()
        if request["plans"]:
            return attrs.asdict(pipeline.plan(jobs[0], admit=asking.admit)), ()
        outcomes = pipeline.run(jobs, admit=asking.admit, rank_regions=ranks)
    except Exception as error:
        return _failure(error, max_memory), ()
    return {
        "edits": [
            _success(each) if isinstance(each, Edited) else _failure(each, max_memory)
            for each in outcomes
        ]
    }, [each.data if isinstance(each, Edited) else b"" for each in outcomes]


@lru_cache(maxsize=1)
def _unpacked(packed: bytes) -> Sequence[tuple[str, EditRequest, bool, str]]:
    """Jobs without their images: those of a batch are the same again and again."""
    jobs: Sequence[tuple[str, EditRequest, bool, str]] = pickle.loads(packed)
    return jobs


def _failure(error: Exception, max_memory: int) -> dict[str, Any]:
    failure = describe_failure(error, max_memory)
    return {**failure, "picture": getattr(error, "picture", None)}


@attrs.frozen
class _Asking:
    """What an edit asks of the engine while it runs.

    :ivar free_pixels: that it may hold without asking.
    """

    engine: EngineSide
    free_pixels: int

    def admit(self, pixels: int) -> None:
        if pixels > self.free_pixels:
            self.engine.ask({"admit": pixels})

    def rank_regions(self, text: str, regions: Sequence[RasterPixels]) -> list[float]:
        shapes = [list(region.shape) for region in regions]
        body = b"".join(np.ascontiguousarray(region).tobytes() for region in regions)
        answer = self.engine.ask({"rank": text, "shapes": shapes}, body)
        if "error" in answer:
            raise PluginUnavailable(str(answer["error"]))
        return [float(score) for score in answer["scores"]]


def _success(edited: Edited) -> dict[str, Any]:
    return {
        "input": edited.input.document(),
        "output": edited.output.document(),
        "operations": [
            {"operation": run.operation, "engine": run.engine, "seconds": run.seconds}
            for run in edited.profiling.operations
        ],
        "notes": edited.profiling.notes,
    }

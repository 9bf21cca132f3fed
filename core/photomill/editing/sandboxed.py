"""The engine's side of editing."""

import pickle
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any, TypeVar

import numpy as np

from photomill.components.editor import RankRegions
from photomill.components.toolbox import Tools
from photomill.config.settings import EditingSettings, ImageSettings
from photomill.decoding.decoder import access_for, decode_verb
from photomill.decoding.failures import failure_of
from photomill.editing.child import open_handlers
from photomill.editing.edit import EditJob
from photomill.editing.results import (
    Capability,
    Edited,
    ImageFacts,
    OperationRun,
    Planned,
    PlannedStep,
    Profiling,
)
from photomill.errors import PhotomillError
from photomill.parallel import available_cores
from photomill.sandbox.admission import Admission
from photomill.sandbox.process import Call, Start, Verb
from photomill.sandbox.sandbox import Sandbox

T = TypeVar("T")

_MAX_ANSWER = 2**31
"""Bytes of one edit: its file, or the regions that are to be ranked."""
_SHARE_OF_SMALL = 16
"""One of so many parts of the budget of pixels is for images that take no more than a process' share of it."""


def open_sandbox(tools: Tools, images: ImageSettings, editing: EditingSettings) -> Sandbox:
    """Make a sandbox that decodes and edits."""
    verb = Verb("editing", editing.max_memory, "editing.max_memory", editing.processes)
    verbs = {"decode": decode_verb(images), "edit": verb, "capabilities": verb}
    return Sandbox(Start(partial(open_handlers, tools, images, editing), verbs, access_for(tools)))


class SandboxedEditing:
    """The pipeline, run in the sandbox. Thread-safe."""

    def __init__(self, sandbox: Sandbox, editing: EditingSettings) -> None:
        self._sandbox = sandbox
        self._editing = editing
        places = editing.processes or available_cores()
        # Small images are so many that to ask for each costs more than to keep room for one in every process.
        self._free_pixels = editing.pixel_budget // _SHARE_OF_SMALL // places
        self._pixels = Admission(editing.pixel_budget - places * self._free_pixels)
        # What was pickled last: the many images of a batch have one request.
        self._packed: tuple[Sequence[Any], bytes] = (), b""

    def edit(self, job: EditJob, rank_regions: RankRegions | None = None) -> Edited:
        """Have an image edited, when its turn comes.

        :raises ImageTooLarge: over a limit, of time and memory too.
        :raises ImageUnreadable: damaged, or the process died of it.
        :raises PhotomillError: what the pipeline raises.
        """
        (outcome,) = self.edit_many((job,), rank_regions)
        if isinstance(outcome, PhotomillError):
            raise outcome
        return outcome

    def edit_many(
        self, jobs: Sequence[EditJob], rank_regions: RankRegions | None = None
    ) -> list[Edited | PhotomillError]:
        """Have one image edited in several ways, when its turn comes.

        :param jobs: of one file.
        :returns: for each job, in their order, what came of it.
        :raises ImageTooLarge: over a limit, of time and memory too; of time they have together what each has alone.
        :raises ImageUnreadable: damaged, or the process died of it.
        """
        return self._answered(jobs, _outcomes, rank_regions, interactive=jobs[0].interactive)

    def plan(self, job: EditJob) -> Planned:
        """Have an edit planned, when its turn comes; raises what :meth:`edit` raises."""
        return self._answered((job,), _planned, plans=True, interactive=True)

    def capabilities(self) -> list[Capability]:
        """Tell what can be done here, and by which engine."""
        call = Call(
            "capabilities",
            {},
            (),
            read=lambda answer, _: [Capability(**each) for each in answer["capabilities"]],
            seconds=self._editing.job_seconds,
            max_answer=0,
        )
        return self._sandbox.call(call)

    def close(self) -> None:
        """End the processes; what they still edit is lost. May be called twice."""
        self._sandbox.close()

    def _answered(
        self,
        jobs: Sequence[EditJob],
        read: Callable[[Mapping[str, Any], Sequence[bytes]], T],
        rank_regions: RankRegions | None = None,
        *,
        plans: bool = False,
        interactive: bool,
    ) -> T:
        waits = jobs[0].interactive

        def answer(
            question: Mapping[str, Any], parts: Sequence[bytes], held: ExitStack
        ) -> Mapping[str, Any]:
            if "admit" in question:
                pixels = int(question["admit"])
                held.enter_context(self._pixels.held(pixels, interactive=waits))
                return {}
            return _rank(question, parts[0], rank_regions)

        seconds = self._editing.max_seconds if waits else self._editing.job_seconds
        call = Call(
            "edit",
            {
                "ranks": rank_regions is not None,
                "plans": plans,
                "free_pixels": self._free_pixels,
            },
            (self._pack(jobs), jobs[0].data, *(job.reference for job in jobs)),
            read=read,
            seconds=seconds * len(jobs),
            max_answer=_MAX_ANSWER,
            answer=answer,
        )
        return self._sandbox.call(call, interactive=interactive)

    def _pack(self, jobs: Sequence[EditJob]) -> bytes:
        """Pickle jobs without their images."""
        # Not jobs: as a batch has one request, tuples of it are found to be equal without looking into it.
        light = [(job.format, job.request, job.interactive, job.reference_format) for job in jobs]
        last, packed = self._packed
        if light != last:
            packed = pickle.dumps(light, pickle.HIGHEST_PROTOCOL)
            self._packed = light, packed
        return packed


def _rank(
    question: Mapping[str, Any], body: bytes, rank_regions: RankRegions | None
) -> dict[str, Any]:
    if rank_regions is None:
        return {"error": "no text embedder is configured"}
    regions, at = [], 0
    for height, width, bands in question["shapes"]:
        count = height * width * bands
        region = np.frombuffer(body, np.uint8, count, at).reshape(height, width, bands)
        regions.append(region)
        at += count
    try:
        return {"scores": list(rank_regions(str(question["rank"]), regions))}
    except PhotomillError as error:
        return {"error": str(error)}


def _outcomes(answer: Mapping[str, Any], parts: Sequence[bytes]) -> list[Edited | PhotomillError]:
    """Check an answer; a malformed one raises what reading JSON of another shape raises."""
    _check(answer)
    return [_outcome(each, data) for each, data in zip(answer["edits"], parts, strict=True)]


def _outcome(answer: Mapping[str, Any], data: bytes) -> Edited | PhotomillError:
    if "error" in answer:
        return _failure(answer)
    return Edited(
        data=data,
        input=_facts(answer["input"]),
        output=_facts(answer["output"]),
        profiling=Profiling(
            tuple(
                OperationRun(str(run["operation"]), str(run["engine"]), float(run["seconds"]))
                for run in answer["operations"]
            ),
            tuple(str(note) for note in answer["notes"]),
        ),
    )


def _planned(answer: Mapping[str, Any], parts: Sequence[bytes]) -> Planned:
    _check(answer)
    return Planned(
        input=_facts(answer["input"]),
        output=_facts(answer["output"]),
        steps=tuple(
            PlannedStep(str(step["operation"]), str(step["engine"]), dict(step["parameters"]))
            for step in answer["steps"]
        ),
        notes=tuple(str(note) for note in answer["notes"]),
    )


def _check(answer: Mapping[str, Any]) -> None:
    if "error" in answer:
        raise _failure(answer)


def _failure(answer: Mapping[str, Any]) -> PhotomillError:
    error = failure_of(answer)
    if answer.get("picture") is not None:
        error.picture = _facts(answer["picture"]).document()
    return error


def _facts(answer: Mapping[str, Any]) -> ImageFacts:
    return ImageFacts(str(answer["format"]), int(answer["width"]), int(answer["height"]))

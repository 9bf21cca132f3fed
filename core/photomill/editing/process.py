"""The engine's side of one editing process."""

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from typing import Any, TypeVar

import numpy as np
from attrs import asdict

from photomill.components.editor import RankRegions
from photomill.config.settings import EditingSettings, ImageSettings
from photomill.editing.admission import Admission
from photomill.editing.pipeline import EditJob
from photomill.editing.results import (
    Capability,
    Edited,
    OperationRun,
    PictureFacts,
    Planned,
    PlannedStep,
    Profiling,
)
from photomill.editing.toolbox import Tool, Tools
from photomill.editing.worker import ERRORS, MAX_MESSAGE
from photomill.errors import (
    ImageTooLarge,
    InvalidInput,
    PhotomillError,
    PluginError,
)
from photomill.folders import make_private_folder
from photomill.sandbox.confinement import Access
from photomill.sandbox.process import NONSENSE, GuardedProcess
from photomill.sandbox.readable import named_by

logger = logging.getLogger(__name__)
T = TypeVar("T")


class EditingProcess(GuardedProcess):
    """One child. One thread at a time; it is of no more use once :attr:`alive` is False."""

    def __init__(self, tools: Tools, images: ImageSettings, editing: EditingSettings) -> None:
        self._editing = editing
        memory = f"editing.max_memory is {editing.max_memory // 2**20} MiB"
        start = tools, images, editing, _access(tools)
        super().__init__("photomill.editing.worker", start, what="editing", memory=memory)

    def edit(
        self, job: EditJob, packed: bytes, pixels: Admission, rank_regions: RankRegions | None
    ) -> Edited:
        """Have a picture edited.

        :param packed: the job, pickled.
        :param pixels: what limits the pixels that all processes hold.
        :raises ImageTooLarge: over a limit, of time and memory too.
        :raises ImageUnreadable: damaged, or the process died of it.
        :raises PhotomillError: what the pipeline raises.
        """
        return self._answered(job, packed, pixels, rank_regions, _edited)

    def plan(self, job: EditJob, packed: bytes, pixels: Admission) -> Planned:
        """Have an edit planned; raises what :meth:`edit` raises."""
        return self._answered(job, packed, pixels, None, _planned, plans=True)

    def _answered(
        self,
        job: EditJob,
        packed: bytes,
        pixels: Admission,
        rank_regions: RankRegions | None,
        read: Callable[[Mapping[str, Any], bytes], T],
        *,
        plans: bool = False,
    ) -> T:
        seconds = self._editing.max_seconds if job.interactive else self._editing.job_seconds
        deadline = _Deadline(seconds)
        request = {"seconds": seconds, "ranks": rank_regions is not None, "plans": plans}
        try:
            with ExitStack() as held:
                self.channel.send(request, packed, deadline=deadline.at)
                while True:
                    answer, body = self.channel.receive(MAX_MESSAGE, deadline=deadline.at)
                    if "admit" in answer:
                        with deadline.paused():
                            held.enter_context(
                                pixels.held(int(answer["admit"]), interactive=job.interactive)
                            )
                        self.channel.send({}, deadline=deadline.at)
                    elif "rank" in answer:
                        self.channel.send(_ranked(answer, body, rank_regions))
                    elif "error" in answer:
                        raise _error(answer)
                    else:
                        return read(answer, bytes(body))
        except TimeoutError:
            self.kill()
            raise ImageTooLarge(f"takes more than {seconds:g} s to edit") from None
        except NONSENSE:
            raise self.end_of_nonsense() from None
        except PhotomillError:
            raise
        except BaseException:
            # An answer may still come; nobody would read it.
            self.kill()
            raise

    def capabilities(self) -> list[Capability]:
        """Tell what can be done here, and by which engine.

        :raises PluginError: the process died of it.
        """
        deadline = time.monotonic() + self._editing.job_seconds
        try:
            self.channel.send({"ask": "capabilities"}, deadline=deadline)
            answer, _ = self.channel.receive(0, deadline=deadline)
            return [Capability(**each) for each in answer["capabilities"]]
        except NONSENSE:
            self.kill()
            raise PluginError(f"the editing process {self.end}") from None


class _Deadline:
    """A point in time that moves on while the edit waits for others."""

    def __init__(self, seconds: float) -> None:
        self.at = time.monotonic() + seconds

    def paused(self) -> "_Pause":
        return _Pause(self)


class _Pause:
    def __init__(self, deadline: _Deadline) -> None:
        self._deadline = deadline

    def __enter__(self) -> None:
        self._since = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._deadline.at += time.monotonic() - self._since


def _access(tools: Tools) -> Access:
    """What an editing process may read: the models, and what options name."""
    # What is not there when the process starts stays out of its reach.
    with suppress(OSError):
        make_private_folder(tools.models_dir)
    every: list[Tool[Any]] = [*tools.decoders, *tools.editors, *tools.encoders]
    named = named_by(tool.options for tool in every)
    return Access((tools.models_dir, *named), tools.private)


def _ranked(
    answer: Mapping[str, Any], body: bytearray, rank_regions: RankRegions | None
) -> dict[str, Any]:
    if rank_regions is None:
        return {"error": "no text embedder is configured"}
    regions, at = [], 0
    for height, width, bands in answer["shapes"]:
        count = height * width * bands
        region = np.frombuffer(body, np.uint8, count, at).reshape(height, width, bands)
        regions.append(region)
        at += count
    try:
        return {"scores": list(rank_regions(str(answer["rank"]), regions))}
    except PhotomillError as error:
        return {"error": str(error)}


def _edited(answer: Mapping[str, Any], data: bytes) -> Edited:
    """Check an answer; a malformed one raises what reading JSON of another shape raises."""
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


def _planned(answer: Mapping[str, Any], data: bytes) -> Planned:
    return Planned(
        input=_facts(answer["input"]),
        output=_facts(answer["output"]),
        steps=tuple(
            PlannedStep(str(step["operation"]), str(step["engine"]), dict(step["parameters"]))
            for step in answer["steps"]
        ),
        notes=tuple(str(note) for note in answer["notes"]),
    )


def _error(answer: Mapping[str, Any]) -> PhotomillError:
    kind, message = ERRORS[answer["error"]], str(answer["message"])
    if "traceback" in answer:
        logger.error("%s\n%s", message, answer["traceback"])
    if answer.get("complaint"):
        logger.info("%s: %s", message, answer["complaint"])
    path = {"path": str(answer["path"])} if kind is InvalidInput else {}
    error = kind(message, **path)
    if answer.get("picture") is not None:
        error.picture = asdict(_facts(answer["picture"]))
    return error


def _facts(answer: Mapping[str, Any]) -> PictureFacts:
    return PictureFacts(str(answer["format"]), int(answer["width"]), int(answer["height"]))

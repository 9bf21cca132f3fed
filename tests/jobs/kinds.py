"""Kinds of job for tests, and how other processes know them."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from photomill.config.settings import Settings
from photomill.engine import Engine, EngineWork
from photomill.errors import (
    IndexUnavailable,
    InvalidInput,
    PhotomillError,
    SourceUnreachable,
    StorageError,
    StorageFull,
)
from photomill.jobs.kind import JobKind
from photomill.jobs.model import Job, JobItem, NewItem, SkipItem


def _first(after: JobItem | None) -> int:
    """The position of the first item that is not stored yet."""
    return 0 if after is None else after.position + 1


class Counting(JobKind):
    """Counts to ``plan["count"]``; each item appends its number to the file ``plan["log"]``, and that of its process
    to ``plan["processes"]``; first it appends its number to ``plan["tried"]``, and waits for the file ``plan["until"]``.
    """

    kind = "counting"

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        for index in range(_first(after), job.plan["count"]):
            yield NewItem(f"item {index}", {"index": index})

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        index = item.input["index"]
        self._append(job, "tried", index)
        while "until" in job.plan and not Path(job.plan["until"]).exists():
            time.sleep(0.01)
        time.sleep(job.plan.get("seconds", 0))
        self._append(job, "log", index)
        self._append(job, "processes", os.getpid())
        return {"square": index**2}

    def finish(self, job: Job) -> Mapping[str, Any]:
        return {"counted": job.progress.done}

    def _append(self, job: Job, name: str, number: int) -> None:
        if name in job.plan:
            with Path(job.plan[name]).open("a", encoding="utf-8") as file:
                file.write(f"{number}\n")


class Failing(JobKind):
    """Each item fails as its name says."""

    kind = "failing"
    runs: ClassVar[list[str]] = []
    waits: ClassVar[list[str]] = []

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        for name in job.plan["names"][_first(after) :]:
            if name == "unlisted":
                raise PhotomillError("the listing fails")
            self._wait_for_index(name, "unlisted behind")
            yield NewItem(name)

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        self.runs.append(item.name)
        if item.name == "final":
            raise InvalidInput("expected something else", path="a.b")
        if item.name == "passing":
            raise StorageError("the bucket is away")
        if item.name == "second time" and item.attempts == 1:
            raise StorageError("the bucket is away")
        if item.name == "full" and self.runs.count("full") <= 5:
            raise StorageFull("no room")
        if item.name == "elsewhere" and self.runs.count("elsewhere") <= 5:
            raise SourceUnreachable("there is no '/photos' here", elsewhere=True)
        self._wait_for_index(item.name, "behind")
        if item.name == "bug":
            raise RuntimeError("a bug")
        if item.name == "skip":
            raise SkipItem("nothing to do")
        return {"attempts": item.attempts}

    def finish(self, job: Job) -> Mapping[str, Any] | None:
        if job.plan.get("fail"):
            raise PhotomillError("the finish fails")
        return None

    def _wait_for_index(self, name: str, behind: str) -> None:
        """Fail more often than a unit may where a name says so."""
        self.waits.append(name)
        if name == behind and self.waits.count(name) <= 5:
            raise IndexUnavailable("the index is behind", seconds=0)


class Deadly(JobKind):
    """Its items, named by ``plan["names"]``, kill their process, wait for ever, or end after a moment."""

    kind = "deadly"

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        if job.plan.get("unlisted"):
            os._exit(9)
        # A bomb may end the process before it is stored that the listing is whole.
        for name in job.plan["names"][_first(after) :]:
            yield NewItem(name)

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        if item.name == "bomb":
            time.sleep(job.plan.get("fuse", 0))
            os._exit(9)
        while item.name == "endless" and not Path(job.plan["stop"]).exists():
            time.sleep(0.01)
        return {}


class Calling(JobKind):
    """Calls a function of the test."""

    kind = "calling"

    def __init__(self, function: Callable[[JobItem], Mapping[str, Any]]) -> None:
        self._function = function

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        for index in range(_first(after), job.plan["count"]):
            yield NewItem(f"{index}")

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        return self._function(item)


class KindsWork(EngineWork):
    """Knows some of these kinds."""

    def _open(self, settings: Settings) -> Engine:
        engine = super()._open(settings)
        engine.jobs.register(Counting())
        engine.jobs.register(Deadly())
        return engine


class LethalWork(EngineWork):
    """Its processes do not get as far as a unit."""

    def _open(self, settings: Settings) -> Engine:
        os._exit(9)

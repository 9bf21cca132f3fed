"""Jobs as the image edit API describes them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain, islice, takewhile
from typing import Any

import msgspec
from attrs import frozen

from photomill import (
    Engine,
    ImageFacts,
    ItemState,
    Job,
    JobItem,
    JobState,
    Namespace,
    StoredObject,
)
from photomill_http.image_edit.links import Links
from photomill_http.image_edit.pictures import Json, picture, stored_picture
from photomill_http.image_edit.translate import contract_path

STATUSES: Mapping[JobState, str] = {
    JobState.ACCEPTED: "ACCEPTED",
    JobState.WAITING: "WAITING",
    JobState.PROCESSING: "PROCESSING",
    JobState.PAUSED: "PAUSED",
    JobState.DONE: "DONE",
    JobState.FAILED: "ERROR",
    JobState.CANCELLED: "CANCELLED",
}

# What the older contract knows; whoever reads it ends its wait at ERROR or DONE.
_OLDER_STATUSES: Mapping[JobState, str] = {
    **STATUSES,
    JobState.WAITING: "PROCESSING",
    JobState.PAUSED: "PROCESSING",
    JobState.CANCELLED: "ERROR",
}
_OLDER_PREFIX = "/v1-beta1"

_CHUNK = 200
"""Pictures described in one piece of an answer."""


@frozen
class Page:
    """A part of a batch's pictures.

    :ivar after: the position before the first.
    :ivar limit: how many; None for all.
    """

    after: int = -1
    limit: int | None = None


@frozen
class Documents:
    """Describes jobs."""

    engine: Engine
    links: Links

    def accepted(self, job: Job) -> Json:
        """What is told of a job that was just submitted."""
        return {**self._beginning(job), "status": STATUSES[JobState.ACCEPTED]}

    def summary(self, job: Job) -> Json:
        """Everything but the pictures."""
        progress = job.progress
        document = self._beginning(job)
        # How many there are is known once the last folder was listed.
        document["progress"] = {
            **({} if progress.total is None else {"total": progress.total}),
            "done": progress.done,
            "failed": progress.failed,
            "skipped": progress.skipped,
        }
        if job.finished is not None:
            document["finished_at"] = moment(job.finished)
        return document

    def single(self, job: Job) -> Json:
        """An edit of one picture."""
        document = {**self.summary(job), "errors": [], "result": {}}
        storages = self.engine.storages.namespace(job.owner)
        for item in self.engine.jobs.items(job.number):
            if item.state is ItemState.DONE:
                document["result"] = self._result(item, storages)
            elif item.state is ItemState.FAILED:
                document["errors"].append(_error(item))
        if not document["errors"]:
            document["errors"] = self._own_error(job)
        return document

    def batch(self, job: Job, page: Page) -> Iterator[bytes]:
        """An edit of many pictures, encoded piece by piece: there may be a million."""
        document = self.summary(job)
        following = _following(job, page)
        if following is not None:
            document["next"] = following
        yield msgspec.json.encode(document)[:-1] + b',"errors":['
        failed = map(_error, self._items(job, page, ItemState.FAILED))
        yield from _members(chain(self._own_error(job), failed))
        yield b'],"results":['
        yield from _members(self._results(job, page))
        yield b"]}"

    def _beginning(self, job: Job) -> Json:
        return {
            "id": job.number,
            "status": self._status(job.state),
            "result_url": self.links.task(job),
            "created_at": moment(job.created),
            "request": _request(job),
        }

    def _status(self, state: JobState) -> str:
        return statuses_of(self.links.prefix)[state]

    def _own_error(self, job: Job) -> list[Json]:
        """What went wrong beside the pictures, which have errors of their own."""
        ended = moment(job.finished or job.created)
        if job.state is JobState.CANCELLED and self.links.prefix == _OLDER_PREFIX:
            return [{"error": "the task was cancelled", "created_at": ended}]
        if not job.error or (job.progress.total is not None and job.progress.failed):
            return []
        return [{"error": _text(job), "created_at": ended}]

    def _items(self, job: Job, page: Page, state: ItemState) -> Iterator[JobItem]:
        items = self.engine.jobs.items(job.number, state=state, after=page.after)
        if page.limit is None:
            return items
        last = page.after + page.limit
        return takewhile(lambda item: item.position <= last, items)

    def _results(self, job: Job, page: Page) -> Iterator[Json]:
        storages = self.engine.storages.namespace(job.owner)
        return (self._result(item, storages) for item in self._items(job, page, ItemState.DONE))

    def _result(self, item: JobItem, storages: Namespace) -> Json:
        assert item.result is not None  # it is done
        result = item.result
        output = stored_picture(
            ImageFacts(**result["output"]),
            StoredObject(**result["stored"]),
            storages,
            self.links,
        )
        return {
            "input": item.input["uri"],
            "input_object": picture(ImageFacts(**result["input"])),
            "output_object": output,
            "profiling": result["profiling"],
        }


def statuses_of(prefix: str) -> Mapping[JobState, str]:
    """What the contract under a prefix calls the states of tasks."""
    return _OLDER_STATUSES if prefix == _OLDER_PREFIX else STATUSES


def moment(seconds: float) -> str:
    """A time as this API writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def _members(documents: Iterable[Json]) -> Iterator[bytes]:
    rest, separator = iter(documents), b""
    while some := list(islice(rest, _CHUNK)):
        yield separator + msgspec.json.encode(some)[1:-1]
        separator = b","


def _following(job: Job, page: Page) -> int | None:
    """The position after which the next page begins; None where this is the last."""
    if page.limit is None:
        return None
    last = page.after + page.limit
    return last if job.progress.found > last + 1 else None


def _request(job: Job) -> Json:
    """What was sent; for a job that was submitted elsewhere, its request as Photomill has it."""
    plan = job.plan
    remembered = plan["remember"].get("request")
    if remembered is not None:
        return dict(remembered)
    inputs: Any = plan["inputs"] if len(plan["inputs"]) > 1 else plan["inputs"][0]
    if plan["recursive"]:
        inputs = {"source": inputs, "recursive": True}
    request = {"input": inputs, "request": plan.get("request", {})}
    destination = plan.get("destination")
    return request if destination is None else {**request, "output": destination}


def _text(failed: Job | JobItem) -> str:
    """An error, with the contract's name of the parameter that it concerns."""
    path = (failed.error_detail or {}).get("path") or ""
    if path and failed.error.startswith(f"{path}: "):
        return contract_path(path) + failed.error.removeprefix(path)
    return failed.error


def _error(item: JobItem) -> Json:
    document = {"error": _text(item), "input": item.input["uri"]}
    read = (item.error_detail or {}).get("picture")
    if read is not None:
        document["input_object"] = picture(ImageFacts(**read))
    return {**document, "created_at": moment(item.finished or 0.0)}

"""Jobs and images as the image edit API describes them."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain, islice, takewhile
from typing import Any
from urllib.parse import quote

import msgspec
from attrs import frozen
from msgspec import UNSET

from photomill import Engine, ImageFacts, ItemState, Job, JobItem, JobState, Namespace, StoredObject
from photomill_http.contract import Call
from photomill_http.image_edit import schema
from photomill_http.image_edit.paging import BatchQuery
from photomill_http.image_edit.translate import (
    OLDER_PREFIX,
    PREFIX,
    STATUSES,
    contract_path,
    statuses_of,
)

Json = dict[str, Any]

RESULTS = "/v1/image/results"
"""Where results without a destination are fetched; the key behind it is all that is needed."""
FAMILIES = {"edit": "async", "edit_batch": "batch"}
"""The kinds of job, and how addresses call them."""

_SCHEMES = {"s3": "s3", "gcs": "gs"}

_CHUNK = 200
"""Images described in one piece of an answer."""


@frozen
class Links:
    """Makes addresses of this server.

    :ivar server: ``https://host``, without a slash at the end.
    :ivar prefix: ``/v1`` or ``/v1-beta1``.
    """

    server: str
    prefix: str

    @classmethod
    def of(cls, call: Call) -> "Links":
        """As the caller reached the server."""
        path = call.request.url.path
        return cls(call.server, OLDER_PREFIX if path.startswith(f"{OLDER_PREFIX}/") else PREFIX)

    def result(self, key: str) -> str:
        return f"{self.server}{RESULTS}/{quote(key)}"

    def task(self, job: Job) -> str:
        return f"{self.server}{self.prefix}/image/edit/{FAMILIES[job.kind]}/{job.number}"


@frozen
class Documents:
    """Describes jobs."""

    engine: Engine
    links: Links

    def accepted(self, job: Job) -> schema.BatchTask:
        """What is told of a job that was just submitted."""
        task = self._new_task(job)
        task.status = STATUSES[JobState.ACCEPTED]
        return task

    def summary(self, job: Job) -> schema.BatchTask:
        """Everything but the images."""
        progress, task = job.progress, self._new_task(job)
        task.progress = schema.Progress(
            # How many there are is known once the last folder was listed.
            total=UNSET if progress.total is None else progress.total,
            done=progress.done,
            failed=progress.failed,
            skipped=progress.skipped,
        )
        task.finished_at = UNSET if job.finished is None else moment(job.finished)
        return task

    def single(self, job: Job) -> schema.SingleTask:
        """An edit of one image."""
        known = msgspec.structs.asdict(self.summary(job))
        errors, result = [], schema.ImageResult()
        storages = self.engine.storages.namespace(job.owner)
        for item in self.engine.jobs.items(job.number):
            if item.state is ItemState.DONE:
                result = self._result(item, storages)
            elif item.state is ItemState.FAILED:
                errors.append(_error(item))
        several = ("next", "errors", "results")
        return schema.SingleTask(
            **{name: value for name, value in known.items() if name not in several},
            errors=errors or self._own_error(job),
            result=result,
        )

    def batch(self, job: Job, page: BatchQuery) -> Iterator[bytes]:
        """An edit of many images, encoded piece by piece: there may be a million."""
        task = self.summary(job)
        following = _next_position(job, page)
        task.next = UNSET if following is None else following
        yield msgspec.json.encode(task)[:-1] + b',"errors":['
        failed = map(_error, self._items(job, page, ItemState.FAILED))
        yield from _members(chain(self._own_error(job), failed))
        yield b'],"results":['
        yield from _members(self._results(job, page))
        yield b"]}"

    def _new_task(self, job: Job) -> schema.BatchTask:
        return schema.BatchTask(
            id=job.number,
            status=self._status(job.state),
            result_url=self.links.task(job),
            created_at=moment(job.created),
            request=_request(job),
        )

    def _status(self, state: JobState) -> str:
        return statuses_of(self.links.prefix)[state]

    def _own_error(self, job: Job) -> list[schema.TaskError]:
        """What went wrong beside the images, which have errors of their own."""
        ended = moment(job.finished or job.created)
        if job.state is JobState.CANCELLED and self.links.prefix == OLDER_PREFIX:
            return [schema.TaskError(error="the task was cancelled", created_at=ended)]
        if not job.error or (job.progress.total is not None and job.progress.failed):
            return []
        return [schema.TaskError(error=_text(job), created_at=ended)]

    def _items(self, job: Job, page: BatchQuery, state: ItemState) -> Iterator[JobItem]:
        items = self.engine.jobs.items(job.number, state=state, after=page.after)
        if page.limit is None:
            return items
        last = page.after + page.limit
        return takewhile(lambda item: item.position <= last, items)

    def _results(self, job: Job, page: BatchQuery) -> Iterator[schema.ImageResult]:
        storages = self.engine.storages.namespace(job.owner)
        return (self._result(item, storages) for item in self._items(job, page, ItemState.DONE))

    def _result(self, item: JobItem, storages: Namespace) -> schema.ImageResult:
        assert item.result is not None  # it is done
        result = item.result
        output = describe_stored(
            ImageFacts(**result["output"]),
            StoredObject(**result["stored"]),
            storages,
            self.links,
        )
        return schema.ImageResult(
            input=item.input["uri"],
            input_object=schema.Image.of(ImageFacts(**result["input"])),
            output_object=output,
            profiling=result["profiling"],
        )


def moment(seconds: float) -> str:
    """A time as this API writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def _members(documents: Iterable[msgspec.Struct]) -> Iterator[bytes]:
    rest, separator = iter(documents), b""
    while some := list(islice(rest, _CHUNK)):
        yield separator + msgspec.json.encode(some)[1:-1]
        separator = b","


def _next_position(job: Job, page: BatchQuery) -> int | None:
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


def _error(item: JobItem) -> schema.TaskError:
    read = (item.error_detail or {}).get("picture")
    return schema.TaskError(
        error=_text(item),
        input=item.input["uri"],
        input_object=UNSET if read is None else schema.Image.of(ImageFacts(**read)),
        created_at=moment(item.finished or 0.0),
    )


def describe_stored(
    facts: ImageFacts, stored: StoredObject, storages: Namespace, links: Links
) -> schema.StoredImage:
    """A result, and where it lies."""
    image = schema.Image.of(facts)
    if stored.temporary:
        return schema.stored_as(image, tmp_url=links.result(stored.key))
    registered = storages.registered(stored.storage)
    parameters = {} if registered is None else registered.parameters
    bucket = parameters.get("bucket")
    if registered is None or bucket is None:
        return schema.stored_as(
            image, object_key=stored.key, object_uri=stored.uri, claid_storage_uri=stored.uri
        )
    folder = str(parameters.get("path", "")).strip("/")
    key = f"{folder}/{stored.key}" if folder else stored.key
    return schema.stored_as(
        image,
        object_key=key,
        object_bucket=bucket,
        object_uri=f"{_SCHEMES[registered.type]}://{bucket}/{key}",
        claid_storage_uri=stored.uri,
    )

"""The kinds of job: one edit, and many."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import attrs

from photomill.editing.batch.inputs import Input, list_inputs, to_json
from photomill.editing.batch.names import UniqueNames
from photomill.editing.batch.plan import EditPlan, Plans
from photomill.editing.destinations import Destination, result_stem, source_name
from photomill.editing.request import EditRequest
from photomill.editing.results import Edited, EditResult, StoredObject
from photomill.errors import Conflict, PhotomillError, UnsupportedFormat
from photomill.jobs.kind import JobKind
from photomill.jobs.model import ItemState, Job, JobItem, NewItem, SkipItem
from photomill.sources.source import UriSource
from photomill.sources.uris import parse_storage_uri
from photomill.storages import Storages


class Editor(Protocol):
    """What jobs need of :class:`photomill.editing.editing.Editing`."""

    def edit(self, source: UriSource, request: EditRequest, *, interactive: bool = True) -> Edited:
        """Edit a picture."""

    def store(
        self, edited: Edited, destination: Destination | None, name: str, *, folder: str = ""
    ) -> StoredObject:
        """Store a result."""


class SingleEdit(JobKind):
    """Edits one picture that nobody waits for."""

    kind = "edit"

    def __init__(self, editor: Editor, items: Callable[..., Iterator[JobItem]]) -> None:
        """
        :param items: lists the items of a job: ``Jobs.items``.
        """
        self._editor = editor
        self._items = items
        self._plans = Plans()

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        if after is None:
            (uri,) = self._plans.of(job).inputs
            yield NewItem(result_stem(source_name(uri)), to_json(Input(0, uri)))

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        plan = self._plans.of(job)
        uri = plan.document.destination
        destination = None if uri is None else Destination.parse(uri)
        return _edited(self._editor, job, item, plan, destination)

    def finish(self, job: Job) -> Mapping[str, Any] | None:
        for failed in self._items(job.number, state=ItemState.FAILED):
            raise PhotomillError(failed.error)
        return None


class BatchEdit(JobKind):
    """Edits what a list names and what is in folders, as it is listed."""

    kind = "edit_batch"

    def __init__(
        self, editor: Editor, storages: Storages, has_item: Callable[[int, str], bool]
    ) -> None:
        """
        :param has_item: whether a job has an item of a name: ``Jobs.has_item``.
        """
        self._editor = editor
        self._storages = storages
        self._has_item = has_item
        self._plans = Plans()

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        last = None if after is None else Input(**after.input)
        names = UniqueNames(lambda name: self._has_item(job.number, name))
        plan = self._plans.of(job)
        for each in list_inputs(plan, self._storages, job.created, last):
            yield NewItem(names.name(each.stem), to_json(each))

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        plan = self._plans.of(job)
        try:
            return _edited(self._editor, job, item, plan, plan.folder())
        except UnsupportedFormat as error:
            if item.input["certain"]:
                raise
            raise SkipItem(f"{item.name} is no picture: {error}") from None

    def finish(self, job: Job) -> Mapping[str, Any] | None:
        progress = job.progress
        if progress.failed and not progress.done:
            raise PhotomillError(f"none of {progress.failed} pictures could be edited")
        return None


def _edited(
    editor: Editor, job: Job, item: JobItem, plan: EditPlan, destination: Destination | None
) -> Mapping[str, Any]:
    source = Input(**item.input)
    edited = editor.edit(UriSource(source.uri), plan.document.request, interactive=False)
    name = f"{item.name}.{edited.output.format}"
    if destination is not None and destination.folder:
        _spare_original(source.uri, destination, name)
    # The same at every try, so that an edit that is done again leaves one result.
    folder = hashlib.blake2b(f"{job.id}/{item.position}".encode(), digest_size=24).hexdigest()
    stored = editor.store(edited, destination, name, folder=folder)
    result = EditResult(edited.input, edited.output, stored, edited.profiling)
    return {**attrs.asdict(result), "profiling": edited.profiling.document()}


def _spare_original(uri: str, destination: Destination, name: str) -> None:
    if not uri.startswith("storage://"):
        return
    if parse_storage_uri(uri) == (destination.storage, destination.object_key(name)):
        raise Conflict(f"the result would replace its original, {uri}: choose another folder")

"""The kinds of job: one edit, and many."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from photomill.editing.batch.inputs import Input, list_images, to_json
from photomill.editing.batch.plan import EditPlan, PlanReader
from photomill.editing.destinations import Destination, refuse_to_overwrite
from photomill.editing.naming import ResultName, ResultNames, name_alone, possible_formats
from photomill.editing.request import EditRequest
from photomill.editing.results import Edited, EditResult, StoredObject
from photomill.errors import PhotomillError, UnsupportedFormat
from photomill.jobs.kind import JobKind
from photomill.jobs.model import ItemState, Job, JobItem, NewItem, SkipItem
from photomill.sources.source import BytesSource, Source, UriSource
from photomill.storages import Storages


class Editor(Protocol):
    """What jobs need of :class:`photomill.editing.editing.Editing`."""

    def edit(
        self, source: Source, request: EditRequest, *, owner: str = "", interactive: bool = True
    ) -> Edited:
        """Edit an image."""

    def read_record(self, collection: str, record_id: str) -> bytes:
        """The original of a record."""

    def check_apart(
        self, original: bytes, destination: Destination | None, name: str, *, owner: str = ""
    ) -> None:
        """Refuse a result of this name that would replace its original."""

    def store(
        self,
        edited: Edited,
        destination: Destination | None,
        name: str,
        *,
        owner: str = "",
        interactive: bool = True,
        folder: str = "",
    ) -> StoredObject:
        """Store a result."""


class SingleEdit(JobKind):
    """Edits one image that nobody waits for."""

    kind = "edit"

    def __init__(self, editor: Editor, items: Callable[..., Iterator[JobItem]]) -> None:
        """
        :param items: lists the items of a job: ``Jobs.items``.
        """
        self._editor = editor
        self._items = items

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        if after is None:
            (uri,) = EditPlan.of(job.plan).uris
            single = Input(0, uri)
            name = name_alone(single.image_name.name)
            yield NewItem(name.name, to_json(single, name.kept))

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        plan = EditPlan.of(job.plan)
        uri = plan.destination
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
        self, editor: Editor, storages: Storages, has_item: Callable[[int, Sequence[str]], bool]
    ) -> None:
        """
        :param has_item: whether a job has an item of one of these names: ``Jobs.has_item``.
        """
        self._editor = editor
        self._storages = storages
        self._has_item = has_item
        self._plans = PlanReader(EditPlan.of)

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        last = None if after is None else Input(**after.input)
        plan = EditPlan.of(job.plan)
        names = ResultNames(
            possible_formats(plan.request),
            lambda rivals: self._has_item(job.number, rivals),
            remembers=last is None,
        )
        storages = self._storages.namespace(job.owner)
        for each, image in list_images(plan, storages, job.created, last):
            name = names.name(image)
            yield NewItem(name.name, to_json(each, name.kept))

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        plan = self._plans.of(job)
        try:
            return _edited(self._editor, job, item, plan, plan.folder())
        except UnsupportedFormat as error:
            if item.input["certain"]:
                raise
            raise SkipItem(f"{item.name} is no image: {error}") from None

    def finish(self, job: Job) -> Mapping[str, Any] | None:
        progress = job.progress
        if progress.failed and not progress.done:
            raise PhotomillError(f"none of {progress.failed} images could be edited")
        return None


def _edited(
    editor: Editor, job: Job, item: JobItem, plan: EditPlan, destination: Destination | None
) -> Mapping[str, Any]:
    listed = Input(**item.input)
    source = _source(editor, plan, listed)
    edited = editor.edit(source, plan.request, owner=job.owner, interactive=False)
    name = ResultName(item.name, listed.kept).of(edited.output.format)
    if isinstance(source, BytesSource):
        editor.check_apart(source.data, destination, name, owner=job.owner)
    else:
        refuse_to_overwrite(listed.uri, destination, name)
    # The same at every try, so that an edit that is done again leaves one result.
    folder = hashlib.blake2b(f"{job.id}/{item.position}".encode(), digest_size=24).hexdigest()
    stored = editor.store(
        edited, destination, name, owner=job.owner, interactive=False, folder=folder
    )
    return EditResult(edited.input, edited.output, stored, edited.profiling).document()


def _source(editor: Editor, plan: EditPlan, listed: Input) -> UriSource | BytesSource:
    if plan.collection:
        return BytesSource(editor.read_record(plan.collection, plan.inputs[listed.source]))
    return UriSource(listed.uri)

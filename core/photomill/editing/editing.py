"""Editing images: the facade."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, BinaryIO

from photomill.components.editor import RankRegions
from photomill.config.settings import Settings
from photomill.editing.batch.checking import check_plan
from photomill.editing.batch.kinds import BatchEdit, SingleEdit
from photomill.editing.batch.plan import EditPlan
from photomill.editing.destinations import (
    Destination,
    refuse_to_overwrite,
    source_name,
    writable,
)
from photomill.editing.edit import EditJob, extension_steps
from photomill.editing.naming import name_alone
from photomill.editing.regions import ranker
from photomill.editing.request import EditRequest
from photomill.editing.results import Capability, Edited, EditResult, Planned, StoredObject
from photomill.editing.sandboxed import SandboxedEditing
from photomill.editing.targets import StorageTarget
from photomill.editing.temporary import TemporaryResults
from photomill.errors import Conflict, NotFound, PhotomillError, SourceTooLarge
from photomill.images.formats import check_format
from photomill.jobs.jobs import Jobs
from photomill.jobs.model import Callback, Job
from photomill.plugins import Components
from photomill.sandbox.sandbox import Sandbox
from photomill.sources.reader import SourceReader, read_bounded
from photomill.sources.source import PathSource, Source, UriSource
from photomill.storages import Storages


class Editing:
    """Edits images, one at a time; batches are jobs. Thread-safe."""

    def __init__(
        self,
        settings: Settings,
        components: Components,
        reader: SourceReader,
        storages: Storages,
        jobs: Jobs,
        sandbox: Sandbox,
        read_record: Callable[[str, str], bytes],
    ) -> None:
        """
        :param read_record: the original of a record, by the ids of its collection and of itself.
        """
        self.read_record = read_record
        self._settings = settings
        self._components = components
        self._reader = reader
        self._job_reader = SourceReader(settings, storages.for_jobs)
        self._storages = storages
        self._tools = components.tools()
        self._sandboxed = SandboxedEditing(sandbox, settings.editing)
        self._jobs = jobs
        jobs.register(SingleEdit(self, jobs.items))
        jobs.register(BatchEdit(self, storages, jobs.has_item))

    @property
    def output_formats(self) -> frozenset[str]:
        """The formats that an encoder here writes."""
        return frozenset[str]().union(*(tool.kind.formats for tool in self._tools.encoders))

    def edit(
        self, source: Source, request: EditRequest, *, owner: str = "", interactive: bool = True
    ) -> Edited:
        """Edit an image.

        :param owner: who asks, and so whose storages may be named; empty for the operator.
        :param interactive: somebody waits: it goes before jobs, and slow engines decline large images.
        :raises SourceError: the image's bytes cannot be had.
        :raises ImageError: they are no image that is taken, or it takes more time or memory than is allowed.
        :raises InvalidInput: the request does not fit the image; ``path`` says what of it.
        :raises PluginUnavailable: nothing here does an operation that the request needs.
        """
        (outcome,) = self.edit_many(source, (request,), owner=owner, interactive=interactive)
        if isinstance(outcome, PhotomillError):
            raise outcome
        return outcome

    def edit_many(
        self,
        source: Source,
        requests: Sequence[EditRequest],
        *,
        owner: str = "",
        interactive: bool = True,
    ) -> list[Edited | PhotomillError]:
        """Edit one image in several ways: read once, decoded at most once in full and once shrunk.

        Operations that requests begin with in common run once. Where the file has inks (CMYK), each edit decodes it.

        :param owner: as in :meth:`edit`.
        :returns: for each request, in their order, what came of it: an error is of that request alone.
        :raises SourceError: the bytes cannot be had.
        :raises ImageError: they are no image that is taken, or it takes more time or memory than is allowed.
        :raises InvalidInput: a request names operations that are not there.
        """
        if not requests:
            return []
        started = time.perf_counter()
        jobs = self._edit_jobs(source, requests, owner, interactive=interactive)
        rank = next(filter(None, map(self._rank_regions, requests)), None)
        outcomes = self._sandboxed.edit_many(jobs, rank)
        seconds = (time.perf_counter() - started) / len(jobs)
        for outcome in outcomes:
            if isinstance(outcome, Edited):
                operations = [run.operation for run in outcome.profiling.operations]
                self._components.image_edited(operations, seconds)
        return outcomes

    def _edit_jobs(
        self, source: Source, requests: Sequence[EditRequest], owner: str, *, interactive: bool
    ) -> list[EditJob]:
        for request in requests:
            self.check(request)
        reader = self._reader if interactive else self._job_reader
        data = reader.read(source, owner=owner)
        formats = self._settings.images.formats
        format = check_format(data, formats)
        jobs = []
        for request in requests:
            style = request.style
            reference = reader.read(style.reference, owner=owner) if style else b""
            reference_format = check_format(reference, formats) if reference else ""
            jobs.append(EditJob(data, format, request, interactive, reference, reference_format))
        return jobs

    def edit_to(
        self,
        source: Source,
        request: EditRequest,
        destination: str | None = None,
        *,
        name: str = "",
        owner: str = "",
        interactive: bool = True,
    ) -> EditResult:
        """Edit an image, and store the result.

        :param destination: ``storage://name/folder/`` or ``storage://name/object``; None stores it for a day.
        :param name: of the original, where the source does not tell.
        :param owner: as in :meth:`edit`.
        :raises NotFound: no such storage.
        :raises Unsupported: it is read-only.
        :raises Conflict: the destination is the folder of the original, which the result would replace.
        :raises StorageError: the result cannot be written there.
        """
        where = Destination.parse(destination) if destination else None
        if where is not None:
            writable(self._storages.namespace(owner).storage(where.storage), where)
        edited = self.edit(source, request, owner=owner, interactive=interactive)
        result = name_alone(name or _name(source)).of(edited.output.format)
        if isinstance(source, UriSource):
            refuse_to_overwrite(source.uri, where, result)
        stored = self.store(edited, where, result, owner=owner)
        return EditResult(edited.input, edited.output, stored, edited.profiling)

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
        """Write a result: whole, or not at all.

        :param owner: as in :meth:`edit`, and ``interactive`` likewise.
        :param folder: of a result without a destination: see ``TemporaryResults.put``.
        """
        if destination is None:
            return self.temporary.put(name, edited.data, folder=folder)
        storages = self._storages if interactive else self._storages.for_jobs
        storage = storages.namespace(owner).storage(destination.storage)
        StorageTarget(storage, destination).write(name, edited.data)
        return StoredObject(destination.storage, destination.object_key(name))

    def check_apart(
        self, original: bytes, destination: Destination | None, name: str, *, owner: str = ""
    ) -> None:
        """Refuse to replace an original, wherever it lies, by its result.

        :raises Conflict: what is at the destination is the original itself.
        """
        if destination is None:
            return
        storage = self._storages.namespace(owner).storage(destination.storage)
        key = destination.object_key(name)
        try:
            with storage.open_object(key) as file:
                there = read_bounded(file, len(original))
        except (NotFound, SourceTooLarge):
            return
        if there == original:
            raise Conflict("the result would replace its original: choose another folder")

    @cached_property
    def temporary(self) -> TemporaryResults:
        """The results without a destination."""
        wanted = self._settings.editing
        storage = self._storages.internal(wanted.temporary)
        return TemporaryResults(storage, wanted.temporary, wanted.keep_temporary)

    def submit(
        self,
        inputs: Sequence[str],
        request: EditRequest,
        destination: str | None = None,
        *,
        recursive: bool = False,
        single: bool = False,
        owner: str = "",
        idempotency_key: str = "",
        callback: Callback | None = None,
        remember: Mapping[str, Any] | None = None,
    ) -> Job:
        """Edit images in the background: a job of the kind ``edit_batch``, or ``edit``.

        :param inputs: URIs; ``storage://name/folder/`` is a whole folder. Exactly one image where it is a single.
        :param destination: as in :meth:`edit_to`.
        :param remember: comes back as ``job.plan["remember"]``.
        :raises InvalidInput: the inputs, the request or the destination are wrong.
        :raises NotFound: no such storage.
        :raises Unsupported: a folder of a storage that cannot be listed, or a destination that is read-only.
        :raises Conflict: the idempotency key was used for another edit.
        """
        plan = EditPlan(list(inputs), request, destination, recursive, remember or {})
        check_plan(plan, self._storages.namespace(owner), single=single)
        self.check(request)
        kind = SingleEdit.kind if single else BatchEdit.kind
        return self._jobs.submit(
            kind, plan.json(), owner=owner, idempotency_key=idempotency_key, callback=callback
        )

    def submit_records(
        self,
        collection: str,
        ids: Sequence[str],
        request: EditRequest,
        destination: str | None = None,
        *,
        owner: str = "",
        remember: Mapping[str, Any] | None = None,
    ) -> Job:
        """Edit the originals of records in the background: a job of the kind ``edit_batch``.

        A record whose original cannot be had any more, or is another image by now, fails alone. No original is replaced.

        :param collection: its id.
        :param destination: a folder, as in :meth:`edit_to`.
        :raises InvalidInput: no ids, or the request or the destination are wrong.
        :raises NotFound: no such storage.
        :raises Unsupported: a destination that is read-only.
        """
        chosen = list(dict.fromkeys(ids))
        plan = EditPlan(
            chosen, request, destination, remember=remember or {}, collection=collection
        )
        check_plan(plan, self._storages.namespace(owner), single=False)
        self.check(request)
        return self._jobs.submit(BatchEdit.kind, plan.json(), owner=owner)

    def open_result(self, key: str) -> BinaryIO:
        """Open a result without a destination.

        :raises NotFound: it is not there, or not any more.
        """
        return self.temporary.open_object(key)

    def check(self, request: EditRequest) -> None:
        """Make sure that the operations that a request names itself are there, with parameters that they have.

        :raises InvalidInput: one is not; ``path`` says which.
        """
        extension_steps(request, self._tools)

    def read(self, source: Source) -> bytes:
        """Read an original.

        :raises SourceError: its bytes cannot be had.
        """
        return self._reader.read(source)

    def plan(
        self, source: Source, request: EditRequest, *, owner: str = "", interactive: bool = True
    ) -> Planned:
        """Tell what :meth:`edit` would do with an image, by which engines, and edit nothing.

        :raises PhotomillError: what :meth:`edit` raises before it edits.
        """
        (job,) = self._edit_jobs(source, (request,), owner, interactive=interactive)
        return self._sandboxed.plan(job)

    def capabilities(self) -> list[Capability]:
        """Every engine of every operation, the best first, and why it cannot be used where it cannot."""
        return self._sandboxed.capabilities()

    def _rank_regions(self, request: EditRequest) -> RankRegions | None:
        """The text embedder, for a request that speaks of an object."""
        background = request.background
        asked = (background.remove, background.blur)
        speaks = any(each is not None and each.object_to_keep for each in asked)
        instance = self._settings.editing.text_embedder
        if not speaks or not instance:
            return None
        return ranker(self._components.embedder(instance))


def _name(source: Source) -> str:
    if isinstance(source, UriSource):
        return source_name(source.uri)
    return source.path if isinstance(source, PathSource) else ""

"""Edits of files, folders and URIs whose results are kept up to date: the facade."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

from attrs import evolve, field, frozen

from photomill.editing.batch.checking import check_targets_apart
from photomill.editing.batch.file_kind import (
    EDIT_FILES,
    EditedFile,
    EditFiles,
    FailedFile,
    add_item,
    edit_into,
    edited_of,
    failed_of,
    find_originals,
    original_of,
    read_report,
    target_of,
)
from photomill.editing.batch.into_target import EditIntoTarget, Original, PlannedEdit
from photomill.editing.batch.plan import FileEditPlan
from photomill.editing.batch.report import EditReport
from photomill.editing.editing import Editing
from photomill.editing.naming import ImageName, ResultNames, possible_formats
from photomill.editing.request import EditRequest
from photomill.editing.targets import Target
from photomill.errors import Conflict, InvalidInput, NotFound, PhotomillError
from photomill.jobs.following import work_on
from photomill.jobs.jobs import Jobs
from photomill.jobs.model import RUNNING_STATES, ItemState, Job, JobItem, JobState
from photomill.parallel import Parallel
from photomill.sources.credentials import refuse_credentials
from photomill.sources.places import is_uri, written_place
from photomill.storages import Storages

_LARGEST_UNIT = 16
"""Images of one unit: so many that what the catalog is told of each costs little beside its edit."""
_LEAST_UNITS = 12
"""Units of a job with more images than that, so that all cores have something to do."""
_UNNAMED = "image"


@frozen
class FileEdit:
    """Edits that were listed and checked, and may be planned or done: see :class:`FileEditing`."""

    plan: FileEditPlan
    originals: Sequence[Original] = field(repr=False)


class FileEditing:
    """Edits files, folders and URIs into a folder, a file or a storage, and keeps what was made of what. Thread-safe.

    What is there already is left alone where it was made by the same edit of the same original; what was not made here
    is, too. It reads and writes any file that this process may: it is for whoever runs it, and not for who asks over a
    network.
    """

    def __init__(self, editing: Editing, jobs: Jobs, storages: Storages, threads: int) -> None:
        """
        :param threads: images planned at once.
        """
        self._editing = editing
        self._jobs = jobs
        self._storages = storages
        self._threads = threads
        jobs.register(EditFiles(editing, jobs, storages))

    def find(
        self,
        inputs: Iterable[Path | str],
        request: EditRequest,
        destination: str | None = None,
        *,
        overwrite: bool = False,
        left_out: Callable[[str], None] = lambda shown: None,
    ) -> FileEdit:
        """List what is to be edited, and make sure that it can be; nothing is written.

        :param inputs: files and folders, to any depth; of texts, those with ``://`` are URIs. What is an image is told
            from the contents.
        :param destination: a path, or ``storage://name/…``; what ends in ``/`` is a folder, anything else one file or
            object. None is for :meth:`plan` only.
        :param overwrite: edit also what is there already, and what was not made here.
        :param left_out: told of each file of a folder that is no image.
        :raises NotFound: no such file or storage.
        :raises InvalidInput, Unsupported: an operation is not there, nothing can be written, a result would replace an
            original, or there is room for one and there are several.
        :raises StorageError: a folder of a storage cannot be listed.
        """
        plan = plan_files(inputs, request, destination, overwrite=overwrite)
        check_targets_apart(plan, self._storages.operator)
        found = find_originals(plan, self._storages.operator, left_out=left_out)
        edit = FileEdit(plan, list(found))
        self._check(edit)
        return edit

    def of_bytes(
        self,
        data: bytes,
        request: EditRequest,
        destination: str | None = None,
        *,
        overwrite: bool = False,
    ) -> FileEdit:
        """One image that is no file, as :meth:`find` finds files; it is edited without a job."""
        plan = plan_files((), request, destination, overwrite=overwrite)
        name = ResultNames(possible_formats(request)).name(ImageName("", _UNNAMED, ""))
        edit = FileEdit(plan, [Original("", name, data=data)])
        self._check(edit)
        return edit

    def plan(self, edit: FileEdit) -> Iterator[PlannedEdit]:
        """Tell what :meth:`run` would do with each image, in any order, and do nothing."""
        target = None if edit.plan.destination is None else self._target(edit.plan)
        into = self._into(edit.plan, target)
        with closing(Parallel(self._threads, "photomill-plan-edits")) as parallel:
            for _, planned in parallel.run(into.plan, edit.originals):
                if isinstance(planned, PhotomillError):
                    raise planned
                if planned is not None:
                    yield planned

    def submit(self, edit: FileEdit) -> Job:
        """Have images edited in the background, by whoever works on jobs and sees the same files under the same paths.

        A job that was to edit the same inputs into the same destination and has not ended is cancelled: it would go on
        with what was asked for before.

        :raises InvalidInput: there is no destination, or an address has a name and a password, which would be stored.
        :raises StorageError: nothing can be written beside the results.
        """
        plan = edit.plan
        for place in plan.inputs:
            refuse_credentials(place, "inputs")
        self._cancel_those_before(plan)
        mark = str(uuid.uuid4())
        self._target(plan).mark(mark)
        unit = max(1, min(_LARGEST_UNIT, len(edit.originals) // _LEAST_UNITS))
        return self._jobs.submit(EDIT_FILES, evolve(plan, unit=unit, mark=mark).json())

    def run(
        self,
        edit: FileEdit,
        *,
        progress: Callable[[EditReport], None] = lambda report: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> EditReport:
        """Submit a job, work on it, and return once it has ended. Other processes may help.

        One bad image does not harm the others.

        :param progress: told now and then, and at the end.
        :param stop: asked now and then; True cancels the job, and waits for the images that are under way.
        :raises InvalidInput: as of :meth:`submit`.
        :raises PhotomillError: the images cannot be listed.
        """
        so_far = EditReport()
        if not edit.plan.inputs:
            into = self._into(edit.plan, self._target(edit.plan))
            for original in edit.originals:
                into.edit(original, so_far)
            progress(so_far)
            return so_far

        def follow(items: list[JobItem]) -> None:
            for item in items:
                add_item(so_far, item)
            progress(so_far)

        job = work_on(self._jobs, self.submit(edit), progress=follow, stop=stop)
        if job.state is JobState.FAILED:
            raise PhotomillError(job.error)
        report = read_report(self._jobs, job)
        progress(report)
        return report

    def report(self, number: int) -> EditReport:
        """What a job has done so far, in the order of its images.

        :raises NotFound: there is no such job.
        """
        return read_report(self._jobs, self._jobs.get(number, kind=EDIT_FILES))

    def edited(self, number: int, *, after: int = -1) -> Iterator[EditedFile]:
        """The images whose results a job made or found there, in their order.

        :param after: the position of an item, to go on behind it.
        :raises NotFound: there is no such job.
        """
        job = self._jobs.get(number, kind=EDIT_FILES)
        for item in self._jobs.items(job.number, state=ItemState.DONE, after=after):
            yield from edited_of(item)

    def failed(self, number: int) -> Iterator[FailedFile]:
        """The images of a job that failed, in their order, each with why.

        :raises NotFound: there is no such job.
        """
        job = self._jobs.get(number, kind=EDIT_FILES)
        for item in self._jobs.items(job.number):
            yield from failed_of(item)

    def read_original(self, number: int, position: int, image: int) -> bytes:
        """The original of an image of a job, where it has a URI.

        :param position: of the item that the image is of.
        :param image: which one of the item's it is.
        :raises NotFound: there is no such job or image, or it is a file of a machine: those are not given to who asks over
            a network.
        :raises SourceError: it cannot be read.
        """
        job = self._jobs.get(number, kind=EDIT_FILES)
        for item in self._jobs.items(job.number, after=position - 1, limit=1):
            original = original_of(item, image) if item.position == position else None
            if original is not None and is_uri(original.uri):
                return self._editing.read(original.source)
        raise NotFound(f"job {number} has no image {image} of item {position} with a URI")

    def read_edited(self, number: int, position: int, image: int) -> bytes:
        """The result of an image that a job edited into a storage.

        :param position: of the item that the image is of.
        :param image: which one of the item's it is.
        :raises NotFound: there is no such job or image, its result is not there any more, or it is a file of a machine:
            those are not given to who asks over a network.
        :raises StorageError: it cannot be read.
        """
        plan = FileEditPlan.of(self._jobs.get(number, kind=EDIT_FILES).plan)
        items = self._jobs.items(number, state=ItemState.DONE, after=position - 1, limit=1)
        found = [
            each
            for item in items
            for each in edited_of(item)
            if (each.position, each.image) == (position, image)
        ]
        if found and plan.destination is not None and is_uri(plan.destination):
            target = self._target(plan)
            for name in self._into(plan, target).names(found[0].original):
                if target.size(name) is not None:
                    return target.read(name)
        raise NotFound(f"job {number} has no image {image} of item {position} in a storage")

    def _cancel_those_before(self, plan: FileEditPlan) -> None:
        states = (*RUNNING_STATES, JobState.PAUSED)
        for job in self._jobs.list_jobs(kind=EDIT_FILES, states=states):
            before = FileEditPlan.of(job.plan)
            if (before.inputs, before.destination) == (plan.inputs, plan.destination):
                # It may end meanwhile.
                with suppress(Conflict):
                    self._jobs.cancel(job.number)

    def _check(self, edit: FileEdit) -> None:
        self._editing.check(edit.plan.request)
        if edit.plan.destination is None:
            return
        target = self._target(edit.plan)
        target.check()
        if not edit.plan.destination.endswith("/") and len(edit.originals) != 1:
            raise InvalidInput(
                f"{edit.plan.destination} holds one image, and there are {len(edit.originals)}",
                path="destination",
            )
        into = self._into(edit.plan, target)
        located = [(each.location(self._storages.operator), each) for each in edit.originals]
        places = {location: each for location, each in located if location}
        for original in edit.originals:
            for name in into.names(original):
                replaced = places.get(target.place(name))
                if replaced is not None:
                    raise InvalidInput(
                        f"the result of {original.shown} would replace the original "
                        f"{replaced.shown}: choose another folder or format",
                        path="destination",
                    )

    def _target(self, plan: FileEditPlan) -> Target:
        return target_of(plan, self._storages.operator)

    def _into(self, plan: FileEditPlan, target: Target | None) -> EditIntoTarget:
        return edit_into(self._editing, self._storages.operator, plan, target)


def plan_files(
    inputs: Iterable[Path | str],
    request: EditRequest,
    destination: str | None = None,
    *,
    overwrite: bool = False,
) -> FileEditPlan:
    """The plan of edits of files, folders and URIs: see :meth:`FileEditing.find`.

    :raises NotFound: there is no such file.
    """
    places = [_place(each) for each in inputs]
    if destination is not None and not is_uri(destination):
        # A path forgets the slash that makes it a folder.
        destination = written_place(destination) + ("/" if destination.endswith("/") else "")
    return FileEditPlan(places, request, destination, recursive=True, overwrite=overwrite)


def _place(given: Path | str) -> str:
    """A place as a plan has it.

    :raises NotFound: there is no such file.
    """
    place = written_place(given)
    if not is_uri(place) and not Path(given).exists():
        raise NotFound(f"no file or folder {str(given)!r}")
    return place

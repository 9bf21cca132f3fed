"""The kind of job that edits files, folders and URIs whose results are kept up to date."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from photomill.editing.batch.inputs import list_images
from photomill.editing.batch.into_target import EditIntoTarget, Original
from photomill.editing.batch.plan import FileEditPlan, PlanReader
from photomill.editing.batch.report import EditFailure, EditReport
from photomill.editing.editing import Editing
from photomill.editing.naming import ResultName, ResultNames, possible_formats
from photomill.editing.records import edit_digest
from photomill.editing.targets import Target, open_target
from photomill.errors import InvalidInput, SourceUnreachable
from photomill.jobs.jobs import Jobs
from photomill.jobs.kind import JobKind
from photomill.jobs.model import ItemState, Job, JobItem, JobState, NewItem
from photomill.names import escape_name, folded
from photomill.portions import portions
from photomill.sources.credentials import without_credentials
from photomill.sources.places import check_here
from photomill.storages import Namespace, Storages

EDIT_FILES = "edit_files"

_TARGETS = 8
"""Jobs whose targets are kept open."""
_CHECK_SECONDS = 0.5
"""How long what is known of a job's state is good."""


class EditFiles(JobKind):
    """Edits files, folders and URIs where their results are not there yet, or would be other ones.

    A unit is some images. One that is done again finds the results that are there.
    """

    kind = EDIT_FILES
    listed_at_once = 50

    def __init__(self, editing: Editing, jobs: Jobs, storages: Storages) -> None:
        self._editing = editing
        self._jobs = jobs
        self._storages = storages
        self._plans = PlanReader(FileEditPlan.of)
        self._lock = threading.Lock()
        self._targets: dict[int, Target] = {}

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        plan = FileEditPlan.of(job.plan)
        check_here(plan.inputs)
        listed = () if after is None else self._listed(job)
        originals = find_originals(
            plan, self._storages.operator, created=job.created, listed=listed
        )
        for some in portions(originals, plan.unit):
            yield _new_item(some)

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        plan = self._plans.of(job)
        edit = self._edit(job, plan)
        report, checked = EditReport(), time.monotonic()
        for original in _originals(item):
            edit.edit(original, report)
            if time.monotonic() - checked > _CHECK_SECONDS:
                checked = time.monotonic()
                if self._jobs.has_ended(job.number):
                    break
        return report.document()

    def finish(self, job: Job) -> Mapping[str, Any]:
        report = read_report(self._jobs, job)
        return {
            "edited": report.edited,
            "present": report.present,
            "left_alone": len(report.foreign),
            "left_out": len(report.left_out),
            "failed": len(report.failures),
        }

    def _listed(self, job: Job) -> Iterator[Original]:
        for item in self._jobs.items(job.number):
            yield from _originals(item)

    def _edit(self, job: Job, plan: FileEditPlan) -> EditIntoTarget:
        """
        :raises SourceUnreachable: this machine has not the files that are meant, or another folder where results go.
        """
        check_here(plan.inputs)
        target = self._target(job, plan)
        if not target.has_mark(plan.mark):
            raise SourceUnreachable(f"{plan.destination!r} is another folder here", elsewhere=True)
        return edit_into(self._editing, self._storages.operator, plan, target)

    def _target(self, job: Job, plan: FileEditPlan) -> Target:
        with self._lock:
            if job.number not in self._targets:
                if len(self._targets) == _TARGETS:
                    del self._targets[next(iter(self._targets))]
                self._targets[job.number] = target_of(plan, self._storages.operator)
            return self._targets[job.number]


def find_originals(
    plan: FileEditPlan,
    storages: Namespace,
    *,
    created: float | None = None,
    listed: Iterable[Original] = (),
    left_out: Callable[[str], None] = lambda shown: None,
) -> Iterator[Original]:
    """List the images of a plan, always in the same order, each with the name of its result.

    :param created: when the job was made, in seconds since the epoch; None stands for now.
    :param listed: these were listed before, are left out, and keep their names, whatever was removed meanwhile.
    :param left_out: told of each file of a folder that is no image.
    :raises NotFound, StorageError, Unsupported: a folder cannot be listed.
    """
    given: set[str] = set()
    before: Counter[str] = Counter()
    for original in listed:
        given.update(_taken(original.name))
        before[original.uri] += 1
    names = ResultNames(
        possible_formats(plan.request),
        lambda rivals: any(folded(each) in given for each in rivals),
    )
    now = time.time() if created is None else created
    found = list_images(plan, storages, now, left_out=lambda path: left_out(escape_name(str(path))))
    for each, image in found:
        if before[each.uri]:
            before[each.uri] -= 1
            continue
        name = names.name(image)
        given.update(_taken(name))
        yield Original(each.uri, name, each.certain)


@frozen
class EditedFile:
    """An image that was edited, or whose result had been there.

    :ivar position: of its item, and ``image`` which one of the item's it is.
    """

    position: int
    image: int
    original: Original

    @property
    def name(self) -> str:
        """What its result is called, below the destination; where its format is that of the original, with the ending."""
        return self.original.name.kept or self.original.name.name


def edited_of(item: JobItem) -> Iterator[EditedFile]:
    """The images of an item that have results."""
    report = EditReport()
    add_item(report, item)
    without = {each.shown for each in report.failures}
    without.update(shown for shown, _ in report.foreign)
    without.update(report.left_out)
    for image, original in enumerate(_originals(item)):
        if original.shown not in without:
            yield EditedFile(item.position, image, original)


@frozen
class FailedFile:
    """An image without a result, and why.

    :ivar position: of its item, and ``image`` which one of the item's it is.
    """

    position: int
    image: int
    original: Original
    error: str


def failed_of(item: JobItem) -> Iterator[FailedFile]:
    """The images of an item that failed."""
    report = EditReport()
    add_item(report, item)
    errors: dict[str, list[str]] = {}
    for each in report.failures:
        errors.setdefault(each.shown, []).append(each.error)
    for image, original in enumerate(_originals(item)):
        if errors.get(original.shown):
            yield FailedFile(item.position, image, original, errors[original.shown].pop(0))


def original_of(item: JobItem, image: int) -> Original | None:
    """An image of an item; None where it has none of this number."""
    return next((each for place, each in enumerate(_originals(item)) if place == image), None)


def read_report(jobs: Jobs, job: Job) -> EditReport:
    """What the units of a job did so far, in the order of its images."""
    report = EditReport(stopped=job.state is JobState.CANCELLED)
    for item in jobs.items(job.number):
        add_item(report, item)
    return report


def add_item(report: EditReport, item: JobItem) -> None:
    """Add what a unit did."""
    if item.state is ItemState.FAILED:
        report.failures.extend(
            EditFailure(without_credentials(uri), item.error) for uri, *_ in item.input["images"]
        )
    if item.result is not None:
        report.add(item.result)


def _taken(name: ResultName) -> tuple[str, str]:
    return folded(name.name), folded(name.kept)


def _originals(item: JobItem) -> Iterator[Original]:
    for uri, name, kept, certain in item.input["images"]:
        yield Original(uri, ResultName(name, kept), certain)


def _new_item(originals: Sequence[Original]) -> NewItem:
    first, last = originals[0].shown, originals[-1].shown
    images = [[each.uri, each.name.name, each.name.kept, each.certain] for each in originals]
    return NewItem(first if len(images) == 1 else f"{first} … {last}", {"images": images})


def edit_into(
    editing: Editing, storages: Namespace, plan: FileEditPlan, target: Target | None
) -> EditIntoTarget:
    """The edit that a plan asks for; None stands for a target that is empty."""
    digest = edit_digest(plan.request)
    return EditIntoTarget(editing, storages, plan.request, digest, target, plan.overwrite)


def target_of(plan: FileEditPlan, storages: Namespace) -> Target:
    """The target that a plan names.

    :raises InvalidInput: it names none.
    """
    if plan.destination is None:
        raise InvalidInput("say where the results go", path="destination")
    return open_target(plan.destination, storages)

"""The kind of job that imports, and the facade that submits and follows it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import define, field, frozen

from photomill.collections.collections import Collections
from photomill.collections.model import DuplicateKind, Hit
from photomill.errors import CapacityExceeded, InvalidInput, PhotomillError, SourceUnreachable
from photomill.importing.importer import (
    ImportFailure,
    ImportOptions,
    ImportReport,
    LeftOut,
    import_images,
)
from photomill.jobs.jobs import Jobs
from photomill.jobs.kind import JobKind
from photomill.jobs.model import ItemState, Job, JobItem, JobState, NewItem
from photomill.sources.walking import FoundFile, find_images

IMPORT = "import"

MOST_OF_A_UNIT = 256
"""Files of one unit."""

_FOLLOW_SECONDS = 0.5
_LOOK_AHEAD = 200
"""Items behind the first that has not ended, among which others may have."""


@frozen
class ImportPlan:
    """What an import job stores.

    :ivar places: absolute paths of folders and files.
    :ivar unit: files of one unit.
    """

    collection: str
    places: Sequence[str]
    options: ImportOptions
    unit: int

    @classmethod
    def of(cls, plan: Mapping[str, Any]) -> "ImportPlan":
        """Read what :meth:`document` made."""
        options = dict(plan["options"])
        options["near_kind"] = DuplicateKind(options["near_kind"])
        return cls(plan["collection"], plan["places"], ImportOptions(**options), plan["unit"])

    def document(self) -> dict[str, Any]:
        """The plan as JSON."""
        options = self.options
        return {
            "collection": self.collection,
            "places": list(self.places),
            "options": {
                "attributes": dict(options.attributes),
                "prefix": options.prefix,
                "near_radius": options.near_radius,
                "near_kind": options.near_kind.value,
                "batch": options.batch,
            },
            "unit": self.unit,
        }


class ImportImages(JobKind):
    """Imports folders and files; a unit is some files. Records are keyed by id, so one that is done again adds none."""

    kind = IMPORT
    listed_at_once = 4

    def __init__(self, collections: Collections, jobs: Jobs) -> None:
        self._collections = collections
        self._jobs = jobs

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        plan = ImportPlan.of(job.plan)
        files: list[tuple[int, str]] = []
        unreadable: list[tuple[str, str]] = []
        for place, file in _find(plan.places, _place_of(after), unreadable):
            files.append((place, str(file.name)))
            if len(files) == plan.unit:
                yield _new_item(files, unreadable)
                files, unreadable[:] = [], []
        if files or unreadable:
            yield _new_item(files, unreadable)

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        plan = ImportPlan.of(job.plan)
        files = _files(plan, item)
        if files and not any(Path(place).exists() for place in plan.places):
            # Of another machine, perhaps, whose folders are not here.
            raise SourceUnreachable(f"there is no {plan.places[0]!r} here")
        collection = self._collections.open(plan.collection)
        # It may be cancelled between two batches.
        report = import_images(
            collection, files, plan.options, stop=lambda: self._jobs.get(job.number).state.ended
        )
        report.failures[:0] = [
            ImportFailure(Path(path), SourceUnreachable(text))
            for path, text in item.input["unreadable"]
        ]
        return _to_json(report)

    def finish(self, job: Job) -> Mapping[str, Any]:
        report = read_report(self._jobs, job)
        return {
            "inserted": report.inserted,
            "present": report.present,
            "dropped": report.dropped,
            "near_duplicates": report.near_duplicates,
            "failed": len(report.failures),
        }


class Importing:
    """Imports folders as jobs. Thread-safe."""

    def __init__(self, collections: Collections, jobs: Jobs) -> None:
        self._jobs = jobs
        jobs.register(ImportImages(collections, jobs))

    def submit(
        self,
        collection: str,
        places: Iterable[Path],
        options: ImportOptions | None = None,
        *,
        unit: int = MOST_OF_A_UNIT,
    ) -> Job:
        """Have what is new in folders and files imported, in the background, by whoever works on jobs.

        Those must see the same folders under the same paths.

        :param collection: its id.
        :param unit: files that are imported by one process, one batch after the other, 1 … 256.
        """
        if not 1 <= unit <= MOST_OF_A_UNIT:
            raise InvalidInput(f"expected 1 to {MOST_OF_A_UNIT}, got {unit}", path="unit")
        chosen = options or ImportOptions()
        chosen.check()
        absolute = [str(place.absolute()) for place in places]
        return self._jobs.submit(IMPORT, ImportPlan(collection, absolute, chosen, unit).document())

    def run(
        self,
        collection: str,
        places: Iterable[Path],
        options: ImportOptions | None = None,
        *,
        unit: int = MOST_OF_A_UNIT,
        progress: Callable[[ImportReport], None] = lambda report: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> ImportReport:
        """Submit an import, work on it, and return once it has ended. Other processes may help.

        :param progress: told now and then, and at the end.
        :param stop: asked now and then; True cancels the import, and waits for the batches that are under way.
        :raises PhotomillError: the files cannot be listed.
        :raises CapacityExceeded: there is no room for records.
        """
        job = self.submit(collection, places, options, unit=unit)
        so_far = _SoFar(self._jobs, job.number)
        with self._jobs.working_on(job.number):
            while not job.state.ended:
                job = self._jobs.wait(job.number, _FOLLOW_SECONDS)
                if stop() and not job.state.ended:
                    job = self._jobs.cancel(job.number)
                progress(so_far.update())
        if job.state is JobState.FAILED:
            raise PhotomillError(job.error)
        report = self.report(job.number)
        progress(report)
        if full := [each for each in report.failures if isinstance(each.error, CapacityExceeded)]:
            raise full[0].error
        return report

    def report(self, number: int) -> ImportReport:
        """What an import has done so far, in the order of its files.

        :raises NotFound: there is no such import.
        """
        return read_report(self._jobs, self._jobs.get(number, kind=IMPORT))


def read_report(jobs: Jobs, job: Job) -> ImportReport:
    """What the units of an import did so far, in the order of its files."""
    report = ImportReport(stopped=job.state is JobState.CANCELLED)
    plan = ImportPlan.of(job.plan)
    for item in jobs.items(job.number):
        _add(report, plan, item)
    return report


@define
class _SoFar:
    """What the units of an import that have ended did, without reading those again."""

    jobs: Jobs
    number: int
    report: ImportReport = field(factory=ImportReport)
    ended: set[int] = field(factory=set)
    first: int = 0

    def update(self) -> ImportReport:
        plan = ImportPlan.of(self.jobs.get(self.number).plan)
        for item in self.jobs.items(self.number, after=self.first - 1, limit=_LOOK_AHEAD):
            if item.position not in self.ended and item.state in (ItemState.DONE, ItemState.FAILED):
                self.ended.add(item.position)
                _add(self.report, plan, item)
        while self.first in self.ended:
            self.ended.remove(self.first)
            self.first += 1
        return self.report


def _find(
    places: Sequence[str], after: tuple[int, tuple[str, ...]], unreadable: list[tuple[str, str]]
) -> Iterator[tuple[int, FoundFile]]:
    """Files behind that at which an earlier listing broke off, and the number of the place of each."""
    listing = after[0] < 0

    def note(error: OSError) -> None:
        if listing:
            unreadable.append((str(error.filename), str(error)))

    for number, place in enumerate(places):
        for file in find_images([Path(place)], unreadable=note):
            # Folders are searched in the order of the names of their entries.
            listing = listing or (number, file.name.parts) > after
            if listing:
                yield number, file


def _place_of(item: JobItem | None) -> tuple[int, tuple[str, ...]]:
    if item is None or not item.input["files"]:
        return -1, ()
    place, name = item.input["files"][-1]
    return place, PurePosixPath(name).parts


def _new_item(files: list[tuple[int, str]], unreadable: list[tuple[str, str]]) -> NewItem:
    names = [name for _, name in files] or [path for path, _ in unreadable]
    shown = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"
    return NewItem(shown, {"files": files, "unreadable": list(unreadable)})


def _files(plan: ImportPlan, item: JobItem) -> list[FoundFile]:
    files = []
    for place, name in item.input["files"]:
        start = Path(plan.places[place])
        found = start if start.name == name and not start.is_dir() else start / name
        files.append(FoundFile(found, PurePosixPath(name)))
    return files


def _to_json(report: ImportReport) -> dict[str, Any]:
    return {
        "inserted": report.inserted,
        "present": report.present,
        "dropped": report.dropped,
        "left_out": [
            {
                "path": str(each.path),
                "id": each.twin.id,
                "distance": each.twin.distance,
                "kind": each.twin.kind and each.twin.kind.value,
            }
            for each in report.left_out
        ],
        "failures": [
            {"path": str(each.path), "error": str(each.error)} for each in report.failures
        ],
        "notes": dict(report.notes),
    }


def _error_of(item: JobItem) -> PhotomillError:
    full = item.error_detail is not None and item.error_detail["type"] == CapacityExceeded.__name__
    return CapacityExceeded(item.error) if full else PhotomillError(item.error)


def _add(report: ImportReport, plan: ImportPlan, item: JobItem) -> None:
    """Add what a unit did."""
    if item.state is ItemState.FAILED:
        error = _error_of(item)
        report.failures.extend(ImportFailure(file.path, error) for file in _files(plan, item))
    if item.result is None:
        return
    done = item.result
    report.inserted += done["inserted"]
    report.present += done["present"]
    report.dropped += done["dropped"]
    for each in done["left_out"]:
        kind = each["kind"] and DuplicateKind(each["kind"])
        twin = Hit(each["id"], each["distance"], kind=kind)
        report.left_out.append(LeftOut(Path(each["path"]), twin))
    report.failures.extend(
        ImportFailure(Path(each["path"]), PhotomillError(each["error"]))
        for each in done["failures"]
    )
    report.notes.update(done["notes"])

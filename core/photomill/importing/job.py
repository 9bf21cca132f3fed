"""The kind of job that imports: its plan, its units and what they did."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import frozen

from photomill.collections.collections import Collections
from photomill.collections.model import DuplicateKind, Hit
from photomill.errors import (
    CapacityExceeded,
    PhotomillError,
    SourceUnreachable,
    StorageError,
)
from photomill.importing.importer import (
    Found,
    ImportFailure,
    ImportOptions,
    ImportReport,
    LeftOut,
    import_images,
)
from photomill.importing.remote import FoundObject, find_objects, object_at
from photomill.jobs.jobs import Jobs
from photomill.jobs.kind import JobKind
from photomill.jobs.model import ItemState, Job, JobItem, JobState, NewItem, UnitIncomplete
from photomill.names import escape_name, unescape_name
from photomill.sources.places import check_here, is_uri
from photomill.sources.walking import FoundFile, find_images
from photomill.storages import Namespace, Storages

IMPORT = "import"

MOST_OF_A_UNIT = 256
"""Files of one unit."""


@frozen
class ImportPlan:
    """What an import job stores.

    :ivar places: absolute paths of folders and files, as :func:`escape_name` writes them, and URIs.
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
                "gps": options.gps,
            },
            "unit": self.unit,
        }


class ImportImages(JobKind):
    """Imports folders, files and URIs; a unit is some files. Records are keyed by id, so one that is done again adds none."""

    kind = IMPORT
    listed_at_once = 4

    def __init__(self, collections: Collections, jobs: Jobs, storages: Storages) -> None:
        self._collections = collections
        self._jobs = jobs
        self._storages = storages

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        plan = ImportPlan.of(job.plan)
        files: list[_Listed] = []
        unreadable: list[tuple[str, str]] = []
        found = _find(plan.places, self._storages.operator, _place_of(after), unreadable)
        for place, file in found:
            files.append(_listed(place, file))
            if len(files) == plan.unit:
                yield _new_item(files, unreadable)
                files, unreadable[:] = [], []
        if files or unreadable:
            yield _new_item(files, unreadable)

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        plan = ImportPlan.of(job.plan)
        files = _files(plan, item)
        if any(isinstance(file, FoundFile) for file in files):
            check_here(plan.places)
        collection = self._collections.open(plan.collection)
        # It may be cancelled between two batches.
        report = import_images(
            collection, files, plan.options, stop=lambda: self._jobs.has_ended(job.number)
        )
        if item.result is not None:
            _add_earlier_try(report, item.result)
        report.failures[:0] = [
            ImportFailure(_path_of(path), SourceUnreachable(text))
            for path, text in item.input["unreadable"]
        ]
        passing = [each for each in report.failures if _may_pass(each)]
        if passing:
            first = passing[0]
            raise UnitIncomplete(
                f"{len(passing)} of {len(files)} could not be read, the first {_shown(first.path)}: {first.error}",
                _to_json(report),
            )
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


def read_report(jobs: Jobs, job: Job) -> ImportReport:
    """What the units of an import did so far, in the order of its files."""
    report = ImportReport(stopped=job.state is JobState.CANCELLED)
    plan = ImportPlan.of(job.plan)
    for item in jobs.items(job.number):
        add_unit(report, plan, item)
    return report


_Listed = tuple[Any, ...]
"""A file of a unit, as JSON: the number of its place and its name; of an object also its size and when it was changed."""


def _find(
    places: Sequence[str],
    storages: Namespace,
    after: tuple[int, str],
    unreadable: list[tuple[str, str]],
) -> Iterator[tuple[int, Found]]:
    """Files behind that at which an earlier listing broke off, and the number of the place of each."""
    last, name = after
    listing = last < 0

    def note(error: OSError) -> None:
        if listing:
            unreadable.append((escape_name(str(error.filename)), str(error)))

    for number, place in enumerate(places):
        if is_uri(place):
            for found in _find_behind(place, storages, number, after):
                listing = True
                yield number, found
            continue
        behind = last, PurePosixPath(name).parts
        for file in find_images([Path(unescape_name(place))], unreadable=note):
            # Folders are searched in the order of the names of their entries.
            listing = listing or (number, file.name.parts) > behind
            if listing:
                yield number, file


def _find_behind(
    place: str, storages: Namespace, number: int, after: tuple[int, str]
) -> Iterator[FoundObject]:
    last, name = after
    if number > last:
        return find_objects(place, storages)
    # What is named itself is one object.
    if number < last or not place.endswith("/"):
        return iter(())
    return find_objects(place, storages, after=name)


def _place_of(item: JobItem | None) -> tuple[int, str]:
    """Where a listing broke off: the number of a place, and the name of a file as Python has it."""
    if item is None or not item.input["files"]:
        return -1, ""
    place, name, *facts = item.input["files"][-1]
    return place, name if facts else unescape_name(name)


def _listed(place: int, file: Found) -> _Listed:
    if isinstance(file, FoundFile):
        return place, escape_name(str(file.name))
    return place, file.name, file.size, file.modified


def _new_item(files: list[_Listed], unreadable: list[tuple[str, str]]) -> NewItem:
    names = [name for _, name, *_ in files] or [path for path, _ in unreadable]
    shown = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"
    return NewItem(shown, {"files": files, "unreadable": list(unreadable)})


def _files(plan: ImportPlan, item: JobItem) -> list[Found]:
    files: list[Found] = []
    for number, name, *facts in item.input["files"]:
        place = plan.places[number]
        if is_uri(place):
            files.append(object_at(place, name, *facts))
            continue
        start, below = Path(unescape_name(place)), unescape_name(name)
        named = start.name == below and not start.is_dir()
        found = start if named else start / below
        files.append(FoundFile(found, PurePosixPath(below), named=named))
    return files


def _path_of(shown: str) -> Path | str:
    """A path, or a URI, that :func:`_shown` wrote."""
    return shown if is_uri(shown) else Path(unescape_name(shown))


def _shown(path: Path | str) -> str:
    return path if isinstance(path, str) else escape_name(str(path))


def _to_json(report: ImportReport) -> dict[str, Any]:
    return {
        "inserted": report.inserted,
        "present": report.present,
        "dropped": report.dropped,
        "left_out": [
            {
                "path": _shown(each.path),
                "id": each.duplicate_of.id,
                "distance": each.duplicate_of.distance,
                "kind": each.duplicate_of.kind and each.duplicate_of.kind.value,
            }
            for each in report.left_out
        ],
        "failures": [
            {"path": _shown(each.path), "error": str(each.error)} for each in report.failures
        ],
        "notes": dict(report.notes),
    }


def _may_pass(failure: ImportFailure) -> bool:
    """Whether an object may be had the next time: a storage, or a server, did not answer."""
    match failure.error:
        case StorageError():
            return True
        case SourceUnreachable(temporary=True):
            return is_uri(str(failure.path))
    return False


def _add_earlier_try(report: ImportReport, before: Mapping[str, Any]) -> None:
    """Tell apart what an earlier try of the same unit brought, and what had been there before."""
    inserted = min(before["inserted"], report.present)
    report.present -= inserted
    report.inserted += inserted
    report.notes.update(before["notes"])


def _error_of(item: JobItem) -> PhotomillError:
    full = item.error_detail is not None and item.error_detail["type"] == CapacityExceeded.__name__
    return CapacityExceeded(item.error) if full else PhotomillError(item.error)


def add_unit(report: ImportReport, plan: ImportPlan, item: JobItem) -> None:
    """Add what a unit did to a report."""
    if item.state is ItemState.FAILED and item.result is None:
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
        found = Hit(each["id"], each["distance"], kind=kind)
        report.left_out.append(LeftOut(_path_of(each["path"]), found))
    report.failures.extend(
        ImportFailure(_path_of(each["path"]), PhotomillError(each["error"]))
        for each in done["failures"]
    )
    report.notes.update(done["notes"])

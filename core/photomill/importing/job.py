"""The kind of job that imports, and the facade that submits and follows it."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import frozen

from photomill.collections.collections import Collections
from photomill.collections.model import DuplicateKind, Hit
from photomill.errors import (
    CapacityExceeded,
    CollectionOutdated,
    InvalidInput,
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
from photomill.importing.watching import FolderChanges, FolderWatch
from photomill.jobs.following import work_on
from photomill.jobs.jobs import Jobs
from photomill.jobs.kind import JobKind
from photomill.jobs.model import ItemState, Job, JobItem, JobState, NewItem, UnitIncomplete
from photomill.names import escape_name, unescape_name
from photomill.retrying import Backoff
from photomill.sources.credentials import refuse_credentials
from photomill.sources.places import check_here, is_uri, written_place
from photomill.sources.walking import FoundFile, find_images
from photomill.storages import Namespace, Storages

logger = logging.getLogger(__name__)

IMPORT = "import"

MOST_OF_A_UNIT = 256
"""Files of one unit."""

WATCH_PAUSE = 2.0
"""Seconds between two listings of folders that are watched."""

_REST = 19
"""How many times as long as a listing took, nothing is listed."""
_ASK_SECONDS = 0.2


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


class Importing:
    """Imports folders and URIs as jobs. Thread-safe."""

    def __init__(self, collections: Collections, jobs: Jobs, storages: Storages) -> None:
        self._collections = collections
        self._jobs = jobs
        jobs.register(ImportImages(collections, jobs, storages))

    def submit(
        self,
        collection: str,
        places: Iterable[Path | str],
        options: ImportOptions | None = None,
        *,
        unit: int = MOST_OF_A_UNIT,
    ) -> Job:
        """Have what is new in folders and files imported, in the background, by whoever works on jobs.

        Those must see the same folders under the same paths.

        :param collection: its id.
        :param places: folders and files; of texts, those with ``://`` are URIs: ``storage://NAME/FOLDER/``, one object of
            a storage, or a web address.
        :raises InvalidInput: an address has a name and a password, which would be stored.
        :param unit: files that are imported by one process, one batch after the other, 1 … 256.
        """
        if not 1 <= unit <= MOST_OF_A_UNIT:
            raise InvalidInput(f"expected 1 to {MOST_OF_A_UNIT}, got {unit}", path="unit")
        chosen = options or ImportOptions()
        chosen.check()
        named = [written_place(each) for each in places]
        for place in named:
            refuse_credentials(place, "places")
        return self._jobs.submit(IMPORT, ImportPlan(collection, named, chosen, unit).document())

    def run(
        self,
        collection: str,
        places: Iterable[Path | str],
        options: ImportOptions | None = None,
        *,
        unit: int = MOST_OF_A_UNIT,
        progress: Callable[[ImportReport], None] = lambda report: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> ImportReport:
        """Submit an import, work on it, and return once it has ended. Other processes may help.

        :param progress: told now and then, and at the end.
        :param stop: asked now and then; True cancels the import, and waits for the batches that are under way.
        :param places: as of :meth:`submit`.
        :raises PhotomillError: the files cannot be listed.
        :raises CapacityExceeded: there is no room for records.
        """
        job = self.submit(collection, places, options, unit=unit)
        plan, so_far = ImportPlan.of(job.plan), ImportReport()

        def follow(items: list[JobItem]) -> None:
            for item in items:
                _add(so_far, plan, item)
            progress(so_far)

        job = work_on(self._jobs, job, progress=follow, stop=stop)
        if job.state is JobState.FAILED:
            raise PhotomillError(job.error)
        report = self.report(job.number)
        progress(report)
        if full := [each for each in report.failures if isinstance(each.error, CapacityExceeded)]:
            raise full[0].error
        return report

    def watch(
        self,
        collection: str,
        places: Iterable[Path],
        options: ImportOptions | None = None,
        *,
        passed_by: Iterable[Path] = (),
        pause: float = WATCH_PAUSE,
        told: Callable[[FolderChanges], None] = lambda changes: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Make a collection follow folders until it is told to stop; see :class:`FolderWatch`.

        The folders are listed again and again, so it works on network file systems too, and finds what happened while
        nobody watched. Listings take a twentieth of the time at most. It imports by itself, without jobs: run an import before.

        :param collection: its id.
        :param passed_by: files that an import could not take, or left out: as they are now they are not tried again.
        :param pause: seconds between two listings, at least.
        :param told: of each look that found something.
        :param stop: asked several times a second, and before every batch.
        :raises NotFound: the collection is not there, or not any more.
        """
        watched, passed = list(places), list(passed_by)

        def begin() -> FolderWatch:
            return FolderWatch(
                self._collections.open(collection), watched, options, passed_by=passed
            )

        try:
            watch = begin()
        except CollectionOutdated:
            watch = begin()
        backoff = Backoff(logger, "folders that are watched cannot be followed")
        while not stop():
            began = time.monotonic()
            self._collections.info(collection)
            rest = pause
            try:
                watch.go_on_with(self._collections.open(collection))
                changes = watch.look(stop=stop)
                backoff.succeeded()
            except CollectionOutdated:
                # The next look opens it anew, and finds again what this one did not deal with.
                logger.info("the collection %r was converted: opening it anew", collection)
            except PhotomillError as error:
                # The next look may find what was missing: room on the disk, the catalog.
                rest += backoff.failed(error)
            else:
                if changes:
                    told(changes)
                else:
                    rest = max(pause, _REST * (time.monotonic() - began))
            _wait(rest, stop)

    def report(self, number: int) -> ImportReport:
        """What an import has done so far, in the order of its files.

        :raises NotFound: there is no such import.
        """
        return read_report(self._jobs, self._jobs.get(number, kind=IMPORT))

    def ids(self, number: int) -> Iterator[str]:
        """The ids of the records that the files of an import are, as far as it is done, in their order.

        Not all need be there: files may have failed, or been left out.

        :raises NotFound: there is no such import.
        """
        plan = ImportPlan.of(self._jobs.get(number, kind=IMPORT).plan)
        for item in self._jobs.items(number, state=ItemState.DONE):
            for _, name, *_ in item.input["files"]:
                yield f"{plan.options.prefix}{name}"


def _wait(seconds: float, stop: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and not stop():
        time.sleep(min(left, _ASK_SECONDS))


def read_report(jobs: Jobs, job: Job) -> ImportReport:
    """What the units of an import did so far, in the order of its files."""
    report = ImportReport(stopped=job.state is JobState.CANCELLED)
    plan = ImportPlan.of(job.plan)
    for item in jobs.items(job.number):
        _add(report, plan, item)
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
        found = start if start.name == below and not start.is_dir() else start / below
        files.append(FoundFile(found, PurePosixPath(below)))
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
                "id": each.twin.id,
                "distance": each.twin.distance,
                "kind": each.twin.kind and each.twin.kind.value,
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


def _add(report: ImportReport, plan: ImportPlan, item: JobItem) -> None:
    """Add what a unit did."""
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
        twin = Hit(each["id"], each["distance"], kind=kind)
        report.left_out.append(LeftOut(_path_of(each["path"]), twin))
    report.failures.extend(
        ImportFailure(_path_of(each["path"]), PhotomillError(each["error"]))
        for each in done["failures"]
    )
    report.notes.update(done["notes"])

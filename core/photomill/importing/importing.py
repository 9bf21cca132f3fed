"""Importing into collections: by jobs that anybody works on, and by following folders."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from photomill.collections.collections import Collections
from photomill.errors import CapacityExceeded, CollectionOutdated, InvalidInput, PhotomillError
from photomill.importing.importer import ImportOptions, ImportReport
from photomill.importing.job import (
    IMPORT,
    MOST_OF_A_UNIT,
    ImportImages,
    ImportPlan,
    add_unit,
    read_report,
)
from photomill.importing.watching import FolderChanges, FolderWatch
from photomill.jobs.following import work_on
from photomill.jobs.jobs import Jobs
from photomill.jobs.model import ItemState, Job, JobItem, JobState
from photomill.retrying import Backoff
from photomill.sources.credentials import refuse_credentials
from photomill.sources.places import written_place
from photomill.storages import Storages

logger = logging.getLogger(__name__)

WATCH_PAUSE = 2.0
"""Seconds between two listings of folders that are watched."""

_REST = 19
"""How many times as long as a listing took, nothing is listed."""
_ASK_SECONDS = 0.2


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
        :param unit: files that are imported by one process, one batch after the other, 1 … 256.
        :raises InvalidInput: an address has a name and a password, which would be stored.
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
                add_unit(so_far, plan, item)
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

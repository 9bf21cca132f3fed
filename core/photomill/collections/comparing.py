"""Comparing all records of a collection whose vectors are not in memory, as jobs."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from photomill.collections.collection import backend_of, near_of
from photomill.collections.collection_jobs import jobs_of
from photomill.collections.collections import Collections
from photomill.collections.contents import View
from photomill.collections.duplicates.clusters import MOST_PAIRS
from photomill.collections.duplicates.copies import kind_of
from photomill.collections.duplicates.near_duplicates import NearDuplicates
from photomill.collections.duplicates.pair_pages import row_pairs
from photomill.collections.duplicates.pair_pass import FoundPairs, PassInParts
from photomill.collections.external.backend import External
from photomill.collections.store.appearances import Appearance
from photomill.collections.store.passes import Pass, PassQuery, SerialPair
from photomill.config.settings import SearchSettings
from photomill.errors import PhotomillError, Unsupported
from photomill.jobs.following import work_on
from photomill.jobs.jobs import Jobs
from photomill.jobs.kind import JobKind
from photomill.jobs.model import RUNNING_STATES, Job, JobItem, JobState, NewItem

FIND_DUPLICATES = "find_duplicates"

_PART_RECORDS = 100_000
_MOST_PARTS = 64
_SEARCHED = 500
"""Records of one unit, where the neighbours of each are searched for."""
_NEIGHBOURS = 100
_KEPT_SECONDS = 60.0
"""For how long a copy of the vectors is kept for a further unit."""


@frozen(eq=False)
class _Open:
    """What a job works on."""

    backend: External
    near: NearDuplicates


@frozen(eq=False)
class _Copy:
    """The vectors of a collection on this machine, ready to be compared."""

    view: View
    parts: PassInParts


class _Copies:
    """The last copy that was used, until nobody used it for a while. Thread-safe."""

    def __init__(self) -> None:
        self._making = threading.Lock()
        self._lock = threading.Lock()
        self._last: tuple[int, _Copy] | None = None
        self._timer: threading.Timer | None = None

    def of(self, job: int, make: Callable[[], _Copy]) -> _Copy:
        with self._making:
            last = self._last
            if last is None or last[0] != job:
                # There is room for one.
                self.let_go()
                last = job, make()
            with self._lock:
                self._last = last
                self._restart()
            return last[1]

    def let_go(self) -> None:
        with self._lock:
            self._last = None
            if self._timer is not None:
                self._timer.cancel()

    def _restart(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(_KEPT_SECONDS, self.let_go)
        self._timer.daemon = True
        self._timer.start()


class FindDuplicates(JobKind):
    """Finds all pairs of near-duplicates of a collection whose vectors an external index holds.

    Each process that works on it copies the vectors once, into a file without a name. A unit is a part of all pairs, that
    follows from the vectors alone, so that units of copies of unlike moments fit together; another one finds the copies
    outside the radius. Where there are too many vectors for a copy, a unit is some records whose neighbours are searched for.
    What a unit found is stored in the place of what it found before.
    """

    kind = FIND_DUPLICATES

    def __init__(self, collections: Collections, jobs: Jobs, data_dir: Path) -> None:
        self._collections = collections
        self._jobs = jobs
        self._data_dir = data_dir
        self._copies = _Copies()

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        if job.plan["parts"]:
            return self._parts(job, 0 if after is None else after.position + 1)
        return self._portions(job, -1 if after is None else after.input["last"])

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        opened = self._opened(job)
        if not job.plan["parts"]:
            return self._search(job, item, opened)
        copy = self._copies.of(job.number, lambda: self._copy(job, opened))
        part = item.input["part"]
        parts = job.plan["parts"]
        found = copy.parts.copies() if part is None else copy.parts.part(part, parts)
        pairs = list(self._pairs(job, opened, copy.view, found))
        opened.near.compared.passes.put(job.number, item.position, pairs)
        return {"pairs": found.total, "uncompared": found.uncompared}

    def finish(self, job: Job) -> Mapping[str, Any]:
        self._copies.let_go()
        if job.progress.failed:
            raise PhotomillError(
                f"{job.progress.failed} parts of the pairs could not be compared: `photomill jobs retry {job.number}` does these"
            )
        passes = self._opened(job).near.compared.passes
        results = [item.result or {} for item in self._jobs.items(job.number)]
        approximate = not job.plan["parts"]
        total = sum(each.get("pairs", 0) for each in results)
        if approximate:
            # A pair is found from either of its records.
            total = passes.distinct(job.number)
        uncompared = sum(each.get("uncompared", 0) for each in results)
        done = Pass(job.number, _query(job), job.plan["last"], total, uncompared, approximate)
        passes.finish(done, MOST_PAIRS)
        return {"pairs": total, "uncompared": uncompared, "approximate": approximate}

    def _parts(self, job: Job, first: int) -> Iterator[NewItem]:
        parts = job.plan["parts"]
        for part in range(first, parts):
            yield NewItem(f"part {part + 1} of {parts}", {"part": part})
        if first <= parts:
            yield NewItem("copies further away", {"part": None})

    def _portions(self, job: Job, last: int) -> Iterator[NewItem]:
        backend = self._opened(job).backend
        while some := backend.serials(last, job.plan["last"], _SEARCHED):
            last = some[-1]
            yield NewItem(f"{some[0]} … {last}", {"first": some[0], "last": last})

    def _copy(self, job: Job, opened: _Open) -> _Copy:
        view = opened.backend.copied(_filter(job), job.plan["last"], self._data_dir)
        parts = PassInParts(
            view,
            view.live_rows(),
            opened.backend.table,
            scale=opened.backend.scale,
            radius=job.plan["radius"],
            most=MOST_PAIRS,
            strict=job.plan["strict"],
        )
        return _Copy(view, parts)

    def _pairs(
        self, job: Job, opened: _Open, view: View, found: FoundPairs
    ) -> Iterator[SerialPair]:
        strict = job.plan["strict"]
        for a, b, distance, kind in row_pairs(
            view, opened.backend.table, found, MOST_PAIRS, strict=strict
        ):
            first, second = int(view.serials[min(a, b)]), int(view.serials[max(a, b)])
            yield SerialPair(first, second, distance, kind.value)

    def _search(self, job: Job, item: JobItem, opened: _Open) -> Mapping[str, Any]:
        backend, last = opened.backend, job.plan["last"]
        serials = backend.serials(item.input["first"] - 1, item.input["last"], _SEARCHED)
        found: dict[tuple[int, int], float] = {}
        full = 0
        near = backend.neighbours(serials, _filter(job), job.plan["radius"], _NEIGHBOURS)
        for serial, others in near:
            full += len(others) >= _NEIGHBOURS
            for other, distance in others:
                if other <= last:
                    found[min(serial, other), max(serial, other)] = distance
        pairs = self._labelled(opened, found, strict=job.plan["strict"])
        opened.near.compared.passes.put(job.number, item.position, pairs)
        return {"pairs": len(pairs), "full": full}

    def _labelled(
        self, opened: _Open, found: Mapping[tuple[int, int], float], *, strict: bool
    ) -> list[SerialPair]:
        ids = opened.backend.ids_of(sorted({each for pair in found for each in pair}))
        known = opened.backend.table.appearances.of(sorted(ids.values()))
        nothing = Appearance()
        return [
            SerialPair(
                first,
                second,
                distance,
                kind_of(
                    known.get(ids[first], nothing), known.get(ids[second], nothing), strict=strict
                ).value,
            )
            for (first, second), distance in found.items()
            if first in ids and second in ids
        ]

    def _opened(self, job: Job) -> _Open:
        return opened(self._collections, job.plan["collection"])


class Comparing:
    """Has all records of collections compared whose vectors an external index holds. Thread-safe.

    What was found is shown by :meth:`Collection.near_duplicate_pairs` and :meth:`Collection.duplicate_clusters`.
    """

    def __init__(
        self, collections: Collections, jobs: Jobs, settings: SearchSettings, data_dir: Path
    ) -> None:
        self._collections = collections
        self._jobs = jobs
        self._settings = settings
        jobs.register(FindDuplicates(collections, jobs, data_dir))

    def submit(
        self,
        collection: str,
        *,
        radius: float | None = None,
        filter: Any = None,
        strict: bool = False,
        owner: str = "",
    ) -> Job:
        """Have all records compared, by whoever works on jobs. A job that does so already is returned instead.

        Records that are inserted meanwhile are left to the next one.

        :param collection: its id.
        :param radius: in users' distance; None for the configured one.
        :param owner: whose job it is; empty for administrators only.
        :raises NotFound: there is none of this id.
        :raises InvalidFilter: of the filter.
        :raises Unsupported: its rows are in memory, and compared when somebody asks.
        """
        opened_now = opened(self._collections, collection)
        backend = opened_now.backend
        query = opened_now.near.pass_query(radius, filter, strict=strict)
        count = backend.count(filter)
        fits = 4 * count * self._collections.info(collection).dimension
        parts = min(_MOST_PARTS, count // _PART_RECORDS + 1)
        plan = {
            "collection": collection,
            "radius": query.radius,
            "filter": query.filter,
            "strict": strict,
            "last": backend.inserted_after(-1)[1],
            "parts": parts if fits <= self._settings.compared_bytes else 0,
        }
        for job in jobs_of(self._jobs, FIND_DUPLICATES, collection, RUNNING_STATES):
            if {**job.plan, "parts": 0} == {**plan, "parts": 0}:
                return job
        opened_now.near.compared.passes.tidy(
            job.number
            for job in jobs_of(self._jobs, FIND_DUPLICATES, collection)
            if job.state is not JobState.CANCELLED
        )
        return self._jobs.submit(FIND_DUPLICATES, plan, owner=owner)

    def job_of(self, collection: str) -> Job | None:
        """The newest job that compares a collection's records and has not ended; None where none does."""
        found = jobs_of(self._jobs, FIND_DUPLICATES, collection, RUNNING_STATES)
        return found[0] if found else None

    def run(
        self,
        collection: str,
        *,
        radius: float | None = None,
        filter: Any = None,
        strict: bool = False,
        progress: Callable[[int, int | None], None] = lambda done, total: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Have all records compared, and return once that is done; other processes may help. True where it was not stopped.

        :param progress: told now and then how many units of how many were done; None where nobody knows yet.
        :param stop: asked now and then; True cancels the job.
        :raises PhotomillError: as of :meth:`submit`, or the job failed.
        """
        job = self.submit(collection, radius=radius, filter=filter, strict=strict)
        number = job.number

        def follow(items: Sequence[JobItem]) -> None:
            now = self._jobs.get(number).progress
            progress(now.done, now.total)

        job = work_on(self._jobs, job, progress=follow, stop=stop)
        if job.state is JobState.FAILED:
            raise PhotomillError(job.error)
        return job.state is not JobState.CANCELLED


def opened(collections: Collections, collection: str) -> _Open:
    """What a job works on.

    :raises Unsupported: the collection's rows are in memory.
    """
    found = collections.open(collection)
    backend = backend_of(found)
    if not isinstance(backend, External):
        raise Unsupported(
            f"the records of {found.info.name!r} are in memory, and compared when somebody asks"
        )
    return _Open(backend, near_of(found))


def _query(job: Job) -> PassQuery:
    return PassQuery(job.plan["radius"], job.plan["filter"], job.plan["strict"])


def _filter(job: Job) -> Any:
    return json.loads(job.plan["filter"]) if job.plan["filter"] else None

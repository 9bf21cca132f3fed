"""The process that looks after one dataset; see ``tending``. Started as ``python -m photomill_lance.maintaining``.

A step that another process's change comes in between is done again with the next call, or at once where nobody would call
again: something is to be erased. At whatever moment it is ended, readers and writers go on with the version that was
committed last.
"""

import json
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import TYPE_CHECKING

from photomill.plugin import IndexUnavailable, NotFound
from photomill_lance.conditions import LIVE
from photomill_lance.datasets import Conflicting, Place, failures
from photomill_lance.following import Version
from photomill_lance.leasing import Lease
from photomill_lance.ordered import Extent
from photomill_lance.probing import Probing, measure
from photomill_lance.rows import STATE
from photomill_lance.tending import CODES, FRAGMENT, WORDS, Due, Job, assessed

if TYPE_CHECKING:
    import lance

KEPT = timedelta(hours=1)
"""For how long a version is kept: a reader that is longer at it fails, and asks again."""

_SEGMENTS = 8
"""Parts of the codes beyond which they are made one."""

_COMPACTED_AT_ONCE = 1 << 20
_ERASING_SECONDS = 600.0
"""For how long a step of an erasing is tried, while others look after the dataset or change it all the time."""

_PAUSE = 0.2
_QUERIES = 50
_NEAREST = 10


def main() -> int:
    """Look after a dataset until it is done, or standard input ends; what failed is said at standard error."""
    job = Job(**json.loads(sys.stdin.readline()))
    # Of a dataset that was dropped nothing is left to be done. Else nobody calls again who wants something erased.
    harmless: tuple[type[Exception], ...] = (NotFound,)
    if not job.erasing:
        harmless += (Conflicting, _BrokenOff)
    try:
        _look_after(Place(job.root, job.storage_options), job)
    except harmless:
        return 0
    except Exception as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _look_after(place: Place, job: Job) -> None:
    lease = Lease(place.dataset(job.name), job.name, job.lease)
    maintaining = Maintaining(place, job)
    # Nobody waits for these threads: the process is ended beside them.
    threads = ThreadPoolExecutor()
    broken_off = threads.submit(_until_broken_off)
    try:
        _first_of(broken_off, threads.submit(maintaining.at_last, lambda: _take(lease)))
        renewed = threads.submit(_renewed, lease, job.lease / 3)
        _first_of(broken_off, renewed, threads.submit(maintaining.run))
    finally:
        lease.give_back()


class _BrokenOff(Exception):
    """Whoever started this process wants it to end."""


def _until_broken_off() -> None:
    sys.stdin.read()
    raise _BrokenOff("it was broken off")


def _take(lease: Lease) -> None:
    if not lease.take():
        raise Conflicting("another process looks after the index")


def _renewed(lease: Lease, pause: float) -> None:
    while True:
        time.sleep(pause)
        lease.renew()


def _first_of(*running: "Future[None]") -> None:
    """Wait until one has ended, and raise what it raised."""
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for each in done:
        each.result()


class Maintaining:
    """Does what is due at one dataset."""

    def __init__(self, place: Place, job: Job) -> None:
        self._job = job
        self._dataset = place.dataset(job.name)

    def run(self) -> None:
        """Do all of it.

        :raises NotFound: the dataset was dropped.
        :raises IndexUnavailable: the storage failed.
        """
        due = self._due()
        if self._job.erasing or due.compact:
            self.at_last(self._without_deleted)
            self._compact()
        if due.build or (self._job.erasing and self._has(CODES)):
            self.at_last(self._build)
        elif due.fold:
            self._fold()
        if due.index or (self._job.erasing and self._has(WORDS)):
            anew = self._job.erasing or not self._has(WORDS)
            self.at_last(lambda: self._index(anew=anew))
        self.at_last(self._clean_up)

    def at_last(self, step: Callable[[], None]) -> None:
        """Do a step; where something is erased, again until nobody comes in between.

        :raises Conflicting: somebody did.
        """
        until = time.monotonic() + _ERASING_SECONDS
        while True:
            try:
                return step()
            except Conflicting:
                if not self._job.erasing or time.monotonic() > until:
                    raise
                time.sleep(_PAUSE)

    def _clean_up(self) -> None:
        with failures(self._job.name):
            kept = timedelta(0) if self._job.erasing else KEPT
            self._latest().cleanup_old_versions(older_than=kept)

    def _due(self) -> Due:
        with failures(self._job.name):
            version = Version.of(self._latest(), self._job.name)
            return assessed(version.dataset, version.state.rows, self._job.build_from)

    def _latest(self) -> "lance.LanceDataset":
        self._dataset.checkout_latest()
        return self._dataset

    def _has(self, index: str) -> bool:
        with failures(self._job.name):
            return any(each.name == index for each in self._latest().describe_indices())

    def _without_deleted(self) -> None:
        with failures(self._job.name):
            self._latest().delete(f"dead = true AND serial <> {STATE}")

    def _compact(self) -> None:
        """Make few files of many, and leave out what is deleted; what comes meanwhile is left to the next call.

        :raises IndexUnavailable: a file stays in which there is what is to be erased.
        """
        before = self._old_files()
        while before:
            self.at_last(self._compact_some)
            left = before & self._old_files()
            if left == before:
                break
            before = left
        if before and self._job.erasing:
            raise IndexUnavailable("files with what is to be erased could not be written anew")

    def _old_files(self) -> set[int]:
        """Those that may be written anew; where something is erased, those in which something is deleted."""
        with failures(self._job.name):
            fragments = self._latest().get_fragments()
            files = {
                each.fragment_id
                for each in fragments
                if each.num_deletions or not self._job.erasing
            }
            return files - {self._busy()}

    def _compact_some(self) -> None:
        with failures(self._job.name):
            self._latest().optimize.compact_files(
                target_rows_per_fragment=FRAGMENT,
                max_source_rows=_COMPACTED_AT_ONCE,
                materialize_deletions_threshold=0.0 if self._job.erasing else 0.1,
                excluded_fragment_ids=[self._busy()],
            )

    def _busy(self) -> int:
        """The file that each change touches, as that row moves with it: joining it to others would be in conflict.

        What was deleted since it was written there is nothing that a record said.
        """
        state = self._dataset.scanner(
            columns=["serial"], filter=f"serial = {STATE}", with_row_address=True
        ).to_table()
        return int(state["_rowaddr"][0].as_py()) >> 32

    def _build(self) -> None:
        """Make lists and codes of all vectors."""
        with failures(self._job.name):
            dataset = self._latest()
            rows = int(dataset.count_rows(filter=LIVE))
            lists = max(1, round(math.sqrt(rows)))
            dataset.create_index(
                "vector", "IVF_RQ", name=CODES, metric="L2", num_partitions=lists, replace=True
            )
            dataset = self._latest()
            dataset.update_config(Probing(lists, rows, self._measured(dataset, lists)).said())

    def _measured(self, dataset: "lance.LanceDataset", lists: int) -> list[tuple[float, int]]:
        """Probes, by the share that a filter lets through."""
        rows = int(dataset.count_rows())
        step = max(1, rows // _QUERIES)
        sampled = dataset.take(list(range(0, rows, step)), columns=["vector"])["vector"].to_pylist()
        queries = [each for each in sampled if each is not None][:_QUERIES]

        def found(share: float, probes: int, query: int) -> Sequence[int]:
            # Serials have nothing to do with where vectors lie.
            filter = None if share == 1.0 else f"{LIVE} AND serial % {round(1 / share)} = 0"
            nearest = {"column": "vector", "q": queries[query], "k": _NEAREST, "metric": "l2"}
            nearest |= {"nprobes": probes, "refine_factor": 4}
            table = dataset.scanner(
                columns=["serial", "_distance"], filter=filter, nearest=nearest, prefilter=True
            ).to_table()
            serials: list[int] = table["serial"].to_pylist()
            return serials

        return measure(lists, found, len(queries))

    def _fold(self) -> None:
        """Give codes to what came since."""
        with failures(self._job.name):
            dataset = self._latest()
            (codes,) = [each for each in dataset.describe_indices() if each.name == CODES]
            merged = len(codes.segments) if len(codes.segments) >= _SEGMENTS else 0
            dataset.optimize.optimize_indices(index_names=[CODES], num_indices_to_merge=merged)

    def _index(self, *, anew: bool) -> None:
        """Index serials and what filters see, or what came since."""
        with failures(self._job.name):
            dataset = self._latest()
            kinds = {"serial": "BTREE", WORDS: "LABEL_LIST"}
            attributes = Version.of(dataset, self._job.name).attributes
            for number, _ in enumerate(attributes):
                for column in (*Extent(number).names("text"), *Extent(number).names("number")):
                    kinds[column] = "BTREE"
            if not anew:
                dataset.optimize.optimize_indices(index_names=list(kinds))
                return
            for column, kind in kinds.items():
                dataset.create_scalar_index(column, kind, name=column, replace=True)


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # Lance's threads may be at work for long.
    os._exit(code)

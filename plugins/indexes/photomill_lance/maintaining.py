"""The process that looks after one dataset; see ``tending``. Started as ``python -m photomill_lance.maintaining``.

A step that another process's change comes in between is done again with the next call, or at once where nobody would call
again: something is to be erased. At whatever moment it is ended, readers and writers go on with the version that was
committed last.
"""

import itertools
import json
import math
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from photomill.plugin import NotFound
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
"""For how long an erasing is tried, while others look after the dataset or change it all the time."""

_PAUSE = 0.2
_QUERIES = 50
_NEAREST = 10


def main() -> int:
    """Look after a dataset until it is done, or standard input ends."""
    job = Job(**json.loads(sys.stdin.readline()))
    ended: queue.Queue[BaseException | None] = queue.Queue()
    place = Place(job.root, job.storage_options)
    try:
        lease = Lease(place.dataset(job.name), job.name, job.lease)
        until = time.monotonic() + _ERASING_SECONDS
        while not lease.take():
            if not job.erasing:
                return 0
            if time.monotonic() > until:
                sys.stderr.write("another process has looked after it all the time\n")
                return 1
            time.sleep(_PAUSE)
    except NotFound:
        return 0
    for do in (
        lambda: Maintaining(place, job).run(),
        lambda: _renewed(lease, job.lease / 3),
        _broken_off,
    ):
        threading.Thread(target=_told, args=(do, ended), daemon=True).start()
    error = ended.get()
    try:
        lease.give_back()
    except NotFound:
        return 0  # It was dropped meanwhile.
    harmless = NotFound if job.erasing else NotFound | Conflicting | _BrokenOff
    if error is None or isinstance(error, harmless):
        return 0
    sys.stderr.write(f"{error}\n")
    return 1


def _told(do: Any, ended: "queue.Queue[BaseException | None]") -> None:
    try:
        do()
    except BaseException as error:
        ended.put(error)
    else:
        ended.put(None)


class _BrokenOff(Exception):
    """Whoever started this process wants it to end."""


def _broken_off() -> None:
    sys.stdin.read()
    raise _BrokenOff("it was broken off")


def _renewed(lease: Lease, pause: float) -> None:
    while True:
        time.sleep(pause)
        lease.renew()


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
            self._at_last(self._without_deleted)
            self._at_last(self._compact)
        if due.build or (self._job.erasing and self._has(CODES)):
            self._at_last(self._build)
        elif due.fold:
            self._fold()
        if due.index or (self._job.erasing and self._has(WORDS)):
            anew = self._job.erasing or not self._has(WORDS)
            self._at_last(lambda: self._index(anew=anew))
        self._at_last(self._clean_up)

    def _at_last(self, step: Callable[[], None]) -> None:
        """Do a step; where something is erased, again until no change comes in between.

        :raises Conflicting: one did.
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
        """Make few files of many, and leave out what is deleted; of what was deleted before, everything where it is erased."""
        with failures(self._job.name):
            passes = 1 + self._latest().count_rows() // _COMPACTED_AT_ONCE
        for done_before in itertools.count(1):
            with failures(self._job.name):
                dataset = self._latest()
                state = dataset.scanner(
                    columns=["serial"], filter=f"serial = {STATE}", with_row_address=True
                ).to_table()
                # Each change touches the file of that row, so a file of which it is a part would be in conflict.
                busy = [] if self._job.erasing else [int(state["_rowaddr"][0].as_py()) >> 32]
                done = dataset.optimize.compact_files(
                    target_rows_per_fragment=FRAGMENT,
                    max_source_rows=_COMPACTED_AT_ONCE,
                    materialize_deletions_threshold=0.0 if self._job.erasing else 0.1,
                    excluded_fragment_ids=busy,
                )
            if not done.fragments_removed or (self._job.erasing and done_before > passes):
                return

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

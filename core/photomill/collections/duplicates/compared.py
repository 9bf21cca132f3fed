"""Near-duplicates of a collection whose vectors are not in memory: what a job found, as far as it is still there."""

import threading
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from photomill.collections.backend import Backend
from photomill.collections.duplicates.clusters import MOST_PAIRS
from photomill.collections.model import DuplicateKind, Pair, PairsPage
from photomill.collections.pairs import Clusters
from photomill.collections.store.passes import Pass, PassTable, SerialPair
from photomill.errors import Unsupported

IdsOf = Callable[[Sequence[int]], Mapping[int, str]]


@define(eq=False)
class ComparedPairs:
    """The pairs of one pass whose records are there, as of one moment.

    :ivar rows: bool (n,): which of the pass's records are there, in the order of their serials.
    :ivar kept: by ascending (distance, ids).
    """

    found: Pass
    rows: NDArray[np.bool_]
    ids: Sequence[str]
    kept: Sequence[Pair]
    _row_of: Mapping[str, int] = field(repr=False)
    _gone: int

    @classmethod
    def of(cls, found: Pass, stored: Sequence[SerialPair], ids_of: IdsOf) -> "ComparedPairs":
        serials = sorted({each for pair in stored for each in (pair.first, pair.second)})
        ids = ids_of(serials)
        there = [
            _pair(ids[pair.first], ids[pair.second], pair)
            for pair in stored
            if pair.first in ids and pair.second in ids
        ]
        return cls(
            found,
            np.array([serial in ids for serial in serials], np.bool_),
            [ids[serial] for serial in serials if serial in ids],
            sorted(there, key=lambda pair: (pair.distance, pair.first, pair.second)),
            {ids[serial]: row for row, serial in enumerate(serials) if serial in ids},
            len(stored) - len(there),
        )

    def row_of(self, record_id: str) -> int | None:
        """The row of a record; None where it is not there."""
        return self._row_of.get(record_id)

    def page(self, offset: int, limit: int, newer: int, *, clusters: bool = False) -> PairsPage:
        """One page of the pairs.

        :raises Unsupported: it lies behind the pairs that are kept.
        """
        total = max(len(self.kept), self.found.total - self._gone)
        if len(self.kept) < min(total, offset + limit):
            raise Unsupported(
                f"the nearest {len(self.kept)} of {total} pairs are kept where rows are not in memory: "
                "ask for no more, or find duplicates with a filter or a smaller radius"
            )
        return PairsPage(
            self.kept[offset : offset + limit],
            total,
            self._clusters() if clusters else None,
            self.found.uncompared,
            self.found.approximate,
            newer,
        )

    def _clusters(self) -> list[list[str]]:
        """Each in the order of insertion; the largest first."""
        joined = Clusters()
        for pair in self.kept:
            joined.join(self._row_of[pair.first], self._row_of[pair.second])
        names = {row: record_id for record_id, row in self._row_of.items()}
        return [[names[row] for row in rows] for rows in joined.groups()]


class Compared:
    """Reads what jobs found of one collection; keeps what was read last. Thread-safe."""

    def __init__(self, passes: PassTable) -> None:
        self.passes = passes
        self._lock = threading.Lock()
        self._last: tuple[object, ComparedPairs] | None = None
        self._stored: tuple[int, list[SerialPair]] | None = None

    def at(self, found: Pass, position: object, ids_of: IdsOf) -> ComparedPairs:
        """A pass's pairs whose records are there.

        :param position: tells one moment from another.
        :param ids_of: gives those of records that are there.
        """
        with self._lock:
            if self._last is None or self._last[0] != (found.job, position):
                if self._stored is None or self._stored[0] != found.job:
                    self._stored = found.job, self.passes.pairs(found.job, MOST_PAIRS)
                compared = ComparedPairs.of(found, self._stored[1], ids_of)
                self._last = (found.job, position), compared
            return self._last[1]


def compared_by_a_job(backend: Backend, what: str) -> Unsupported:
    """What refuses that which a job has not found yet."""
    try:
        backend.view(what)
    except Unsupported as error:
        return Unsupported(
            f"{error}; a job of the kind 'find_duplicates' compares them, and is asked for by `photomill duplicates`"
        )
    raise AssertionError("rows in memory are compared when somebody asks")


def _pair(one: str, other: str, stored: SerialPair) -> Pair:
    return Pair(min(one, other), max(one, other), stored.distance, DuplicateKind(stored.kind))

"""Finding all near-duplicate pairs of a collection: one pass, of which any number of pages are shown."""

import logging
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.collections.contents import View
from photomill.collections.duplicates.copies import WIDER, kind_of
from photomill.collections.duplicates.hash_pairs import agreeing_pairs
from photomill.collections.duplicates.hashes import bits_apart, rows_of
from photomill.collections.model import DuplicateKind
from photomill.collections.pairs import Clusters, RowPairs, pairs_within
from photomill.collections.store.records import RecordTable
from photomill.collections.target import lengths, reach, shown
from photomill.components.index import Rows

MOST_COMPARED = 50_000
"""Pairs outside the radius that are compared in detail, those with the nearest hashes first."""

logger = logging.getLogger(__name__)

_AT_ONCE = 8192
_COMPARED_AT_ONCE = 1024


@frozen(eq=False)
class FoundPairs:
    """All pairs, with records of equal vectors taken together.

    :ivar groups: rows of equal vectors, in the order of their ids; a pair of groups stands for a pair of any two rows.
    :ivar first: int64 (n,): the one group of a pair; itself, for the pairs within a group.
    :ivar second: likewise.
    :ivar distances: float64 (n,), in users' distance.
    :ivar total: pairs of rows, of which the nearest are here.
    :ivar count: pairs of rows that are here.
    :ivar uncompared: pairs outside the radius whose hashes agree, but that were too many to compare.
    """

    groups: Sequence[Rows]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    distances: NDArray[np.float64]
    total: int
    count: int
    uncompared: int = 0


def find_pairs(
    view: View,
    rows: Rows,
    table: RecordTable,
    *,
    scale: float,
    radius: float,
    most: int,
    strict: bool,
    clusters: Clusters | None = None,
) -> FoundPairs:
    """Find every pair within the radius, and copies outside it that the detailed comparison confirms.

    :param rows: those to look at, ascending.
    :param radius: in users' distance.
    :param most: pairs to keep at least, the nearest; memory is bound by it.
    :param clusters: joins what belongs together, by groups.
    """
    groups = _equal_rows(view, rows)
    sizes = np.array([len(group) for group in groups], np.int64)
    group_of = np.empty(view.size, np.int64)
    for place, group in enumerate(groups):
        group_of[group] = place
    nearest = _Nearest(sizes, most)
    alone = np.flatnonzero(sizes > 1)
    nearest.take(alone, alone, np.zeros(len(alone)))
    leaders = np.array([group[0] for group in groups], np.int64)
    for found in pairs_within(view.vectors, np.sort(leaders), reach(radius, scale)):
        distances = shown(found.distances, scale)
        # What is rounded into the radius is in, as it is in a search.
        within = distances <= radius
        first, second = _of_groups(found, group_of)
        pair = first[within], second[within]
        nearest.take(*pair, distances[within])
        _join(clusters, pair)
    beyond, uncompared = _copies_beyond(
        view, np.sort(leaders), table, scale=scale, radius=radius, strict=strict
    )
    pair = _of_groups(beyond, group_of)
    nearest.take(*pair, beyond.distances)
    _join(clusters, pair)
    return nearest.found(groups, uncompared)


def _equal_rows(view: View, rows: Rows) -> list[Rows]:
    """Rows of equal vectors, taken together; each group in the order of its ids."""
    groups: dict[bytes, list[int]] = {}
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        for row, vector in zip(some.tolist(), view.vectors.gather(some), strict=True):
            groups.setdefault(blake2b(vector.tobytes(), digest_size=16).digest(), []).append(row)
    return [
        np.array(sorted(group, key=view.id_of) if len(group) > 1 else group, np.int64)
        for group in groups.values()
    ]


def _of_groups(
    pairs: RowPairs, group_of: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    first, second = group_of[pairs.first], group_of[pairs.second]
    return np.minimum(first, second), np.maximum(first, second)


def _join(clusters: Clusters | None, pair: tuple[NDArray[np.int64], NDArray[np.int64]]) -> None:
    if clusters is not None:
        for a, b in zip(pair[0].tolist(), pair[1].tolist(), strict=True):
            clusters.join(a, b)


class _Nearest:
    """The nearest pairs of groups so far, in bounded memory."""

    def __init__(self, sizes: NDArray[np.int64], most: int) -> None:
        self._sizes = sizes
        self._most = most
        self._total = 0
        self._first: NDArray[np.int64] = np.empty(0, np.int64)
        self._second: NDArray[np.int64] = np.empty(0, np.int64)
        self._distances: NDArray[np.float64] = np.empty(0, np.float64)

    def take(
        self,
        first: NDArray[np.int64],
        second: NDArray[np.int64],
        distances: NDArray[np.float64],
    ) -> None:
        self._total += int(pair_counts(self._sizes, first, second).sum())
        self._first = np.concatenate([self._first, first])
        self._second = np.concatenate([self._second, second])
        self._distances = np.concatenate([self._distances, distances])
        if len(self._distances) > 2 * self._most:
            self._prune()

    def found(self, groups: Sequence[Rows], uncompared: int) -> FoundPairs:
        self._prune()
        order = np.argsort(self._distances, kind="stable")
        first, second = self._first[order], self._second[order]
        count = int(pair_counts(self._sizes, first, second).sum())
        distances = self._distances[order]
        return FoundPairs(groups, first, second, distances, self._total, count, uncompared)

    def _prune(self) -> None:
        if len(self._distances) <= self._most:
            return
        # Ties with the last are kept, for their ids decide.
        keep = self._distances <= np.partition(self._distances, self._most - 1)[self._most - 1]
        self._first, self._second = self._first[keep], self._second[keep]
        self._distances = self._distances[keep]


def pair_counts(
    sizes: NDArray[np.int64], first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[np.int64]:
    """How many pairs of rows each pair of groups stands for."""
    within = sizes[first] * (sizes[first] - 1) // 2
    return np.where(first == second, within, sizes[first] * sizes[second])


# ---------------------------------------------------------------- outside the radius


def _copies_beyond(
    view: View, rows: Rows, table: RecordTable, *, scale: float, radius: float, strict: bool
) -> tuple[RowPairs, int]:
    """Pairs outside the radius whose hashes agree, and that the comparison confirms; in users' distance.

    :returns: likewise how many were too many to compare.
    """
    first, second, distances = _candidates(view, rows, table, scale=scale, radius=radius)
    uncompared = max(0, len(first) - MOST_COMPARED)
    if uncompared:
        logger.warning(
            "not compared: %d of %d pairs outside the radius whose hashes agree",
            uncompared,
            len(first),
        )
    first, second = first[:MOST_COMPARED], second[:MOST_COMPARED]
    distances = distances[:MOST_COMPARED]
    confirmed = np.zeros(len(first), np.bool_)
    for start in range(0, len(first), _COMPARED_AT_ONCE):
        stop = min(start + _COMPARED_AT_ONCE, len(first))
        ones, others = (view.ids_of(each[start:stop].tolist()) for each in (first, second))
        known = table.appearances.of(sorted({*ones, *others}))
        confirmed[start:stop] = [
            one in known
            and other in known
            and kind_of(known[one], known[other], strict=strict) is not DuplicateKind.SIMILAR
            for one, other in zip(ones, others, strict=True)
        ]
    found = RowPairs(first[confirmed], second[confirmed], distances[confirmed])
    return found, uncompared


def _candidates(
    view: View, rows: Rows, table: RecordTable, *, scale: float, radius: float
) -> tuple[Rows, Rows, NDArray[np.float64]]:
    """Pairs outside the radius, but within the wider one, whose hashes agree; the nearest hashes first."""
    serials, hashes = table.appearances.hashes()
    wanted = np.isin(serials, view.serials[rows])
    serials, hashes = serials[wanted], hashes[wanted]
    known = rows_of(view, serials)
    if len(known) < 2:
        nothing = np.empty(0, np.int64)
        return nothing, nothing, np.empty(0, np.float64)
    keys = np.unique(
        np.concatenate(
            [
                np.unique(np.minimum(a, b) * len(known) + np.maximum(a, b))
                for a, b in agreeing_pairs(hashes)
            ]
            or [np.empty(0, np.int64)]
        )
    )
    first, second = np.divmod(keys, len(known))
    distances = shown(_distances(view, known[first], known[second]), scale)
    beyond = (distances > radius) & (distances <= WIDER * radius)
    first, second, distances = first[beyond], second[beyond], distances[beyond]
    apart = np.full(len(first), 64, np.uint8)
    for turn in range(hashes.shape[1]):
        apart = np.minimum(apart, bits_apart(hashes[first, turn], hashes[second, 0]))
    nearest = np.argsort(apart, kind="stable")
    return known[first[nearest]], known[second[nearest]], distances[nearest]


def _distances(view: View, first: Rows, second: Rows) -> NDArray[np.float64]:
    """Euclidean distances of pairs of rows: float64 (n,)."""
    result = np.empty(len(first), np.float64)
    for start in range(0, len(first), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        difference = view.vectors.gather(first[some]).astype(np.float64)
        difference -= view.vectors.gather(second[some])
        result[some] = lengths(difference)
    return result

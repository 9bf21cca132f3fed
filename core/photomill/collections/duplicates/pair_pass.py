"""Finding all near-duplicate pairs of a collection: one pass, of which any number of pages are shown."""

import logging
from collections.abc import Iterator, Sequence
from hashlib import blake2b

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.collections.contents import View
from photomill.collections.duplicates.copies import WIDER, kind_of
from photomill.collections.duplicates.hash_pairs import agreeing_pairs
from photomill.collections.duplicates.hashes import bits_apart, rows_of
from photomill.collections.model import DuplicateKind
from photomill.collections.pairs import Clusters, RowPairs, SketchedRows
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
    parts = PassInParts(view, rows, table, scale=scale, radius=radius, most=most, strict=strict)
    nearest = parts.nearest()
    for pair in parts.within():
        nearest.take(*pair)
        _join(clusters, pair[:2])
    pair, uncompared = parts.beyond()
    nearest.take(*pair)
    _join(clusters, pair[:2])
    return nearest.found(parts.groups, uncompared)


GroupPairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
"""The first and the second group of each pair, and the distance for users."""


class PassInParts:
    """The same pass in parts that together find each pair once, in whatever processes they are made.

    To which part a pair belongs follows from its two vectors alone, so it does not matter what else was inserted or
    deleted between one part and another.
    """

    def __init__(
        self,
        view: View,
        rows: Rows,
        table: RecordTable,
        *,
        scale: float,
        radius: float,
        most: int,
        strict: bool,
    ) -> None:
        """As :func:`find_pairs`."""
        self.groups, self._digests = _equal_rows(view, rows)
        self._view = view
        self._table = table
        self._scale = scale
        self._radius = radius
        self._most = most
        self._strict = strict
        self._sizes = np.array([len(group) for group in self.groups], np.int64)
        self._group_of = np.empty(view.size, np.int64)
        for place, group in enumerate(self.groups):
            self._group_of[group] = place
        self._leaders = np.sort(np.array([group[0] for group in self.groups], np.int64))
        self._sketched: SketchedRows | None = None

    def part(self, number: int, parts: int) -> FoundPairs:
        """The pairs within the radius of one part.

        :param number: from 0.
        """
        nearest = self.nearest(number, parts)
        for pair in self.within(number, parts):
            nearest.take(*pair)
        return nearest.found(self.groups, 0)

    def copies(self) -> FoundPairs:
        """The copies outside the radius, which are no part's."""
        nearest = _Nearest(self._sizes, self._most)
        pair, uncompared = self.beyond()
        nearest.take(*pair)
        return nearest.found(self.groups, uncompared)

    def nearest(self, number: int = 0, parts: int = 1) -> "_Nearest":
        """What takes a part's pairs; those of equal vectors are in it."""
        nearest = _Nearest(self._sizes, self._most)
        alone = np.flatnonzero((self._sizes > 1) & (self._digests % parts == number))
        nearest.take(alone, alone, np.zeros(len(alone)))
        return nearest

    def within(self, number: int = 0, parts: int = 1) -> Iterator[GroupPairs]:
        """The pairs of unlike vectors of a part: those whose lesser digest is the part's."""
        if len(self._leaders) < 2:
            return
        if self._sketched is None:
            radius = reach(self._radius, self._scale)
            self._sketched = SketchedRows.of(self._view.vectors, self._leaders, radius)
        chosen = None
        if parts > 1:
            chosen = np.zeros(self._view.size, np.bool_)
            chosen[self._leaders] = (self._digests % parts == number)[self._group_of[self._leaders]]
        for found in self._sketched.pairs(chosen):
            distances = shown(found.distances, self._scale)
            # What is rounded into the radius is in, as it is in a search.
            within = distances <= self._radius
            first, second = _of_groups(found, self._group_of)
            if parts > 1:
                lesser = np.minimum(self._digests[first], self._digests[second])
                within &= lesser % parts == number
            yield first[within], second[within], distances[within]

    def beyond(self) -> tuple[GroupPairs, int]:
        """The copies outside the radius; also how many pairs were too many to be compared."""
        found, uncompared = _copies_beyond(
            self._view,
            self._leaders,
            self._table,
            scale=self._scale,
            radius=self._radius,
            strict=self._strict,
        )
        first, second = _of_groups(found, self._group_of)
        return (first, second, found.distances), uncompared


def _equal_rows(view: View, rows: Rows) -> tuple[list[Rows], NDArray[np.uint64]]:
    """Rows of equal vectors, taken together, and a digest of each group's vector.

    Each group is in the order of its ids.
    """
    groups: dict[bytes, list[int]] = {}
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        for row, vector in zip(some.tolist(), view.vectors.gather(some), strict=True):
            groups.setdefault(blake2b(vector.tobytes(), digest_size=16).digest(), []).append(row)
    digests = np.frombuffer(b"".join(each[:8] for each in groups), np.uint64)
    return [
        np.array(sorted(group, key=view.id_of) if len(group) > 1 else group, np.int64)
        for group in groups.values()
    ], digests


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

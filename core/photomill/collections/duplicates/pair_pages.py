"""Pages of near-duplicate pairs, cut from one pass that is kept."""

import threading
from collections.abc import Iterator, Mapping

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from photomill.collections.contents import View
from photomill.collections.duplicates.copies import kind_of
from photomill.collections.duplicates.pair_pass import FoundPairs, find_pairs, pair_counts
from photomill.collections.model import DuplicateKind, Pair, PairsPage
from photomill.collections.pairs import Clusters
from photomill.collections.ranking import Mask
from photomill.collections.store.appearances import Appearance
from photomill.collections.store.records import RecordTable
from photomill.portions import portions

_LABELLED_AT_ONCE = 2000

_KEPT = 1_000_000
"""Pairs of a pass that are kept for further pages, the nearest."""


@frozen
class PairsQuery:
    """Which pairs to find.

    :ivar radius: in users' distance.
    :ivar filter: what the mask stands for, as bytes that tell one filter from another.
    :ivar strict: tell smaller differences in colour apart.
    """

    radius: float
    filter: bytes = b""
    strict: bool = False


@frozen(eq=False)
class _Pass:
    key: tuple[object, ...]
    found: FoundPairs
    clusters: list[list[str]] | None = field(default=None)


class PairPages:
    """Shows pages of a collection's pairs; keeps the last pass until the collection changes. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: _Pass | None = None

    def page(
        self,
        view: View,
        mask: Mask | None,
        table: RecordTable,
        query: PairsQuery,
        *,
        scale: float,
        offset: int,
        limit: int,
        clusters: bool,
    ) -> PairsPage:
        """One page of all near-duplicate pairs, by ascending (distance, ids)."""
        kept = self._pass(
            view, mask, table, query, scale=scale, most=offset + limit, clusters=clusters
        )
        rows = list(_cut(view, kept.found, offset, limit))
        chosen = [(view.id_of(a), view.id_of(b), distance) for a, b, distance in rows]
        known = table.appearances.of(sorted({each for a, b, _ in chosen for each in (a, b)}))
        return PairsPage(
            pairs=[_pair(a, b, distance, known, query.strict) for a, b, distance in chosen],
            total=kept.found.total,
            clusters=kept.clusters if clusters else None,
            uncompared=kept.found.uncompared,
        )

    def _pass(
        self,
        view: View,
        mask: Mask | None,
        table: RecordTable,
        query: PairsQuery,
        *,
        scale: float,
        most: int,
        clusters: bool,
    ) -> _Pass:
        key = (view.generation, view.position, query)
        # One at a time: whoever asks for the same pass meanwhile gets it when it is done.
        with self._lock:
            last = self._last
            if (
                last is not None
                and last.key == key
                and (last.found.count == last.found.total or most <= last.found.count)
                and (last.clusters is not None or not clusters)
            ):
                return last
            self._last = None
            joined = Clusters() if clusters else None
            found = find_pairs(
                view,
                np.flatnonzero(view.alive if mask is None else view.alive & mask),
                table,
                scale=scale,
                radius=query.radius,
                most=max(most, _KEPT),
                strict=query.strict,
                clusters=joined,
            )
            named = None if joined is None else _named(view, found, joined)
            self._last = _Pass(key, found, named)
            return self._last


def row_pairs(
    view: View, table: RecordTable, found: FoundPairs, most: int, *, strict: bool
) -> Iterator[tuple[int, int, float, DuplicateKind]]:
    """The nearest pairs of rows that a pass found, with their kinds; by ascending (distance, ids)."""
    for some in portions(_cut(view, found, 0, most), _LABELLED_AT_ONCE):
        ids = {row: view.id_of(row) for a, b, _ in some for row in (a, b)}
        known = table.appearances.of(sorted(ids.values()))
        for a, b, distance in some:
            yield a, b, distance, _pair(ids[a], ids[b], distance, known, strict).kind


def _pair(
    first: str, second: str, distance: float, known: Mapping[str, Appearance], strict: bool
) -> Pair:
    nothing = Appearance()
    kind = kind_of(known.get(first, nothing), known.get(second, nothing), strict=strict)
    return Pair(first, second, distance, kind)


def _named(view: View, found: FoundPairs, joined: Clusters) -> list[list[str]]:
    """Clusters of groups as clusters of ids, each in the order of insertion; the largest first."""
    members = [list(cluster) for cluster in joined.groups()]
    inside = {place for cluster in members for place in cluster}
    members += [
        [place]
        for place, group in enumerate(found.groups)
        if len(group) > 1 and place not in inside
    ]
    rows = [sorted(int(row) for place in some for row in found.groups[place]) for some in members]
    return [view.ids_of(some) for some in sorted(rows, key=lambda some: (-len(some), some[0]))]


def _cut(
    view: View, found: FoundPairs, offset: int, limit: int
) -> Iterator[tuple[int, int, float]]:
    """Pairs of rows from a place on, in the order of (distance, ids)."""
    sizes = np.array([len(group) for group in found.groups], np.int64)
    counts = pair_counts(sizes, found.first, found.second)
    starts = np.flatnonzero(np.diff(found.distances, prepend=-1.0))
    ends = np.append(starts, len(found.distances))[1:]
    passed = 0
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        count = int(counts[start:end].sum())
        if passed + count > offset and passed < offset + limit:
            tied = _tied(view, found, start, end)
            first, last = max(0, offset - passed), min(count, offset + limit - passed)
            distance = float(found.distances[start])
            yield from ((a, b, distance) for a, b in _slice(tied, first, last))
        passed += count
        if passed >= offset + limit:
            return


def _tied(
    view: View, found: FoundPairs, start: int, end: int
) -> list[tuple[int, NDArray[np.int64]]]:
    """Pairs of equal distance: each row, in the order of ids, with its partners of greater ids."""
    partners: dict[int, set[int]] = {}
    for one, other in zip(
        found.first[start:end].tolist(), found.second[start:end].tolist(), strict=True
    ):
        partners.setdefault(one, set()).add(other)
        partners.setdefault(other, set()).add(one)
    rows = sorted(
        (view.id_of(row), int(row), place) for place in partners for row in found.groups[place]
    )
    rank = {row: number for number, (_, row, _) in enumerate(rows)}
    ranks = {
        place: np.array([rank[row] for row in found.groups[place].tolist()], np.int64)
        for place in partners
    }
    by_rank = np.array([row for _, row, _ in rows], np.int64)
    tied = []
    for number, (_, row, place) in enumerate(rows):
        later = [
            ranks[other][np.searchsorted(ranks[other], number, side="right") :]
            for other in partners[place]
        ]
        together = later[0] if len(later) == 1 else np.sort(np.concatenate(later))
        if len(together):
            tied.append((row, by_rank[together]))
    return tied


def _slice(
    tied: list[tuple[int, NDArray[np.int64]]], first: int, last: int
) -> Iterator[tuple[int, int]]:
    passed = 0
    for row, partners in tied:
        low, high = max(0, first - passed), min(len(partners), last - passed)
        yield from ((row, partner) for partner in partners[low:high].tolist())
        passed += len(partners)
        if passed >= last:
            return

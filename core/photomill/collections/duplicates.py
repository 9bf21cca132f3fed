"""Near-duplicates: telling kinds apart, and finding all pairs."""

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from photomill.catalog.records import RecordTable
from photomill.collections.contents import View
from photomill.collections.model import DuplicateKind, Hit, Pair, PairsPage
from photomill.collections.pairs import Clusters, RowPairs, pairs_within
from photomill.collections.ranking import Mask

SAME_PICTURE_BITS = 8
"""Perceptual hashes that differ in at most this many of 64 bits show one picture."""

_KEPT = 100_000


@frozen
class Fingerprint:
    """What tells two near-duplicates' kind: the digest of the pixels, and the perceptual hash."""

    digest: bytes = b""
    perceptual_hash: int | None = None

    def kind(self, other: "Fingerprint") -> DuplicateKind:
        """How alike two records within the radius are."""
        if self.digest and self.digest == other.digest:
            return DuplicateKind.EXACT
        if self.perceptual_hash is None or other.perceptual_hash is None:
            return DuplicateKind.SIMILAR
        differing = (self.perceptual_hash ^ other.perceptual_hash) & ((1 << 64) - 1)
        return (
            DuplicateKind.NEAR
            if differing.bit_count() <= SAME_PICTURE_BITS
            else DuplicateKind.SIMILAR
        )


def fingerprints_of(table: RecordTable, ids: Sequence[str]) -> Mapping[str, Fingerprint]:
    return {record_id: Fingerprint(*found) for record_id, found in table.fingerprints(ids).items()}


def with_kinds(hits: Sequence[Hit], query: Fingerprint, table: RecordTable) -> list[Hit]:
    """Say of each hit how alike it is to the query."""
    known = fingerprints_of(table, [hit.id for hit in hits])
    return [evolve(hit, kind=query.kind(known.get(hit.id, Fingerprint()))) for hit in hits]


def pairs_page(
    view: View,
    mask: Mask | None,
    table: RecordTable,
    *,
    scale: float,
    radius: float,
    offset: int,
    limit: int,
    clusters: bool,
) -> PairsPage:
    """One page of all near-duplicate pairs, by ascending (distance, ids).

    :param radius: in users' distance.
    """
    rows = np.flatnonzero(view.alive if mask is None else view.alive & mask)
    nearest = _Nearest(view, offset + limit)
    joined = Clusters()
    total = 0
    for found in pairs_within(view, rows, radius / scale):
        total += len(found)
        nearest.take(found)
        if clusters:
            for a, b in zip(found.first.tolist(), found.second.tolist(), strict=True):
                joined.join(a, b)
    chosen = nearest.pairs(scale)[offset : offset + limit]
    known = fingerprints_of(
        table, sorted({record_id for first, second, _ in chosen for record_id in (first, second)})
    )
    nothing = Fingerprint()
    return PairsPage(
        pairs=[
            Pair(
                first, second, distance, known.get(first, nothing).kind(known.get(second, nothing))
            )
            for first, second, distance in chosen
        ],
        total=total,
        clusters=[view.ids_of(group) for group in joined.groups()] if clusters else None,
    )


class _Nearest:
    """The nearest pairs so far, in bounded memory."""

    def __init__(self, view: View, count: int) -> None:
        self._view = view
        self._count = count
        self._first: NDArray[np.int64] = np.empty(0, np.int64)
        self._second: NDArray[np.int64] = np.empty(0, np.int64)
        self._distances: NDArray[np.float64] = np.empty(0, np.float64)

    def take(self, found: RowPairs) -> None:
        self._first = np.concatenate([self._first, found.first])
        self._second = np.concatenate([self._second, found.second])
        self._distances = np.concatenate([self._distances, np.round(found.distances, 9)])
        if len(self._distances) > 2 * self._count + _KEPT:
            self._prune()

    def pairs(self, scale: float) -> list[tuple[str, str, float]]:
        """(smaller id, larger id, users' distance), in order, up to the count."""
        listed = []
        ids = zip(
            self._view.ids_of(self._first.tolist()),
            self._view.ids_of(self._second.tolist()),
            strict=True,
        )
        for (a, b), distance in zip(ids, self._distances.tolist(), strict=True):
            listed.append((min(a, b), max(a, b), round(distance * scale, 6)))
        return sorted(listed, key=lambda pair: (pair[2], pair[0], pair[1]))[: self._count]

    def _prune(self) -> None:
        if not self._count:
            keep = np.zeros(len(self._distances), np.bool_)
        else:
            # Ties with the last are kept, for their ids decide.
            keep = (
                self._distances <= np.partition(self._distances, self._count - 1)[self._count - 1]
            )
        self._first, self._second, self._distances = (
            self._first[keep],
            self._second[keep],
            self._distances[keep],
        )

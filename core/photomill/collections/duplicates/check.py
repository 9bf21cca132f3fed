"""Near-duplicates among records that are about to be inserted, found without holding a lock."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from photomill.collections.contents import View
from photomill.collections.duplicates.copies import WIDER, kind_of
from photomill.collections.duplicates.hashes import Hashes, HashIndex, agree
from photomill.collections.model import DuplicateKind, Hit
from photomill.collections.store.appearances import Appearance
from photomill.collections.store.records import PreparedRecord, RecordTable
from photomill.collections.target import lengths, reach, shown
from photomill.components.embedder import Vectors
from photomill.components.index import Rows

NEIGHBOURS = 100
"""Stored records within the radius that one record is compared with: the nearest. So many are named at most."""

_ROWS_AT_ONCE = 2048
_RECORDS_AT_ONCE = 64
# A product of so many takes a millisecond or two, so that searches get their turn.

_PAIRS_AT_ONCE = 8192

_SLACK = 1e-5
"""What an inner product in float32, and the rounding of distances, may change."""


@frozen
class Refused:
    """Which near-duplicates are not inserted.

    :ivar radius: those of stored records, and of earlier ones of the call, within this distance; copies further away too.
    :ivar kind: those that are so much alike at least.
    :ivar strict: tell smaller differences in colour apart.
    """

    radius: float
    kind: DuplicateKind = DuplicateKind.SIMILAR
    strict: bool = False


@frozen(eq=False)
class _Pairs:
    """New records and what is near them.

    :ivar new: numbers of new records.
    :ivar others: rows of a view, or numbers of new records.
    :ivar distances: float64, as users see them.
    """

    new: NDArray[np.int64]
    others: Rows
    distances: NDArray[np.float64]

    def where(self, chosen: NDArray[Any] | slice) -> "_Pairs":
        return _Pairs(self.new[chosen], self.others[chosen], self.distances[chosen])

    def __iter__(self) -> Iterator[tuple[int, int, float]]:
        return zip(self.new.tolist(), self.others.tolist(), self.distances.tolist(), strict=True)


@frozen(eq=False)
class _Stored:
    """A stored record near to a new one."""

    serial: int
    hit: Hit


class DuplicateCheck:
    """Finds which of some new records are near-duplicates of stored ones, or of earlier ones among themselves.

    :meth:`follow` looks through the rows of a view that were not looked through yet; :meth:`duplicates` then decides
    for that view. So a writer has everything looked through before its transaction, and inside it only what was
    inserted in between. For one thread.
    """

    def __init__(
        self,
        records: Mapping[int, PreparedRecord],
        refused: Refused,
        table: RecordTable,
        hashes: HashIndex,
        scale: float,
    ) -> None:
        """
        :param records: by their places in the call, ascending.
        """
        self._places = list(records)
        self._records = list(records.values())
        self._refused = refused
        self._table = table
        self._hashes = hashes
        self._scale = scale
        self._vectors = np.array([record.vector for record in self._records], np.float32)
        self._turned = np.array([_turned(record) for record in self._records], np.uint64)
        self._hashed = np.array([bool(len(record.appearance.hashes)) for record in self._records])
        self._floor = np.full(len(records), self._product(refused.radius), np.float32)
        self._seen = -1
        self._stored: list[list[_Stored]] = [[] for _ in self._records]
        self._full: set[int] = set()
        self._earlier = self._pairs_among_new()
        self._starts = np.searchsorted(self._earlier.new, np.arange(len(records) + 1))
        self._kinds: dict[tuple[int, int], DuplicateKind] = {}

    def pending(self, view: View) -> int:
        """How many rows :meth:`follow` would look through."""
        return view.size if self._lost(view) else view.size - self._first(view)

    def follow(self, view: View) -> None:
        """Look through the rows that came since the last time."""
        if self._lost(view):
            # Further neighbours were left out for one that is gone.
            self._floor[:] = self._product(self._refused.radius)
            self._seen, self._full = -1, set()
            self._stored = [[] for _ in self._records]
        first = self._first(view)
        fresh: dict[int, list[_Stored]] = {}
        for pairs in self._pairs_with_stored(view, first):
            for number, row, distance in pairs:
                near = _Stored(int(view.serials[row]), Hit(view.ids_of([row])[0], distance))
                fresh.setdefault(number, []).append(near)
            for number in set(pairs.new.tolist()):
                if len(fresh[number]) > 2 * NEIGHBOURS:
                    fresh[number] = self._nearest(number, fresh[number])
        for number, some in fresh.items():
            labelled = self._labelled(number, self._nearest(number, some))
            self._stored[number] = self._nearest(number, [*self._stored[number], *labelled])
        self._seen = int(view.serials[view.size - 1]) if view.size else self._seen

    def duplicates(self, view: View, places: Container[int]) -> dict[int, list[Hit]]:
        """The near-duplicates in the way of each record that is not to be inserted, nearest first.

        :param view: that was followed.
        :param places: of the records that are inserted unless they are near-duplicates.
        """
        found: dict[int, list[Hit]] = {}
        accepted: set[int] = set()
        gone = self._gone(view, range(len(self._places)))
        for number, place in enumerate(self._places):
            if place not in places:
                continue
            hits = [near.hit for near in self._stored[number] if near.serial not in gone]
            hits += self._earlier_hits(number, accepted)
            hits = [hit for hit in hits if hit.kind and hit.kind.at_least(self._refused.kind)]
            if hits:
                found[place] = sorted(hits, key=_order)[:NEIGHBOURS]
            else:
                accepted.add(number)
        return found

    # ------------------------------------------------------------ stored records

    def _first(self, view: View) -> int:
        """The first row that was not looked through."""
        return int(np.searchsorted(view.serials[: view.size], self._seen, side="right"))

    def _lost(self, view: View) -> bool:
        return bool(self._gone(view, self._full))

    def _gone(self, view: View, numbers: Iterable[int]) -> set[int]:
        """Serials of what was found near to these records and is there no longer."""
        found = [near.serial for number in numbers for near in self._stored[number]]
        serials = np.array(found, np.int64)
        known = view.serials[: view.size]
        rows = np.minimum(np.searchsorted(known, serials), view.size - 1)
        there = (
            (known[rows] == serials) & view.alive[rows]
            if view.size
            else np.zeros(len(serials), np.bool_)
        )
        return set(serials[~there].tolist())

    def _pairs_with_stored(self, view: View, first: int) -> Iterator[_Pairs]:
        """Pairs with the live rows from ``first`` on."""
        for start, vectors in view.vectors.spans(first, _ROWS_AT_ONCE):
            rows = np.arange(start, start + len(vectors))
            if self._hashed.any():
                upright, known = self._hashes.upright(view, self._table, rows)
            else:
                upright, known = np.zeros(len(rows), np.uint64), np.zeros(len(rows), np.bool_)
            for pairs in self._near(vectors, upright, known):
                others = rows[pairs.others]
                yield _Pairs(pairs.new, others, pairs.distances).where(view.alive[others])

    def _nearest(self, number: int, stored: list[_Stored]) -> list[_Stored]:
        """The nearest within the radius, as many as are compared, and all copies further away."""
        radius = self._refused.radius
        stored.sort(key=lambda near: _order(near.hit))
        within = [near for near in stored if near.hit.distance <= radius]
        if len(within) > NEIGHBOURS:
            self._full.add(number)
            within = within[:NEIGHBOURS]
            self._floor[number] = self._product(within[-1].hit.distance)
        return [*within, *(near for near in stored if near.hit.distance > radius)]

    def _labelled(self, number: int, stored: Sequence[_Stored]) -> list[_Stored]:
        """Say how alike each is; those beyond the radius that are no copies are left out."""
        record = self._records[number]
        plain = record.appearance.perceptual_hash is None
        known = {} if plain else self._table.appearances.of([near.hit.id for near in stored])
        labelled = []
        for near in stored:
            other = known.get(near.hit.id, Appearance())
            kind = kind_of(record.appearance, other, strict=self._refused.strict)
            if kind is not DuplicateKind.SIMILAR or near.hit.distance <= self._refused.radius:
                labelled.append(evolve(near, hit=evolve(near.hit, kind=kind)))
        return labelled

    # ------------------------------------------------------------ earlier records of the call

    def _pairs_among_new(self) -> _Pairs:
        """Each record with those before it, in the order of the later."""
        found = [_Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
        for start in range(0, len(self._vectors), _ROWS_AT_ONCE):
            some = slice(start, start + _ROWS_AT_ONCE)
            for pairs in self._near(self._vectors[some], self._turned[some, 0], self._hashed[some]):
                others = pairs.others + start
                found.append(_Pairs(pairs.new, others, pairs.distances).where(others < pairs.new))
        new = np.concatenate([pairs.new for pairs in found])
        others = np.concatenate([pairs.others for pairs in found])
        distances = np.concatenate([pairs.distances for pairs in found])
        return _Pairs(new, others, distances).where(np.argsort(new, kind="stable"))

    def _earlier_hits(self, number: int, accepted: Container[int]) -> Iterator[Hit]:
        some = slice(self._starts[number], self._starts[number + 1])
        for _, other, distance in self._earlier.where(some):
            if other not in accepted:
                continue
            kind = self._kinds.get((number, other))
            if kind is None:
                one, another = self._records[number].appearance, self._records[other].appearance
                kind = kind_of(one, another, strict=self._refused.strict)
                self._kinds[number, other] = kind
            if distance <= self._refused.radius or kind is not DuplicateKind.SIMILAR:
                yield Hit(self._records[other].id, distance, kind=kind)

    # ------------------------------------------------------------ measuring

    def _near(
        self, vectors: Vectors, upright: Hashes, known: NDArray[np.bool_]
    ) -> Iterator[_Pairs]:
        """Pairs of a new record and a vector within the radius, and within a wider one where their hashes agree.

        :param upright: uint64 (len(vectors),): the vectors' hashes.
        :param known: bool (len(vectors),): which of them have one.
        """
        radius = self._refused.radius
        within, wider = self._product(radius), self._product(WIDER * radius)

        def agreeing(new: NDArray[np.int64], others: Rows) -> NDArray[np.bool_]:
            return self._hashed[new] & known[others] & agree(self._turned[new], upright[others])

        for start in range(0, len(self._vectors), _RECORDS_AT_ONCE):
            some = slice(start, start + _RECORDS_AT_ONCE)
            products = vectors @ self._vectors[some].T
            floor = np.where(self._hashed[some], wider, self._floor[some])
            others, new = np.nonzero(products >= floor)
            if not len(new):
                continue
            near = products[others, new]
            new = new + start
            kept = near >= self._floor[new]
            further = np.flatnonzero(near < within)
            kept[further] = agreeing(new[further], others[further])
            pairs = self._measured(vectors, new[kept], others[kept])
            kept = pairs.distances <= radius
            further = np.flatnonzero(~kept & (pairs.distances <= WIDER * radius))
            kept[further] = agreeing(pairs.new[further], pairs.others[further])
            yield pairs.where(kept)

    def _measured(self, vectors: Vectors, new: NDArray[np.int64], others: Rows) -> _Pairs:
        distances = np.empty(len(new), np.float64)
        for start in range(0, len(new), _PAIRS_AT_ONCE):
            some = slice(start, start + _PAIRS_AT_ONCE)
            apart = vectors[others[some]].astype(np.float64) - self._vectors[new[some]]
            distances[some] = lengths(apart)
        return _Pairs(new, others, shown(distances, self._scale))

    def _product(self, distance: float) -> float:
        """What the inner product of two vectors is at least that are no further apart, measured roughly."""
        return 1.0 - min(reach(distance, self._scale), 2.0) ** 2 / 2.0 - _SLACK


def _turned(record: PreparedRecord) -> Hashes:
    hashes = record.appearance.hashes
    return hashes if len(hashes) else np.zeros(8, np.uint64)


def _order(hit: Hit) -> tuple[float, str]:
    return hit.distance, hit.id

"""Near-duplicates that belong together, and which of them to keep."""

import threading
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from photomill.collections.model import (
    Advantage,
    ClustersPage,
    DuplicateCluster,
    DuplicateKind,
    Pair,
    PairsPage,
    Record,
)

MOST_PAIRS = 100_000
"""Pairs looked at, the nearest first."""

_BROAD = (DuplicateKind.EXACT, DuplicateKind.NEAR, DuplicateKind.SIMILAR)
_BY_SIMILARITY = {kind: place for place, kind in enumerate(DuplicateKind)}
_ENLARGED = 0.8
"""An image that is less sharp than this part of another's was enlarged, or blurred."""
_SHARP_SIDE = 320
"""The shorter side, in pixels, at which sharpness is measured."""
_FORMATS = {"png": 2, "tiff": 2, "bmp": 2, "gif": 0}
"""How well a format keeps an image; the others stand between."""
_LATEST = "~"
"""Sorts after every time."""


@frozen
class Worth:
    """What makes a record worth keeping.

    :ivar modified: ISO 8601 in UTC, of its file; ``~`` where unknown.
    """

    pixels: int
    format: int
    bytes: int
    modified: str
    number: int
    soft: bool = False

    @property
    def order(self) -> tuple[bool, int, int, int, str, int]:
        """Sorts the best record to the front."""
        return self.soft, -self.pixels, -self.format, -self.bytes, self.modified, self.number

    def advantages_over(self, other: "Worth") -> tuple[Advantage, ...]:
        """In what it is better, the weightiest first."""
        found = {
            Advantage.SHARPER: other.soft and not self.soft,
            Advantage.LARGER: self.pixels > other.pixels,
            Advantage.FORMAT: self.format > other.format,
            Advantage.BYTES: self.bytes > other.bytes,
            Advantage.OLDER: self.modified < other.modified != _LATEST,
        }
        better = tuple(advantage for advantage, is_so in found.items() if is_so)
        return better or ((Advantage.EARLIER,) if self.number < other.number else ())


class Choice:
    """Which records to keep: each other one is like one that is kept, and nothing is both.

    The best record is kept and what is like it is superfluous; then the best of the rest, and so on.
    """

    def __init__(self, pairs: Sequence[Pair], worths: Mapping[str, Worth]) -> None:
        self._pairs = pairs
        self._worths = worths
        pairs_of: dict[str, list[Pair]] = {}
        for pair in pairs:
            pairs_of.setdefault(pair.first, []).append(pair)
            pairs_of.setdefault(pair.second, []).append(pair)
        self._kept_for: dict[str, str] = {}
        for record_id in sorted(pairs_of, key=self._order):
            if record_id not in self._kept_for:
                self._kept_for[record_id] = record_id
                for pair in pairs_of[record_id]:
                    other = pair.second if pair.first == record_id else pair.first
                    self._kept_for.setdefault(other, record_id)

    def clusters(self) -> list["ClusterIds"]:
        """Each kept record with what it makes superfluous: the most alike first, then the largest."""
        pairs: dict[str, list[Pair]] = {}
        for pair in self._pairs:
            for kept, other in ((pair.first, pair.second), (pair.second, pair.first)):
                if self._kept_for[other] == kept:
                    pairs.setdefault(kept, []).append(pair)
        groups = [self._group(some) for some in pairs.values()]
        return sorted(
            groups,
            key=lambda group: (
                _BY_SIMILARITY[group.kind],
                -len(group.ids),
                group.distance,
                group.ids[0],
            ),
        )

    def pairs(self) -> list["ClusterIds"]:
        """Each pair as a cluster, nearest first."""
        return [self._group([pair]) for pair in self._pairs]

    def _group(self, pairs: Sequence[Pair]) -> "ClusterIds":
        ids = {record_id for pair in pairs for record_id in (pair.first, pair.second)}
        ordered = sorted(ids, key=self._order)
        kept = [record_id for record_id in ordered if self._kept_for[record_id] == record_id]
        return ClusterIds(
            ordered,
            kept[0] if kept else None,
            max((pair.kind for pair in pairs), key=_BY_SIMILARITY.__getitem__),
            max(pair.distance for pair in pairs),
            pairs,
        )

    def _order(self, record_id: str) -> tuple[bool, int, int, int, str, int]:
        return self._worths[record_id].order


@frozen(eq=False)
class ClusterIds:
    """A cluster before its records are read: see ``DuplicateCluster``."""

    ids: Sequence[str]
    keep: str | None
    kind: DuplicateKind
    distance: float
    pairs: Sequence[Pair]

    def with_records(
        self, records: Mapping[str, Record], worths: Mapping[str, Worth]
    ) -> DuplicateCluster:
        """The cluster as callers see it."""
        kept = self.keep
        kinds, reasons = {}, {}
        for pair in self.pairs:
            if kept in (pair.first, pair.second):
                other = pair.second if pair.first == kept else pair.first
                kinds[other] = pair.kind
                reasons[other] = worths[kept].advantages_over(worths[other])
        return DuplicateCluster(
            [records[record_id] for record_id in self.ids],
            None if kept is None else records[kept],
            self.kind,
            self.distance,
            kinds,
            reasons,
        )


@frozen(eq=False)
class ClusterReader:
    """What clusters are made from, as of one moment.

    :ivar key: what must be the same for pairs to be used again.
    :ivar moment: unlike that of any other, unless the same records are there.
    :ivar rows: bool (n,): which rows are looked at. A key means the same record by a row.
    :ivar row_of: the row of a record; None where it is not there.
    :ivar pairs: finds so many pairs, the nearest.
    :ivar records: reads records, by id; without those that are not there.
    :ivar sharpness: see ``Collection.sharpness``.
    :ivar reviews: the reviews that each record is in.
    """

    key: tuple[object, ...]
    moment: object
    rows: NDArray[np.bool_]
    row_of: Callable[[str], int | None]
    pairs: Callable[[int], PairsPage]
    records: Callable[[Sequence[str]], Mapping[str, Record]]
    sharpness: Callable[[Sequence[str]], Mapping[str, float]]
    reviews: Mapping[str, set[str]]

    def present(self, record_id: str) -> bool:
        """Whether a record is among the rows that are looked at."""
        row = self.row_of(record_id)
        return row is not None and bool(self.rows[row])

    def reviewed(self, pair: Pair) -> bool:
        """Whether somebody looked at both records of a pair, and keeps them."""
        return not self.reviews.get(pair.first, set()).isdisjoint(self.reviews.get(pair.second, ()))


@define(eq=False)
class _Found:
    """Pairs of some rows, and the clusters made of those that are still there.

    :ivar rows: bool (size,): the rows that were looked at.
    :ivar moment: what the clusters are as of.
    :ivar left: pairs whose records are there, and that nobody reviewed.
    :ivar made: clusters by what was asked.
    """

    key: tuple[object, ...]
    rows: NDArray[np.bool_]
    pairs: Sequence[Pair]
    worths: Mapping[str, Worth]
    total: int
    uncompared: int
    approximate: bool = False
    moment: object = None
    left: Sequence[Pair] = ()
    reviewed: int = 0
    made: dict[object, list[ClusterIds]] = field(factory=dict)

    def holds_for(self, reader: ClusterReader) -> bool:
        """Whether no other row came in: pairs of rows that went are left out."""
        return self.key == reader.key and not np.any(reader.rows & ~self.rows)

    def follow(self, reader: ClusterReader) -> None:
        """Leave out what is gone or was reviewed."""
        moment = reader.moment, reader.reviews
        if self.moment == moment:
            return
        there = [
            pair
            for pair in self.pairs
            if reader.present(pair.first) and reader.present(pair.second)
        ]
        self.left = [pair for pair in there if not reader.reviewed(pair)]
        self.reviewed = len(there) - len(self.left)
        self.moment, self.made = moment, {}

    def clusters(self, kind: DuplicateKind) -> list[ClusterIds]:
        """Clusters of pairs that are so much alike at least."""
        return self._once(("clusters", kind), lambda: self._choice(kind).clusters())

    def as_pairs(self, kind: DuplicateKind) -> list[ClusterIds]:
        """Pairs that are so much alike at least."""
        return self._once(("pairs", kind), lambda: self._choice(kind).pairs())

    def of_kind(self, kind: DuplicateKind) -> list[ClusterIds]:
        """Clusters whose least alike pair is of a broad kind; made of no pairs that are less alike."""
        least = DuplicateKind.MIRRORED if kind is DuplicateKind.NEAR else kind
        return [each for each in self.clusters(least) if each.kind.broad is kind]

    def _choice(self, kind: DuplicateKind) -> Choice:
        return Choice([pair for pair in self.left if pair.kind.at_least(kind)], self.worths)

    def _once(self, key: object, make: Callable[[], list[ClusterIds]]) -> list[ClusterIds]:
        if key not in self.made:
            self.made[key] = make()
        return self.made[key]


class ClusterPages:
    """Shows clusters of a collection's near-duplicates. Thread-safe.

    Pairs are kept until a record comes in: while records only go, or come back, what was found stays right.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: _Found | None = None

    def page(
        self,
        reader: ClusterReader,
        kind: DuplicateKind,
        *,
        only: bool,
        pairs: bool,
        offset: int,
        limit: int,
    ) -> ClustersPage:
        """One page of clusters; see ``Collection.duplicate_clusters``."""
        # One at a time: whoever asks for the same meanwhile gets it when it is done.
        with self._lock:
            if self._last is None or not self._last.holds_for(reader):
                self._last = _find(reader)
            found = self._last
            found.follow(reader)
            if only:
                chosen = found.of_kind(kind.broad)
            else:
                chosen = found.as_pairs(kind) if pairs else found.clusters(kind)
            counts = {broad: len(found.of_kind(broad)) for broad in _BROAD}
            reviewed = found.reviewed
        shown = chosen[offset : offset + limit]
        ids = sorted({record_id for each in shown for record_id in each.ids})
        records = reader.records(ids)
        return ClustersPage(
            [each.with_records(records, found.worths) for each in shown],
            len(chosen),
            counts,
            found.total,
            len(found.pairs),
            found.uncompared,
            reviewed,
            found.approximate,
        )


def _find(reader: ClusterReader) -> _Found:
    page = reader.pairs(MOST_PAIRS)
    ids = sorted({record_id for pair in page.pairs for record_id in (pair.first, pair.second)})
    return _Found(
        reader.key,
        reader.rows,
        page.pairs,
        _worths(page.pairs, reader.records(ids), reader.sharpness(ids)),
        page.total,
        page.uncompared,
        page.approximate,
    )


def _worths(
    pairs: Sequence[Pair], records: Mapping[str, Record], sharpness: Mapping[str, float]
) -> dict[str, Worth]:
    large = {
        record_id
        for record_id, record in records.items()
        if min(record.width, record.height) >= _SHARP_SIDE
    }
    soft = set()
    for pair in pairs:
        one, other = sharpness.get(pair.first), sharpness.get(pair.second)
        if pair.kind in (DuplicateKind.EXACT, DuplicateKind.SIMILAR) or not one or not other:
            continue
        # The sharpness of small images says nothing of that of others.
        if one < _ENLARGED * other and pair.second in large:
            soft.add(pair.first)
        elif other < _ENLARGED * one and pair.first in large:
            soft.add(pair.second)
    return {record_id: _worth(record, record_id in soft) for record_id, record in records.items()}


def _worth(record: Record, soft: bool) -> Worth:
    modified = record.attributes.get("modified")
    return Worth(
        record.width * record.height,
        _FORMATS.get(record.format, 1),
        record.bytes,
        modified if isinstance(modified, str) else _LATEST,
        record.number,
        soft,
    )

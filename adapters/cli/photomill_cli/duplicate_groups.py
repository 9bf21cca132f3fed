"""Near-duplicates that belong together, and which of them to keep."""

from collections.abc import Mapping, Sequence

from attrs import frozen

from photomill import DuplicateKind, Pair, Record

_BY_LIKENESS = list(DuplicateKind)
_ENLARGED = 0.8
"""A picture that is less sharp than this part of another's was enlarged, or blurred."""


@frozen
class DuplicateGroup:
    """A pair or a cluster.

    :ivar records: by falling worth.
    :ivar keep: the one to keep, which each other one is like; None where all are superfluous beside a better one.
    :ivar kind: of the least alike.
    :ivar distance: the largest.
    """

    records: Sequence[Record]
    keep: Record | None
    kind: DuplicateKind
    distance: float

    @property
    def superfluous(self) -> Sequence[Record]:
        return [record for record in self.records if record is not self.keep]


class Choice:
    """Which records to keep: each other one is like one that is kept, and nothing is both.

    The best record is kept and what is like it is superfluous; then the best of the rest, and so on.
    """

    def __init__(
        self, pairs: Sequence[Pair], records: Mapping[str, Record], sharpness: Mapping[str, float]
    ) -> None:
        """
        :param records: those that are still there.
        :param sharpness: see ``Collection.sharpness``; without those unknown.
        """
        self._records = records
        self._pairs = [pair for pair in pairs if pair.first in records and pair.second in records]
        self._worth = _worths(self._pairs, records, sharpness)
        self._pairs_of: dict[str, list[Pair]] = {}
        for pair in self._pairs:
            self._pairs_of.setdefault(pair.first, []).append(pair)
            self._pairs_of.setdefault(pair.second, []).append(pair)
        self._kept_for: dict[str, str] = {}
        for record_id in sorted(self._pairs_of, key=self._worth.__getitem__):
            if record_id not in self._kept_for:
                self._kept_for[record_id] = record_id
                for other in self._others(record_id):
                    self._kept_for.setdefault(other, record_id)

    def clusters(self) -> list[DuplicateGroup]:
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
                _BY_LIKENESS.index(group.kind),
                -len(group.records),
                group.distance,
                group.records[0].id,
            ),
        )

    def pairs(self) -> list[DuplicateGroup]:
        """Each pair as a group, nearest first."""
        return [self._group([pair]) for pair in self._pairs]

    def _others(self, record_id: str) -> list[str]:
        return [
            pair.second if pair.first == record_id else pair.first
            for pair in self._pairs_of[record_id]
        ]

    def _group(self, pairs: Sequence[Pair]) -> DuplicateGroup:
        ids = {record_id for pair in pairs for record_id in (pair.first, pair.second)}
        ordered = sorted(ids, key=self._worth.__getitem__)
        kept = [record_id for record_id in ordered if self._kept_for[record_id] == record_id]
        return DuplicateGroup(
            records=[self._records[record_id] for record_id in ordered],
            keep=self._records[kept[0]] if kept else None,
            kind=max((pair.kind for pair in pairs), key=_BY_LIKENESS.index),
            distance=max(pair.distance for pair in pairs),
        )


def _worths(
    pairs: Sequence[Pair], records: Mapping[str, Record], sharpness: Mapping[str, float]
) -> dict[str, tuple[bool, int, int, int]]:
    """What sorts the best record to the front: sharp ones, then by pixels, bytes, and the earlier."""
    soft = set()
    for pair in pairs:
        one, other = sharpness.get(pair.first), sharpness.get(pair.second)
        if pair.kind in (DuplicateKind.EXACT, DuplicateKind.SIMILAR) or not one or not other:
            continue
        if one < _ENLARGED * other and _as_large(records[pair.second]):
            soft.add(pair.first)
        elif other < _ENLARGED * one and _as_large(records[pair.first]):
            soft.add(pair.second)
    return {
        record_id: (
            record_id in soft,
            -record.width * record.height,
            -record.bytes,
            record.number,
        )
        for record_id, record in records.items()
    }


def _as_large(record: Record) -> bool:
    """Whether a picture is large enough for its sharpness to be compared with that of others."""
    return min(record.width, record.height) >= _SHARP_SIDE


_SHARP_SIDE = 320
"""The shorter side, in pixels, at which sharpness is measured."""

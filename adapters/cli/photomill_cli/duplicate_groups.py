"""Near-duplicates that belong together, and which of them to keep."""

from collections.abc import Mapping, Sequence

from attrs import frozen

from photomill.collections.model import DuplicateKind, Pair, Record
from photomill.collections.pairs import Clusters

_BY_LIKENESS = [DuplicateKind.EXACT, DuplicateKind.NEAR, DuplicateKind.SIMILAR]


@frozen
class DuplicateGroup:
    """A pair or a cluster.

    :ivar records: the one to keep first, then by falling worth.
    :ivar kind: of the pair that is least alike.
    :ivar distance: the largest of its pairs.
    """

    records: Sequence[Record]
    kind: DuplicateKind
    distance: float

    @property
    def keep(self) -> Record:
        return self.records[0]

    @property
    def superfluous(self) -> Sequence[Record]:
        return self.records[1:]


def pairs_of(pairs: Sequence[Pair], records: Mapping[str, Record]) -> list[DuplicateGroup]:
    """Each pair as a group, nearest first; pairs of which a record is gone are left out."""
    return [
        _group([pair], records)
        for pair in pairs
        if pair.first in records and pair.second in records
    ]


def clusters_of(pairs: Sequence[Pair], records: Mapping[str, Record]) -> list[DuplicateGroup]:
    """Pairs that share a record, joined; the largest cluster first."""
    numbers = {record_id: number for number, record_id in enumerate(sorted(records))}
    present = [pair for pair in pairs if pair.first in numbers and pair.second in numbers]
    joined = Clusters()
    for pair in present:
        joined.join(numbers[pair.first], numbers[pair.second])
    clusters = joined.groups()
    cluster_of = {number: place for place, members in enumerate(clusters) for number in members}
    members_of: list[list[Pair]] = [[] for _ in clusters]
    for pair in present:
        members_of[cluster_of[numbers[pair.first]]].append(pair)
    return [_group(members, records) for members in members_of]


def _group(pairs: Sequence[Pair], records: Mapping[str, Record]) -> DuplicateGroup:
    ids = {record_id for pair in pairs for record_id in (pair.first, pair.second)}
    return DuplicateGroup(
        records=sorted((records[record_id] for record_id in ids), key=_worth),
        kind=max((pair.kind for pair in pairs), key=_BY_LIKENESS.index),
        distance=max(pair.distance for pair in pairs),
    )


def _worth(record: Record) -> tuple[int, int, str]:
    """Sorts what is worth keeping to the front: pixels, then bytes, then the id, so that it is always the same."""
    return -record.width * record.height, -record.bytes, record.id

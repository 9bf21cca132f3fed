"""Changing a collection: insert, update, delete. What returns is on disk."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from attrs import frozen

from photomill.catalog import Catalog
from photomill.collections.duplicates import WIDER, Copies, kind_of
from photomill.collections.hashes import HASH_BITS, HashIndex, bits_apart
from photomill.collections.ingest import Ingest
from photomill.collections.model import (
    Attributes,
    DuplicateKind,
    Hit,
    InsertReport,
    NewRecord,
    Skipped,
)
from photomill.collections.ranking import IndexView, Ranking
from photomill.collections.rows import RowStore
from photomill.collections.store.records import AddedRow, PreparedRecord, RecordTable, StoredRecord
from photomill.collections.target import Target
from photomill.collections.validation import check_attributes
from photomill.components import Predicate
from photomill.errors import CapacityExceeded, PhotomillError

_NEIGHBOURS = 100
"""Near-duplicates named to the caller, at most."""


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
class Writer:
    """Writes to one collection; one transaction a call, in the order of the calls.

    :ivar max_records: 0 for no limit.
    :ivar inserted: told of each record's id once it is durable.
    """

    catalog: Catalog
    table: RecordTable
    store: RowStore
    ingest: Ingest
    hashes: HashIndex
    scale: float
    max_records: int
    inserted: Callable[[str], None]

    def insert(self, records: Sequence[NewRecord], refused: Refused | None) -> InsertReport:
        """Insert records; none fails the others.

        :param refused: which near-duplicates to leave out; None for none.
        :raises CapacityExceeded: nothing could be stored because the disk is full.
        """
        outcomes: list[Skipped | PreparedRecord | None] = [None] * len(records)
        fresh = self._fresh(records, outcomes)
        for place, prepared in zip(
            fresh, self.ingest.prepare_all([records[place] for place in fresh]), strict=True
        ):
            outcomes[place] = _as_outcome(records[place].id, prepared)
        with self.store.lock:
            self._store(outcomes, refused)
        stored = [outcome for outcome in outcomes if isinstance(outcome, PreparedRecord)]
        for record in stored:
            self.inserted(record.id)
        return InsertReport(
            [record.id for record in stored],
            [outcome for outcome in outcomes if isinstance(outcome, Skipped)],
            {record.id: record.notes for record in stored if record.notes},
        )

    def update(
        self, changes: Sequence[tuple[str, Attributes]], unset: Mapping[str, Sequence[str]]
    ) -> list[StoredRecord | None]:
        """Merge attributes into records, and take those named in ``unset`` away; None for records not there.

        :raises InvalidInput: a bad attribute, or more of them than a record may have; nothing is changed.
        """
        for _, attributes in changes:
            check_attributes(attributes)
        ids = [record_id for record_id, _ in changes]
        with self.store.lock:
            with self.catalog.write() as connection:
                position = self.table.advance(connection)
                stored = self.table.stored(ids, connection)
                for record_id, attributes in changes:
                    if record_id in stored:
                        merged = stored[record_id].attributes
                        merged.update(attributes)
                        for name in unset.get(record_id, ()):
                            merged.pop(name, None)
                        check_attributes(merged)
                for record_id, record in stored.items():
                    self.table.update(record_id, record.attributes, position.sequence, connection)
            self.store.updated([record.serial for record in stored.values()], position)
        return [stored.get(record_id) for record_id in ids]

    def delete(self, ids: Sequence[str]) -> list[bool]:
        """Remove records; tells of each whether it was there."""
        with self.store.lock:
            with self.catalog.write() as connection:
                position = self.table.advance(connection)
                gone = self.table.delete(ids, position.sequence, connection)
            self.store.removed(gone.values(), position)
        found, seen = [], set[str]()
        for record_id in ids:
            found.append(record_id in gone and record_id not in seen)
            seen.add(record_id)
        return found

    def delete_where(self, ids: Sequence[str], predicate: Predicate | None) -> list[StoredRecord]:
        """Remove those of some records that a predicate still lets through; returns what was removed."""
        with self.store.lock:
            with self.catalog.write() as connection:
                position = self.table.advance(connection)
                stored = self.table.stored(ids, connection)
                doomed = {
                    record.id: record
                    for record in stored.values()
                    if predicate is None
                    or predicate.matches({**record.attributes, "_id": record.id})
                }
                gone = self.table.delete(list(doomed), position.sequence, connection)
            self.store.removed(gone.values(), position)
        return [doomed[record_id] for record_id in ids if record_id in gone]

    # ------------------------------------------------------------ inserting

    def _fresh(
        self, records: Sequence[NewRecord], outcomes: list[Skipped | PreparedRecord | None]
    ) -> list[int]:
        """Places of records worth preparing; those whose id is taken are skipped before their picture is fetched."""
        view = self.store.view()
        seen: set[str] = set()
        fresh = []
        for place, record in enumerate(records):
            taken = isinstance(record.id, str) and (
                record.id in seen or view.row_of(record.id) is not None
            )
            if taken:
                outcomes[place] = Skipped(record.id)
            else:
                fresh.append(place)
                seen.add(record.id)
        return fresh

    def _store(
        self, outcomes: list[Skipped | PreparedRecord | None], refused: Refused | None
    ) -> None:
        """Store what is prepared, and turn what cannot be stored into why."""
        places = [
            place for place, outcome in enumerate(outcomes) if isinstance(outcome, PreparedRecord)
        ]
        if not places:
            return
        with self.catalog.write() as connection:
            position = self.table.advance(connection)
            # Another process may have written since these were prepared; from here on it waits.
            self.store.follow()
            prepared = {
                place: outcome
                for place in places
                if isinstance(outcome := outcomes[place], PreparedRecord)
            }
            taken = self.table.existing([record.id for record in prepared.values()], connection)
            for place in [place for place, record in prepared.items() if record.id in taken]:
                outcomes[place] = Skipped(prepared.pop(place).id)
            if refused is not None:
                self._refuse_near_duplicates(prepared, outcomes, refused)
            if self.max_records:
                self._refuse_beyond_capacity(prepared, outcomes, self.table.count(connection))
            accepted = list(prepared.values())
            serials = self.table.insert(accepted, position.sequence, connection) if accepted else []
        rows = [
            AddedRow(serial, record.id, b"")
            for serial, record in zip(serials, accepted, strict=True)
        ]
        self.store.added(
            rows, np.array([record.vector for record in accepted], np.float32), position
        )

    def _refuse_near_duplicates(
        self,
        prepared: dict[int, PreparedRecord],
        outcomes: list[Skipped | PreparedRecord | None],
        refused: Refused,
    ) -> None:
        accepted: list[PreparedRecord] = []
        for place, record in list(prepared.items()):
            target = Target(record.vector[np.newaxis], self.scale)
            hits = [
                hit
                for hit in [
                    *self._stored_copies(record, target, refused),
                    *_earlier_copies(record, accepted, target, refused),
                ]
                if hit.kind is not None and hit.kind.at_least(refused.kind)
            ]
            if hits:
                hits.sort(key=lambda hit: (hit.distance, hit.id))
                outcomes[place] = Skipped(record.id, duplicate_of=hits[:_NEIGHBOURS])
                del prepared[place]
            else:
                accepted.append(record)

    def _stored_copies(self, record: PreparedRecord, target: Target, refused: Refused) -> list[Hit]:
        """The nearest stored near-duplicates of a record."""
        view = self.store.latest
        copies = Copies(
            view, self.table, self.hashes, record.appearance, target, refused.radius, refused.strict
        )
        near = Ranking(view, IndexView(), target).within(refused.radius).first(_NEIGHBOURS)
        hits = [
            Hit(record_id, float(distance))
            for record_id, distance in zip(
                view.ids_of(near.rows.tolist()), near.distances, strict=True
            )
        ]
        return [*copies.labelled(hits), *copies.beyond()]

    def _refuse_beyond_capacity(
        self,
        prepared: dict[int, PreparedRecord],
        outcomes: list[Skipped | PreparedRecord | None],
        count: int,
    ) -> None:
        for place in list(prepared)[max(0, self.max_records - count) :]:
            full = CapacityExceeded(f"the collection holds its limit of {self.max_records} records")
            outcomes[place] = Skipped(prepared.pop(place).id, full)


def _as_outcome(
    record_id: str, prepared: PreparedRecord | PhotomillError
) -> Skipped | PreparedRecord:
    if isinstance(prepared, PreparedRecord):
        return prepared
    return Skipped(record_id, prepared)


def _earlier_copies(
    record: PreparedRecord, accepted: Sequence[PreparedRecord], target: Target, refused: Refused
) -> list[Hit]:
    """Near-duplicates of a record among those that come before it in the same call."""
    if not accepted:
        return []
    hits = []
    distances = target.distances(np.stack([earlier.vector for earlier in accepted]))
    for earlier, distance in zip(accepted, distances.tolist(), strict=True):
        within = distance <= refused.radius
        if not within and not (
            distance <= WIDER * refused.radius and _hashes_agree(record, earlier)
        ):
            continue
        kind = kind_of(record.appearance, earlier.appearance, strict=refused.strict)
        if within or kind is not DuplicateKind.SIMILAR:
            hits.append(Hit(earlier.id, distance, kind=kind))
    return hits


def _hashes_agree(one: PreparedRecord, other: PreparedRecord) -> bool:
    if not len(one.hashes) or not len(other.hashes):
        return False
    return bool(bits_apart(one.hashes, other.hashes[0]).min() <= HASH_BITS)

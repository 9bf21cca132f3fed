"""Changing a collection: insert, update, delete. What returns is on disk."""

import time
from collections.abc import Callable, Container, Mapping, Sequence

import numpy as np
from attrs import evolve, frozen

from photomill.catalog import Catalog
from photomill.collections.backend import Followed
from photomill.collections.duplicates.check import DuplicateCheck, Refused
from photomill.collections.duplicates.hashes import HashIndex
from photomill.collections.ingest import Ingest
from photomill.collections.model import (
    Attributes,
    InsertReport,
    NewRecord,
    Record,
    Skipped,
)
from photomill.collections.people.finding import FaceFinder
from photomill.collections.store.descriptions import filtered
from photomill.collections.store.dropped import DroppedTable
from photomill.collections.store.records import AddedRow, PreparedRecord, RecordTable
from photomill.collections.validation import check_attributes
from photomill.components import Predicate
from photomill.errors import CapacityExceeded, Conflict, NotFound, PhotomillError, ResourcesMissing

_FEW = 4096
"""Rows that may be looked through for near-duplicates while other writers wait: some ten milliseconds' worth."""

_TRIES = 5
"""How often a transaction is left because more than that came in, before everybody must wait."""


class _TooMuchCameIn(Exception):
    """Too many rows came in, while a transaction was waited for, to be looked through inside it."""


@frozen(eq=False)
class Writer:
    """Writes to one collection; one transaction a call, in the order of the calls.

    :ivar max_records: 0 for no limit.
    :ivar inserted: told of each record's id once it is durable.
    :ivar remove_thumbnails: removes files by their tokens.
    """

    catalog: Catalog
    table: RecordTable
    dropped: DroppedTable
    store: Followed
    ingest: Ingest
    hashes: HashIndex
    scale: float
    max_records: int
    inserted: Callable[[str], None]
    remove_thumbnails: Callable[[Sequence[str]], None]
    people: FaceFinder

    def insert(self, records: Sequence[NewRecord], refused: Refused | None) -> InsertReport:
        """Insert records; none fails the others.

        :param refused: which near-duplicates to leave out; None for none.
        :raises CapacityExceeded: nothing could be stored because the disk is full.
        :raises IndexUnavailable: nothing was stored, as an index is too far behind.
        :raises ResourcesMissing: nothing was stored, as the embedder's device has no memory left.
        """
        self.store.admit()
        outcomes: list[Skipped | PreparedRecord | None] = [None] * len(records)
        fresh = self._fresh(records, outcomes)
        ready = self.ingest.prepare_all(
            [records[place] for place in fresh],
            thumbnails=self.table.thumbnails.wanted(),
            texts=self.table.texts.wanted(),
            people=self.people.wanted(),
        )
        for missing in ready:
            if isinstance(missing, ResourcesMissing):
                # No record is at fault; the same may work soon.
                self._remove_refused(ready, [])
                raise missing
        for place, prepared in zip(fresh, ready, strict=True):
            outcomes[place] = _as_outcome(records[place].id, prepared)
        self._store(outcomes, refused)
        self._remove_refused(ready, outcomes)
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
    ) -> list[Record | None]:
        """Merge attributes into records, and take those named in ``unset`` away; None for records not there.

        :raises InvalidInput: a bad attribute, or more of them than a record may have; nothing is changed.
        """
        for _, attributes in changes:
            check_attributes(attributes)
        ids = [record_id for record_id, _ in changes]
        with self.store.writing:
            with self.catalog.write() as connection:
                position = self.table.advance(connection)
                stored = self.table.descriptions.stored(ids, connection)
                for record_id, attributes in changes:
                    if record_id in stored:
                        merged = {**stored[record_id].attributes, **attributes}
                        for name in unset.get(record_id, ()):
                            merged.pop(name, None)
                        check_attributes(merged)
                        stored[record_id] = evolve(stored[record_id], attributes=merged)
                for record_id, record in stored.items():
                    self.table.update(record_id, record.attributes, position.sequence, connection)
            self.store.updated([record.number for record in stored.values()], position)
        return [stored.get(record_id) for record_id in ids]

    def delete(self, ids: Sequence[str]) -> list[bool]:
        """Remove records; tells of each whether it was there."""
        with self.store.writing:
            with self.catalog.write() as connection:
                position = self.table.advance(connection)
                gone = self.table.delete(ids, position.sequence, connection)
                thumbnails = self.table.forget(gone.values(), connection)
            self.store.removed(gone.values(), position)
        self.remove_thumbnails(thumbnails)
        return _first_of_each(ids, gone)

    def drop(self, ids: Sequence[str]) -> list[bool]:
        """Take records out and keep them whole elsewhere; tells of each whether it was there."""
        with self.store.writing:
            with self.catalog.write() as connection:
                position = self.table.advance(connection)
                self.dropped.keep(list(dict.fromkeys(ids)), time.time(), connection)
                gone = self.table.delete(ids, position.sequence, connection)
            self.store.removed(gone.values(), position)
        return _first_of_each(ids, gone)

    def restore(self, ids: Sequence[str]) -> InsertReport:
        """Put dropped records back as they were; none fails the others."""
        with self.store.writing:
            with self.catalog.write() as connection:
                position = self.table.advance(connection)
                found = self.dropped.latest(ids, connection)
                taken = self.table.existing(ids, connection)
                skipped = [
                    Skipped(record_id, _why_not_restored(record_id, taken))
                    for record_id in dict.fromkeys(ids)
                    if record_id in taken or record_id not in found
                ]
                fit = [each for record_id, each in found.items() if record_id not in taken]
                if self.max_records:
                    room = max(0, self.max_records - self.table.count(connection))
                    skipped += [Skipped(each.record.id, self._full()) for each in fit[room:]]
                    fit = fit[:room]
                serials = [each.record.number for each in fit]
                self.dropped.restore(serials, position.sequence, connection)
            self.store.follow()
        return InsertReport([each.record.id for each in fit], skipped)

    def empty_dropped(self, ids: Sequence[str] | None) -> int:
        """Remove dropped records for good; tells how many."""
        with self.catalog.write() as connection:
            # What is known of people is followed by the number.
            self.table.advance(connection)
            gone = self.dropped.remove(ids, connection)
            thumbnails = self.table.forget(gone, connection)
        self.remove_thumbnails(thumbnails)
        return len(gone)

    def delete_where(self, ids: Sequence[str], predicate: Predicate | None) -> list[Record]:
        """Remove those of some records that a predicate still lets through; returns what was removed."""
        with self.store.writing:
            with self.catalog.write() as connection:
                position = self.table.advance(connection)
                stored = self.table.descriptions.stored(ids, connection)
                doomed = {
                    record.id: record
                    for record in stored.values()
                    if predicate is None or predicate.matches(filtered(record))
                }
                gone = self.table.delete(list(doomed), position.sequence, connection)
                thumbnails = self.table.forget(gone.values(), connection)
            self.store.removed(gone.values(), position)
        self.remove_thumbnails(thumbnails)
        return [doomed[record_id] for record_id in ids if record_id in gone]

    # ------------------------------------------------------------ inserting

    def _remove_refused(
        self,
        ready: Sequence[PreparedRecord | PhotomillError],
        outcomes: Sequence[Skipped | PreparedRecord | None],
    ) -> None:
        """Remove the thumbnails of records that were not stored after all."""
        stored = {id(outcome) for outcome in outcomes}
        self.remove_thumbnails(
            [
                record.thumbnail.token
                for record in ready
                if isinstance(record, PreparedRecord) and record.thumbnail is not None
                if id(record) not in stored
            ]
        )

    def _fresh(
        self, records: Sequence[NewRecord], outcomes: list[Skipped | PreparedRecord | None]
    ) -> list[int]:
        """Places of records worth preparing; those whose id is taken are skipped before their image is fetched."""
        stored = self.store.taken([each.id for each in records if isinstance(each.id, str)])
        seen: set[str] = set()
        fresh = []
        for place, record in enumerate(records):
            taken = isinstance(record.id, str) and (record.id in seen or record.id in stored)
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
        prepared = {
            place: outcome
            for place, outcome in enumerate(outcomes)
            if isinstance(outcome, PreparedRecord)
        }
        if not prepared:
            return
        check = None
        if refused is not None:
            check = DuplicateCheck(prepared, refused, self.table, self.hashes, self.scale)
        for left in reversed(range(_TRIES)):
            if check is not None:
                # Nobody waits for this, be the collection ever so large.
                while check.pending(view := self.store.view()) > _FEW:
                    check.follow(view)
            try:
                skipped = self._store_checked(prepared, check, may_leave=left > 0)
            except _TooMuchCameIn:
                continue
            outcomes[:] = [skipped.get(place, outcome) for place, outcome in enumerate(outcomes)]
            return

    def _store_checked(
        self,
        prepared: Mapping[int, PreparedRecord],
        check: DuplicateCheck | None,
        *,
        may_leave: bool,
    ) -> dict[int, Skipped]:
        """Store what can be stored in one transaction; returns what cannot, by place.

        :raises _TooMuchCameIn: nothing was stored, as others would have had to wait.
        """
        with self.store.writing:
            if check is not None:
                check.follow(self.store.view())
            with self.catalog.write() as connection:
                position = self.table.advance(connection)
                taken = self.store.taken_inside([each.id for each in prepared.values()], connection)
                skipped = {
                    place: Skipped(record.id)
                    for place, record in prepared.items()
                    if record.id in taken
                }
                if check is not None:
                    view = self.store.latest
                    if may_leave and check.pending(view) > _FEW:
                        raise _TooMuchCameIn
                    check.follow(view)
                    near = check.duplicates(view, prepared.keys() - skipped.keys())
                    for place, hits in near.items():
                        skipped[place] = Skipped(prepared[place].id, duplicate_of=hits)
                if self.max_records:
                    live = self.store.live(connection)
                    skipped.update(self._beyond_capacity(prepared, skipped, live))
                accepted = [record for place, record in prepared.items() if place not in skipped]
                serials = (
                    self.table.insert(accepted, position.sequence, connection) if accepted else []
                )
                looked = {
                    serial: record.faces
                    for serial, record in zip(serials, accepted, strict=True)
                    if record.faces is not None
                }
                if looked:
                    self.people.enter(looked, connection)
            rows = [
                AddedRow(serial, record.id, b"")
                for serial, record in zip(serials, accepted, strict=True)
            ]
            self.store.added(
                rows, np.array([record.vector for record in accepted], np.float32), position
            )
        return skipped

    def _beyond_capacity(
        self, prepared: Mapping[int, PreparedRecord], skipped: Container[int], live: int
    ) -> dict[int, Skipped]:
        """What does not fit into the collection any more."""
        places = [place for place in prepared if place not in skipped]
        room = max(0, self.max_records - live)
        return {place: Skipped(prepared[place].id, self._full()) for place in places[room:]}

    def _full(self) -> CapacityExceeded:
        return CapacityExceeded(f"the collection holds its limit of {self.max_records} records")


def _first_of_each(ids: Sequence[str], gone: Container[str]) -> list[bool]:
    """Of each id whether it went; of one that comes twice, once."""
    found, seen = [], set[str]()
    for record_id in ids:
        found.append(record_id in gone and record_id not in seen)
        seen.add(record_id)
    return found


def _why_not_restored(record_id: str, taken: Container[str]) -> PhotomillError:
    if record_id in taken:
        return Conflict(f"the id {record_id!r} belongs to another record now")
    return NotFound(f"no dropped record {record_id!r}")


def _as_outcome(
    record_id: str, prepared: PreparedRecord | PhotomillError
) -> Skipped | PreparedRecord:
    if isinstance(prepared, PreparedRecord):
        return prepared
    return Skipped(record_id, prepared)

"""What an external index has not applied yet, in memory: each search looks through all of it."""

import threading
from collections.abc import Callable, Mapping

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from photomill.collections.store.changes import ChangedRecord, ChangeTable
from photomill.collections.store.records import Position
from photomill.components import Predicate, Vectors
from photomill.errors import IndexUnavailable

MOST = 50_000
"""Records beyond which inserts wait for the index. A search looks through twice as many: changes are never refused."""


@frozen(eq=False)
class Tail:
    """The changes from one sequence to another. Never changes.

    :ivar after: the sequence that an index has applied.
    :ivar position: the collection's, to which the changes lead.
    :ivar records: that were inserted or changed, by serial.
    :ivar gone: serials of records that were deleted, and when.
    """

    after: int
    position: Position
    records: Mapping[int, ChangedRecord]
    gone: Mapping[int, int]
    _joined: list[Vectors] = field(factory=list, init=False, repr=False)

    @property
    def masked(self) -> list[int]:
        """Serials of which an index may hold what is true no longer."""
        return [*self.records, *self.gone]

    def matching(self, predicate: Predicate | None) -> list[int]:
        """The serials of its records that a filter lets through, ascending."""
        return sorted(
            serial
            for serial, each in self.records.items()
            if predicate is None or predicate.matches(each.record)
        )

    def vectors(self, dimension: int) -> Vectors:
        """The vectors of its records in their order: float32 (n, dimension)."""
        if not self._joined:
            each = [record.vector for record in self.records.values()]
            self._joined.append(np.stack(each) if each else np.empty((0, dimension), np.float32))
        return self._joined[0]

    def serials(self) -> NDArray[np.int64]:
        """The serials of its records, in the order of :meth:`vectors`."""
        return np.fromiter(self.records, np.int64, len(self.records))


class Tails:
    """Keeps a collection's last tail, so that each search reads only what came since. Thread-safe."""

    def __init__(self, table: ChangeTable) -> None:
        self._table = table
        self._lock = threading.Lock()
        self._last: Tail | None = None

    def at(
        self, after: int, position: Position, connection: Connection, behind: Callable[[], None]
    ) -> Tail:
        """The changes after a sequence, up to where a connection sees the collection.

        :param behind: called where there are any, before they are read: somebody has to apply them.
        :raises IndexUnavailable: they are too many to be looked through: an index is being made.
        """
        if position.sequence > after:
            behind()
        last = self._last
        if last is not None and (last.after, last.position) == (after, position):
            tail = last
        else:
            tail = self._followed(last, after, position, connection)
            with self._lock:
                # A search of an earlier moment puts nothing in the place of a later one's.
                if self._last is None or self._last.position.sequence <= position.sequence:
                    self._last = tail
        return tail

    def _followed(
        self, last: Tail | None, after: int, position: Position, connection: Connection
    ) -> Tail:
        usable = (
            last is not None
            and last.position.epoch == position.epoch
            and last.after <= after <= last.position.sequence <= position.sequence
        )
        records: dict[int, ChangedRecord] = {}
        gone: dict[int, int] = {}
        since = after
        if usable and last is not None:
            records = {each.serial: each for each in last.records.values() if each.sequence > after}
            gone = {serial: when for serial, when in last.gone.items() if when > after}
            since = last.position.sequence
        if self._table.pending(since, 2 * MOST + 1, connection) > 2 * MOST:
            raise _too_much()
        for each in self._table.changed_since(since, connection):
            records[each.serial] = each
            gone.pop(each.serial, None)
        for serial, when in self._table.deleted_since(since, connection).items():
            records.pop(serial, None)
            gone[serial] = when
        if len(records) > 2 * MOST:
            raise _too_much()
        return Tail(after, position, records, gone)


def _too_much() -> IndexUnavailable:
    return IndexUnavailable(
        f"the index is being made: it lacks over {2 * MOST} records, and no answer leaves any out"
    )

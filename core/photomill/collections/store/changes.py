"""What changed in a collection, in the order of the changes, and its records by their serials."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
import sqlalchemy as sa
from attrs import field, frozen
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from photomill.catalog import rows_among
from photomill.collections.store.records import RecordTable
from photomill.collections.store.tables import ROWS_AT_ONCE, deletions, records


@frozen(eq=False)
class ChangedRecord:
    """A record that was inserted, changed or restored.

    :ivar sequence: of the last change.
    :ivar record: what a filter sees of it, ``_id`` included.
    :ivar vector: float32 (dimension,).
    """

    serial: int
    sequence: int
    record: dict[str, Any] = field(repr=False)
    vector: NDArray[np.float32] = field(repr=False)

    @property
    def id(self) -> str:
        return str(self.record["_id"])


class ChangeTable:
    """The changes of one collection, as connections see them."""

    def __init__(self, collection_id: str, table: RecordTable) -> None:
        """
        :param table: tells what a filter sees of records.
        """
        self._collection_id = collection_id
        self._table = table
        self._mine = records.c.collection_id == collection_id

    def changed_since(self, sequence: int, connection: Connection) -> list[ChangedRecord]:
        """Records whose last change came after a sequence number, in the order of these changes."""
        return self._records(connection.execute(self._changed(sequence)).all(), connection)

    def first_changed_since(
        self, sequence: int, most: int, connection: Connection
    ) -> tuple[list[ChangedRecord], int | None]:
        """The first of :meth:`changed_since`, about so many: those of one sequence are never parted.

        :returns: also the sequence that they lead to; None where they are all.
        """
        query = self._changed(sequence)
        rows = connection.execute(query.limit(most)).all()
        if len(rows) < most:
            return self._records(rows, connection), None
        last = rows[-1].sequence
        whole = [row for row in rows if row.sequence < last]
        if not whole:
            whole = list(connection.execute(query.where(records.c.sequence == last)).all())
        return self._records(whole, connection), whole[-1].sequence

    def _changed(self, sequence: int) -> "sa.Select[Any]":
        return (
            sa.select(records.c.serial, records.c.sequence, records.c.vector)
            .where(self._mine, records.c.sequence > sequence)
            .order_by(records.c.sequence, records.c.serial)
        )

    def deleted_since(self, sequence: int, connection: Connection) -> dict[int, int]:
        """Serials of records that are gone since a sequence number, and when each went."""
        query = sa.select(deletions.c.serial, deletions.c.sequence).where(
            deletions.c.collection_id == self._collection_id, deletions.c.sequence > sequence
        )
        return {row.serial: row.sequence for row in connection.execute(query)}

    def pending(self, sequence: int, most: int, connection: Connection) -> int:
        """How many records changed after a sequence number; counted up to ``most``."""
        some = sa.select(records.c.serial).where(self._mine, records.c.sequence > sequence)
        counted = sa.select(sa.func.count()).select_from(some.limit(most).subquery())
        return connection.execute(counted).scalar_one()

    def inserted_after(self, serial: int, connection: Connection) -> tuple[int, int]:
        """How many records have a later serial, and the last one's; where there are none, 0 and the serial given."""
        fresh = sa.select(sa.func.count(), sa.func.max(records.c.serial))
        count, last = connection.execute(fresh.where(self._mine, records.c.serial > serial)).one()
        return count, last or serial

    # ------------------------------------------------------------ by serial

    def ids_of(self, serials: Sequence[int], connection: Connection) -> dict[int, str]:
        """Ids by serial; serials of no record are left out."""
        query = sa.select(records.c.serial, records.c.id).where(self._mine)
        rows = rows_among(connection, query, records.c.serial, serials)
        return {row.serial: row.id for row in rows}

    def serials_of(self, ids: Sequence[str], connection: Connection) -> dict[str, int]:
        """Serials by id; ids of no record are left out."""
        query = sa.select(records.c.id, records.c.serial).where(self._mine)
        return {row.id: row.serial for row in rows_among(connection, query, records.c.id, ids)}

    def page(self, offset: int, limit: int | None, connection: Connection) -> list[str]:
        """Ids in the order of insertion."""
        query = sa.select(records.c.id).where(self._mine).order_by(records.c.serial)
        return list(connection.execute(query.offset(offset).limit(limit)).scalars())

    def serials(self, after: int, last: int, most: int, connection: Connection) -> list[int]:
        """The first serials of records behind one and up to another, ascending."""
        query = sa.select(records.c.serial).where(
            self._mine, records.c.serial > after, records.c.serial <= last
        )
        return list(connection.execute(query.order_by(records.c.serial).limit(most)).scalars())

    def scan(self, connection: Connection) -> Iterator[NDArray[np.int64]]:
        """The serials of all records, ascending, some at a time."""
        query = (
            sa.select(records.c.serial)
            .where(self._mine)
            .order_by(records.c.serial)
            .execution_options(yield_per=ROWS_AT_ONCE)
        )
        for batch in connection.execute(query).scalars().partitions():
            yield np.array(batch, np.int64)

    def _records(self, rows: Sequence[Any], connection: Connection) -> list[ChangedRecord]:
        table = self._table.reading(lambda: nullcontext(connection))
        filtered = {
            serial: {**attributes, "_id": record_id}
            for serial, record_id, attributes in table.descriptions.attributes(
                [row.serial for row in rows]
            )
        }
        return [
            ChangedRecord(
                row.serial, row.sequence, filtered[row.serial], np.frombuffer(row.vector, "<f4")
            )
            for row in rows
        ]

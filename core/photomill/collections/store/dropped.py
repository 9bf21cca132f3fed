"""Dropped records in the catalog: out of the collection, and kept whole until they are restored or emptied."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from photomill.catalog import Catalog, rows_among
from photomill.collections.model import DroppedRecord, Record
from photomill.collections.store.tables import (
    decode_attributes,
    deletions,
    dropped_records,
    records,
    sights,
    signatures,
    texts,
)
from photomill.portions import portions

_RECORD = [column for column in dropped_records.c if column.name in records.c]
"""What both tables have."""


class DroppedTable:
    """The dropped records of one collection."""

    def __init__(self, catalog: Catalog, collection_id: str) -> None:
        self._catalog = catalog
        self._collection_id = collection_id
        self._mine = dropped_records.c.collection_id == collection_id

    def page(self, offset: int, limit: int | None) -> list[DroppedRecord]:
        """Some of them, the last dropped first."""
        query = (
            sa.select(dropped_records)
            .where(self._mine)
            .order_by(dropped_records.c.dropped.desc(), dropped_records.c.serial.desc())
            .offset(offset)
            .limit(limit)
        )
        with self._catalog.read() as connection:
            return [_to_dropped(row) for row in connection.execute(query)]

    def count(self) -> int:
        query = sa.select(sa.func.count()).select_from(dropped_records).where(self._mine)
        with self._catalog.read() as connection:
            return connection.execute(query).scalar_one()

    def find(self, ids: Sequence[str]) -> dict[str, DroppedRecord]:
        """The last dropped record of each id; ids of which none was dropped are left out."""
        with self._catalog.read() as connection:
            return self.latest(ids, connection)

    # ------------------------------------------------------------ inside one transaction

    def latest(self, ids: Sequence[str], connection: Connection) -> dict[str, DroppedRecord]:
        """As :meth:`find`, seen from inside a transaction."""
        query = sa.select(dropped_records).where(self._mine).order_by(dropped_records.c.serial)
        rows = rows_among(connection, query, dropped_records.c.id, ids)
        return {row.id: _to_dropped(row) for row in rows}

    def keep(self, ids: Sequence[str], now: float, connection: Connection) -> None:
        """Copy records as they are; the caller then deletes them."""
        # Its columns in the order of the table: what both have, then the signature and what it shows, then the time.
        whole = sa.select(
            *(records.c[column.name] for column in _RECORD),
            signatures.c.hashes,
            signatures.c.signature,
            sights.c.classes,
            sights.c.colours,
            texts.c.text,
            texts.c.kind,
            sa.literal(now, sa.Float),
        ).select_from(
            records.outerjoin(signatures, signatures.c.serial == records.c.serial)
            .outerjoin(sights, sights.c.serial == records.c.serial)
            .outerjoin(texts, texts.c.serial == records.c.serial)
        )
        parts = ("hashes", "signature", "classes", "colours", "text", "kind", "dropped")
        names = [*(column.name for column in _RECORD), *parts]
        for some in portions(ids):
            chosen = whole.where(
                records.c.collection_id == self._collection_id, records.c.id.in_(some)
            )
            connection.execute(sa.insert(dropped_records).from_select(names, chosen))

    def restore(self, serials: Sequence[int], sequence: int, connection: Connection) -> None:
        """Put records back, under their old serials. Their ids must be free."""
        whole = sa.select(*_RECORD, sa.literal(sequence, sa.BigInteger))
        signed = sa.select(
            dropped_records.c.serial, dropped_records.c.hashes, dropped_records.c.signature
        ).where(dropped_records.c.hashes.is_not(None))
        seen = sa.select(
            dropped_records.c.serial, dropped_records.c.classes, dropped_records.c.colours
        ).where(dropped_records.c.classes.is_not(None))
        read = sa.select(
            dropped_records.c.serial, dropped_records.c.text, dropped_records.c.kind
        ).where(dropped_records.c.kind.is_not(None))
        names = [*(column.name for column in _RECORD), "sequence"]
        for some in portions(serials):
            these = (self._mine, dropped_records.c.serial.in_(some))
            connection.execute(sa.insert(records).from_select(names, whole.where(*these)))
            connection.execute(
                sa.insert(signatures).from_select(
                    ["serial", "hashes", "signature"], signed.where(*these)
                )
            )
            connection.execute(
                sa.insert(sights).from_select(["serial", "classes", "colours"], seen.where(*these))
            )
            connection.execute(
                sa.insert(texts).from_select(["serial", "text", "kind"], read.where(*these))
            )
            # Whoever has not followed the deletion yet finds the record as it was.
            connection.execute(
                sa.delete(deletions).where(
                    deletions.c.collection_id == self._collection_id,
                    deletions.c.serial.in_(some),
                )
            )
            connection.execute(sa.delete(dropped_records).where(*these))

    def remove(self, ids: Sequence[str] | None, connection: Connection) -> list[int]:
        """Remove those of some ids, or all, for good; returns their serials."""
        statement = sa.delete(dropped_records).where(self._mine).returning(dropped_records.c.serial)
        if ids is None:
            return list(connection.execute(statement).scalars())
        return [row.serial for row in rows_among(connection, statement, dropped_records.c.id, ids)]


def _to_dropped(row: Any) -> DroppedRecord:
    record = Record(
        row.id,
        decode_attributes(row.attributes),
        row.width,
        row.height,
        row.format,
        row.bytes,
        row.serial,
    )
    return DroppedRecord(record, row.dropped, row.digest)

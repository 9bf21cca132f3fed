"""What images show, in the catalog, as it was kept of them."""

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from attrs import field, frozen
from sqlalchemy.engine import Connection

from photomill.catalog.catalog import ReadConnection, rows_among
from photomill.collections.sight import Sight
from photomill.collections.store.tables import ROWS_AT_ONCE, records, sights, signatures


@frozen(eq=False)
class UnseenRecord:
    """A record of which nothing is stored of what its image shows.

    :ivar signature: of its image; empty where there is none.
    """

    serial: int
    vector: bytes = field(repr=False)
    signature: bytes = field(repr=False)


class SightTable:
    """What the images of one collection's records show."""

    def __init__(self, read: ReadConnection, collection_id: str) -> None:
        self._read = read
        self._mine = records.c.collection_id == collection_id

    def classes(self, since: int) -> Iterator[tuple[Sequence[int], Sequence[bytes]]]:
        """What images show of records inserted or changed after a sequence number, some at a time: serials, and classes as
        :class:`Sight` has them."""
        query = (
            sa.select(records.c.serial, sights.c.classes)
            .join(sights, sights.c.serial == records.c.serial)
            .where(self._mine)
            .order_by(records.c.serial)
            .execution_options(yield_per=ROWS_AT_ONCE)
        )
        if since >= 0:
            query = query.where(records.c.sequence > since)
        with self._read() as connection:
            for batch in connection.execute(query).partitions():
                serials, classes = zip(*batch, strict=True)
                yield serials, classes

    def unseen(self, after: int, limit: int) -> list[UnseenRecord]:
        """Records of which nothing is stored of what their images show, behind a serial, in the order of insertion."""
        query = (
            sa.select(records.c.serial, records.c.vector, signatures.c.signature)
            .outerjoin(signatures, signatures.c.serial == records.c.serial)
            .outerjoin(sights, sights.c.serial == records.c.serial)
            .where(self._mine, records.c.serial > after, sights.c.serial.is_(None))
            .order_by(records.c.serial)
            .limit(limit)
        )
        with self._read() as connection:
            return [
                UnseenRecord(serial, vector, signature or b"")
                for serial, vector, signature in connection.execute(query)
            ]

    # ------------------------------------------------------------ inside one transaction

    def still_unseen(self, serials: Sequence[int], connection: Connection) -> list[int]:
        """Those of these records that are there, and of which nothing is stored of what their images show."""
        query = (
            sa.select(records.c.serial)
            .outerjoin(sights, sights.c.serial == records.c.serial)
            .where(self._mine, sights.c.serial.is_(None))
        )
        return [row.serial for row in rows_among(connection, query, records.c.serial, serials)]

    def insert(self, seen: Mapping[int, Sight], connection: Connection) -> list[int]:
        """Store what images show, by the records' serials; returns those of which there is anything to store."""
        told = {serial: each for serial, each in seen.items() if each.classes or each.colours}
        if told:
            rows = [
                {"serial": serial, "classes": each.classes, "colours": each.colours}
                for serial, each in told.items()
            ]
            connection.execute(sa.insert(sights), rows)
        return list(told)

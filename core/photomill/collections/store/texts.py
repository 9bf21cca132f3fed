"""The text in images, in the catalog."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection

from photomill.catalog import Catalog, rows_among
from photomill.collections.image_text import ImageText
from photomill.collections.store.switches import is_on
from photomill.collections.store.tables import collections, records, texts


@frozen
class UnreadRecord:
    """A record whose image was not read."""

    serial: int
    id: str


class TextTable:
    """The texts of one collection."""

    def __init__(self, catalog: Catalog, collection_id: str) -> None:
        self._catalog = catalog
        self._collection_id = collection_id
        self._mine = records.c.collection_id == collection_id

    def wanted(self) -> bool:
        """Whether texts are read of what is inserted.

        :raises NotFound: the collection is gone.
        """
        return is_on(self._catalog, self._collection_id, collections.c.texts)

    def count(self) -> int:
        """How many records were read."""
        query = sa.select(sa.func.count()).select_from(texts.join(records)).where(self._mine)
        with self._catalog.read() as connection:
            return connection.execute(query).scalar_one()

    def unread(self, after: int, limit: int) -> list[UnreadRecord]:
        """Records with an image that was not read, behind a serial, in the order of insertion."""
        query = (
            sa.select(records.c.serial, records.c.id)
            .outerjoin(texts, texts.c.serial == records.c.serial)
            .where(
                self._mine,
                texts.c.serial.is_(None),
                records.c.serial > after,
                records.c.width > 0,
            )
            .order_by(records.c.serial)
            .limit(limit)
        )
        with self._catalog.read() as connection:
            return [UnreadRecord(serial, id) for serial, id in connection.execute(query)]

    def count_read(self, ids: Sequence[str]) -> tuple[int, int]:
        """How many of some records were read, and how many of these have something written in them."""
        query = (
            sa.select((texts.c.text != "").label("written"))
            .select_from(texts.join(records))
            .where(self._mine)
        )
        with self._catalog.read() as connection:
            rows = rows_among(connection, query, records.c.id, set(ids))
        return len(rows), sum(bool(row.written) for row in rows)

    # ------------------------------------------------------------ inside one transaction

    def still_unread(self, ids: Sequence[str], connection: Connection) -> dict[str, int]:
        """The serials of those of some records that are there and were not read, by id."""
        query = (
            sa.select(records.c.id, records.c.serial)
            .outerjoin(texts, texts.c.serial == records.c.serial)
            .where(self._mine, texts.c.serial.is_(None))
        )
        return {row.id: row.serial for row in rows_among(connection, query, records.c.id, ids)}

    def insert(self, read: Mapping[int, ImageText], connection: Connection) -> None:
        """Enter what was read, by the records' serials."""
        if read:
            rows = [
                {"serial": serial, "text": each.text, "kind": each.kind.value}
                for serial, each in read.items()
            ]
            connection.execute(sa.insert(texts), rows)

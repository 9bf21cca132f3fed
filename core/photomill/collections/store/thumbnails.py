"""Thumbnails in the catalog: which records have one, and what its file is called."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from attrs import field, frozen
from sqlalchemy.engine import Connection

from photomill.catalog import Catalog, rows_among
from photomill.collections.model import ThumbnailInfo
from photomill.collections.store.switches import is_on
from photomill.collections.store.tables import (
    collections,
    decode_attributes,
    dropped_records,
    records,
    thumbnails,
)
from photomill.errors import NotFound


@frozen
class StoredThumbnail:
    """A thumbnail that is in the storage.

    :ivar token: names its file, and no other ever.
    """

    token: str
    bytes: int


@frozen
class Illustrated:
    """What a thumbnail is found, or made again, by.

    :ivar token: empty where there is no thumbnail.
    :ivar digest: of the original's pixels; empty where there was no image.
    :ivar bytes: of the thumbnail's file; 0 where there is none.
    """

    serial: int
    id: str
    attributes: Mapping[str, Any] = field(repr=False)
    width: int
    height: int
    digest: bytes = field(repr=False)
    token: str
    bytes: int


class ThumbnailTable:
    """The thumbnails of one collection."""

    def __init__(self, catalog: Catalog, collection_id: str) -> None:
        self._catalog = catalog
        self._collection_id = collection_id
        self._mine = thumbnails.c.collection_id == collection_id

    def wanted(self) -> bool:
        """Whether thumbnails are made of what is inserted.

        :raises NotFound: the collection is gone.
        """
        return is_on(self._catalog, self._collection_id, collections.c.thumbnails)

    def find(self, record_id: str) -> Illustrated:
        """A record, or the last that was dropped of this id.

        :raises NotFound: there is none.
        """
        with self._catalog.read() as connection:
            for table in (records, dropped_records):
                query = self._illustrated(table).where(table.c.id == record_id)
                row = connection.execute(query.order_by(table.c.serial.desc())).first()
                if row is not None:
                    return _to_illustrated(row)
        raise NotFound(f"no record {record_id!r}")

    def infos(self, ids: Sequence[str]) -> dict[str, ThumbnailInfo]:
        """The sizes of records' originals, and their thumbnails' tags, by id."""
        found: dict[str, ThumbnailInfo] = {}
        with self._catalog.read() as connection:
            for table in (dropped_records, records):
                query = (
                    sa.select(table.c.id, table.c.width, table.c.height, thumbnails.c.token)
                    .outerjoin(thumbnails, thumbnails.c.serial == table.c.serial)
                    .where(table.c.collection_id == self._collection_id)
                    .order_by(table.c.serial)
                )
                for row in rows_among(connection, query, table.c.id, ids):
                    found[row.id] = ThumbnailInfo(row.width, row.height, row.token or "")
        return found

    def missing(self, after: int, limit: int) -> list[Illustrated]:
        """Records with an image and without a thumbnail, in the order of insertion.

        :param after: leave out serials up to this one.
        """
        query = (
            self._illustrated(records)
            .where(thumbnails.c.token.is_(None), records.c.serial > after, records.c.width > 0)
            .order_by(records.c.serial)
            .limit(limit)
        )
        with self._catalog.read() as connection:
            return [_to_illustrated(row) for row in connection.execute(query)]

    def usage(self) -> tuple[int, int]:
        """How many thumbnails there are, and their bytes."""
        query = sa.select(
            sa.func.count(), sa.func.coalesce(sa.func.sum(thumbnails.c.bytes), 0)
        ).where(self._mine)
        with self._catalog.read() as connection:
            count, size = connection.execute(query).one()
        return int(count), int(size)

    def keep(self, serial: int, stored: StoredThumbnail, lost: str) -> bool:
        """Enter a thumbnail of a record that is there, unless it has got another one by now.

        :param lost: the token of the one whose file is gone; empty for none.
        """
        with self._catalog.write() as connection:
            # As changes of records do: none of them is deleted meanwhile.
            statement = sa.update(collections).where(collections.c.id == self._collection_id)
            connection.execute(statement.values(sequence=collections.c.sequence))
            there = any(
                connection.execute(
                    sa.select(table.c.serial).where(
                        table.c.collection_id == self._collection_id, table.c.serial == serial
                    )
                ).first()
                for table in (records, dropped_records)
            )
            query = sa.select(thumbnails.c.token).where(thumbnails.c.serial == serial)
            token = connection.execute(query).scalar() or ""
            if not there or token != lost:
                return False
            connection.execute(sa.delete(thumbnails).where(thumbnails.c.serial == serial))
            self.insert({serial: stored}, connection)
            return True

    # ------------------------------------------------------------ inside one transaction

    def insert(self, stored: Mapping[int, StoredThumbnail], connection: Connection) -> None:
        """Enter thumbnails by their records' serials."""
        if stored:
            connection.execute(
                sa.insert(thumbnails),
                [
                    {
                        "serial": serial,
                        "collection_id": self._collection_id,
                        "token": each.token,
                        "bytes": each.bytes,
                    }
                    for serial, each in stored.items()
                ],
            )

    def forget(self, serials: Collection[int], connection: Connection) -> list[str]:
        """Take thumbnails out; returns their tokens."""
        statement = sa.delete(thumbnails).where(self._mine).returning(thumbnails.c.token)
        rows = rows_among(connection, statement, thumbnails.c.serial, serials)
        return [row.token for row in rows]

    def forget_all(self, connection: Connection) -> list[str]:
        """Take all thumbnails out; returns their tokens."""
        statement = sa.delete(thumbnails).where(self._mine)
        return list(connection.execute(statement.returning(thumbnails.c.token)).scalars())

    def _illustrated(self, table: sa.Table) -> "sa.Select[Any]":
        return (
            sa.select(
                table.c.serial,
                table.c.id,
                table.c.attributes,
                table.c.width,
                table.c.height,
                table.c.digest,
                thumbnails.c.token,
                thumbnails.c.bytes.label("thumbnail_bytes"),
            )
            .outerjoin(thumbnails, thumbnails.c.serial == table.c.serial)
            .where(table.c.collection_id == self._collection_id)
        )


def known_tokens(catalog: Catalog, tokens: Sequence[str]) -> set[str]:
    """Those of some tokens that are any thumbnail's."""
    query = sa.select(thumbnails.c.token)
    with catalog.read() as connection:
        return {row.token for row in rows_among(connection, query, thumbnails.c.token, tokens)}


def _to_illustrated(row: Any) -> Illustrated:
    return Illustrated(
        row.serial,
        row.id,
        decode_attributes(row.attributes),
        row.width,
        row.height,
        row.digest,
        row.token or "",
        row.thumbnail_bytes or 0,
    )

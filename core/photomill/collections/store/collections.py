"""Collections in the catalog."""

from typing import Any

import sqlalchemy as sa
from attrs import fields

from photomill.catalog.catalog import Catalog
from photomill.collections.model import CollectionInfo
from photomill.collections.store.people import PeopleTable
from photomill.collections.store.tables import (
    collections,
    converted_vectors,
    deletions,
    dropped_records,
    duplicate_pairs,
    duplicate_passes,
    imported_folders,
    records,
    reviews,
)
from photomill.collections.store.thumbnails import ThumbnailTable
from photomill.errors import NotFound
from photomill.names import normalise_name

_COLUMNS = {
    each.name: "index_name" if each.name == "index" else each.name
    for each in fields(CollectionInfo)
    if each.name != "people"
}
"""What is known of a collection, and the columns that hold it."""


class CollectionTable:
    """The collections of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def create(self, info: CollectionInfo, recogniser: str) -> None:
        """Enter a collection.

        :param recogniser: the fingerprint of what knows people; empty for nothing.
        """
        kept = {column: getattr(info, name) for name, column in _COLUMNS.items()}
        with self._catalog.write() as connection:
            connection.execute(
                sa.insert(collections).values(**kept, sequence=0, epoch=0, recogniser=recogniser)
            )

    def get(self, collection_id: str) -> CollectionInfo:
        """What is known of a collection.

        :raises NotFound: there is no such collection.
        """
        query = sa.select(collections).where(collections.c.id == collection_id)
        with self._catalog.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound(f"no collection {collection_id!r}")
        return _to_info(row)

    def epoch(self, collection_id: str) -> int:
        """How often a collection was emptied.

        :raises NotFound: there is no such collection.
        """
        query = sa.select(collections.c.epoch).where(collections.c.id == collection_id)
        with self._catalog.read() as connection:
            found: int | None = connection.execute(query).scalar_one_or_none()
        if found is None:
            raise NotFound(f"no collection {collection_id!r}")
        return found

    def named(self, name: str) -> list[CollectionInfo]:
        # Collections of earlier versions may bear names that are not composed.
        alike = sa.or_(collections.c.name == name, collections.c.name == normalise_name(name))
        query = sa.select(collections).where(alike).order_by(collections.c.created)
        with self._catalog.read() as connection:
            return [_to_info(row) for row in connection.execute(query)]

    def switch(self, collection_id: str, **switches: bool) -> None:
        """Set what is on or off for a collection: ``thumbnails``, ``texts``.

        :raises NotFound: there is no such collection.
        """
        statement = sa.update(collections).where(collections.c.id == collection_id)
        with self._catalog.write() as connection:
            if not connection.execute(statement.values(**switches)).rowcount:
                raise NotFound(f"no collection {collection_id!r}")

    def delete(self, collection_id: str) -> list[str]:
        """Delete a collection; returns the tokens of its thumbnails.

        :raises NotFound: there is no such collection.
        """
        with self._catalog.write() as connection:
            tokens = ThumbnailTable(self._catalog, collection_id).forget_all(connection)
            PeopleTable(self._catalog, collection_id).forget_all(connection)
            for table in (
                records,
                deletions,
                dropped_records,
                reviews,
                duplicate_passes,
                duplicate_pairs,
                imported_folders,
                converted_vectors,
            ):
                connection.execute(sa.delete(table).where(table.c.collection_id == collection_id))
            gone = connection.execute(
                sa.delete(collections).where(collections.c.id == collection_id)
            ).rowcount
        if not gone:
            raise NotFound(f"no collection {collection_id!r}")
        return tokens

    def list_all(self) -> list[CollectionInfo]:
        """Every collection, oldest first."""
        query = sa.select(collections).order_by(collections.c.created, collections.c.id)
        with self._catalog.read() as connection:
            return [_to_info(row) for row in connection.execute(query)]


def _to_info(row: Any) -> CollectionInfo:
    known = {name: getattr(row, column) for name, column in _COLUMNS.items()}
    return CollectionInfo(**known, people=bool(row.recogniser))

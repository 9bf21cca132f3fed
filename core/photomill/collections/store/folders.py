"""The folders that a collection's images were imported from."""

from contextlib import suppress

import sqlalchemy as sa

from photomill.catalog.catalog import Catalog
from photomill.collections.store.tables import imported_folders


class FolderTable:
    """The imported folders of one collection."""

    def __init__(self, catalog: Catalog, collection_id: str) -> None:
        self._catalog = catalog
        self._collection_id = collection_id
        self._mine = imported_folders.c.collection_id == collection_id

    def paths(self) -> list[str]:
        """All of them, in order."""
        query = sa.select(imported_folders.c.path).where(self._mine)
        with self._catalog.read() as connection:
            return sorted(connection.execute(query).scalars())

    def add(self, path: str) -> None:
        """Note a folder, if it is not noted yet."""
        noted = sa.select(imported_folders.c.path).where(
            self._mine, imported_folders.c.path == path
        )
        with suppress(sa.exc.IntegrityError), self._catalog.write() as connection:
            # On PostgreSQL another process may note it at the same time.
            if connection.execute(noted).first() is None:
                connection.execute(
                    sa.insert(imported_folders).values(collection_id=self._collection_id, path=path)
                )

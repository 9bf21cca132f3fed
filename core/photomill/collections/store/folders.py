"""The folders that a collection's images were imported from."""

import sqlalchemy as sa

from photomill.catalog.catalog import Catalog, insert_new
from photomill.collections.store.tables import imported_folders


class FolderTable:
    """The imported folders of one collection."""

    def __init__(self, catalog: Catalog, collection_id: str) -> None:
        self._catalog = catalog
        self._collection_id = collection_id
        self._mine = imported_folders.c.collection_id == collection_id

    def paths(self, *, searched: bool) -> list[str]:
        """Those that were searched for images, or those of files that were named themselves, in order."""
        query = sa.select(imported_folders.c.path).where(
            self._mine, imported_folders.c.searched == searched
        )
        with self._catalog.read() as connection:
            return sorted(connection.execute(query).scalars())

    def add(self, path: str, *, searched: bool) -> None:
        """Note a folder, if it is not noted yet; one that was searched once stays so."""
        here = sa.and_(self._mine, imported_folders.c.path == path)
        with self._catalog.write() as connection:
            noted = connection.execute(sa.select(imported_folders.c.searched).where(here)).scalar()
            values = {"collection_id": self._collection_id, "path": path, "searched": searched}
            # Others may note it at the same time.
            if noted is None and insert_new(connection, sa.insert(imported_folders).values(values)):
                return
            if searched and not noted:
                connection.execute(sa.update(imported_folders).where(here).values(searched=True))

"""The folders that a collection's images were imported from."""

import sqlalchemy as sa

from photomill.catalog.catalog import Catalog
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
        try:
            self._note(path, searched=searched)
        except sa.exc.IntegrityError:
            # On PostgreSQL another process may note it at the same time.
            self._note(path, searched=searched)

    def _note(self, path: str, *, searched: bool) -> None:
        here = sa.and_(self._mine, imported_folders.c.path == path)
        with self._catalog.write() as connection:
            noted = connection.execute(sa.select(imported_folders.c.searched).where(here)).scalar()
            if noted is None:
                values = {"collection_id": self._collection_id, "path": path, "searched": searched}
                connection.execute(sa.insert(imported_folders).values(values))
            elif searched and not noted:
                connection.execute(sa.update(imported_folders).where(here).values(searched=True))

"""A collection's rows, kept in step with the catalog."""

import threading
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from photomill.catalog import Catalog
from photomill.catalog.records import AddedRow, Position, RecordTable
from photomill.collections.contents import Contents, SavedRows, View

_BATCH = 2000


class RowStore:
    """Follows one collection: each call of :meth:`view` first takes in what anybody wrote."""

    def __init__(
        self,
        catalog: Catalog,
        table: RecordTable,
        dimension: int,
        saved: SavedRows | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """
        :param saved: where to start from; None reads everything from the catalog.
        :param on_change: called after rows changed.
        """
        self._catalog = catalog
        self._table = table
        self._dimension = dimension
        self._on_change = on_change
        self._seen = -1
        self.lock = threading.RLock()
        """Held by whoever writes to the collection in this process, since before its transaction."""
        self._contents = self._start(saved, lineage=0)
        self._view = self._contents.view()

    def view(self) -> View:
        """The rows as of now.

        :raises NotFound: the collection is gone.
        """
        version = self._catalog.watcher.version()
        if version != self._seen:
            self.follow()
            self._seen = version
        return self._view

    @property
    def latest(self) -> View:
        """The rows as last seen, without asking the catalog."""
        return self._view

    def follow(self) -> None:
        """Take in what anybody wrote."""
        with self.lock:
            position = self._table.position()
            if position == self._contents.position:
                return
            if position.epoch != self._contents.position.epoch:
                self._contents = self._start(None, lineage=self._contents.lineage + 1)
            else:
                self._read_changes(self._contents)
            self._view = self._contents.view()
        self._on_change()

    def added(
        self, rows: Sequence[AddedRow], vectors: NDArray[np.float32], position: Position
    ) -> None:
        """Take in records that the caller, holding the lock, has just committed."""
        self._apply(lambda contents: contents.append(rows, vectors), position)

    def removed(self, serials: Iterable[int], position: Position) -> None:
        """Take in deletions that the caller, holding the lock, has just committed."""
        self._apply(lambda contents: contents.mark_dead(serials), position)

    def updated(self, serials: Iterable[int], position: Position) -> None:
        """Take in changed attributes that the caller, holding the lock, has just committed."""
        self._apply(lambda contents: contents.touch(serials), position)

    def rebase(self, vectors: NDArray[np.float32], lineage: int) -> None:
        """Read the first rows' vectors from a saved copy, unless rows were numbered anew since it was begun."""
        with self.lock:
            if lineage == self._contents.lineage:
                self._contents.rebase(vectors)
                self._view = self._contents.view()

    def adopt(self, saved: SavedRows, lineage: int) -> bool:
        """Put a copy without dead rows in the place of the rows that it was made from: rows get new numbers.

        :returns: False where that happened already since the copy was begun.
        """
        with self.lock:
            if lineage != self._contents.lineage:
                return False
            self._contents = self._start(saved, lineage=lineage + 1)
            self._view = self._contents.view()
            return True

    def _apply(self, change: Callable[[Contents], None], position: Position) -> None:
        if position.sequence != self._contents.position.sequence + 1:
            self.follow()
            return
        change(self._contents)
        self._contents.position = position
        self._view = self._contents.view()
        self._on_change()

    def _start(self, saved: SavedRows | None, lineage: int) -> Contents:
        epoch = self._table.position().epoch
        if saved is None or saved.position.epoch != epoch:
            saved = SavedRows.none(self._dimension, epoch)
        contents = Contents(self._dimension, saved, lineage, self._table.attributes)
        self._read_changes(contents)
        return contents

    def _read_changes(self, contents: Contents) -> None:
        # The position is read first: what is committed meanwhile is taken in now and, harmlessly, again.
        position = self._table.position()
        since = contents.position.sequence
        with self._catalog.read() as connection:
            rows = self._table.added_since(since, connection)
            while batch := list(islice(rows, _BATCH)):
                contents.take(batch)
            contents.mark_dead(self._table.deleted_since(since, connection))
        contents.position = position

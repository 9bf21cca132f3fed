"""A collection's rows, kept in step with the catalog."""

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from photomill.catalog import Catalog
from photomill.collections.backend import Followed
from photomill.collections.contents import Contents, SavedRows, View
from photomill.collections.store.records import AddedRow, Position, RecordTable

_BATCH = 2000


class RowStore(Followed):
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
        self.writing = threading.Lock()
        """Held by whoever writes to the collection in this process, since before its transaction.

        Readers never take it. It comes before the catalog's own lock, and that before ``_changing``.
        """
        self._changing = threading.RLock()
        """Held for moments by whoever changes the rows in memory, never while a transaction writes."""
        with catalog.snapshot() as connection:
            resumed = None if saved is None else self._resume(saved, connection)
            self._contents = self._read_anew(0, connection) if resumed is None else resumed
        self.resumed = resumed is not None
        """Whether rows are numbered as ``saved`` has them; it may be too old to go on from."""
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

    def admit(self) -> None:
        """There is room as long as there is memory: an index that is behind makes nobody wait."""

    def taken(self, ids: Sequence[str]) -> set[str]:
        return self.view().taken(ids)

    def taken_inside(self, ids: Sequence[str], connection: Connection) -> set[str]:
        # Another process may have written since; from here on it waits, and the rows are all there is.
        self.follow()
        return self._view.taken(ids)

    def live(self, connection: Connection) -> int:
        return self._view.live

    def follow(self) -> None:
        """Take in what anybody wrote."""
        with self._catalog.snapshot() as connection:
            # Most commits are of other things.
            if self._table.position(connection) == self._view.position:
                return
        with self._changing, self._catalog.snapshot() as connection:
            changed = self._take_in(connection)
        if changed:
            self._on_change()

    def check(self) -> None:
        """Make sure that the collection is there.

        :raises NotFound: the collection is gone.
        :raises CollectionOutdated: its vectors are of another version by now.
        """
        with self._catalog.snapshot() as connection:
            self._table.position(connection)

    def pin(self, stack: ExitStack) -> tuple[View, Connection]:
        """The rows as of now, and a connection that sees the catalog as of exactly then.

        :param stack: closes the connection.
        :raises NotFound: the collection is gone.
        """
        with ExitStack() as attempt:
            connection = attempt.enter_context(self._catalog.snapshot())
            view = self._view
            if self._table.position(connection) == view.position:
                stack.push(attempt.pop_all())
                return view, connection
        with self._changing:
            # Nobody here moves the rows meanwhile, and others' changes are taken in as this connection sees them.
            connection = stack.enter_context(self._catalog.snapshot())
            changed = self._take_in(connection)
            view = self._view
        if changed:
            self._on_change()
        return view, connection

    def added(
        self, rows: Sequence[AddedRow], vectors: NDArray[np.float32], position: Position
    ) -> None:
        """Take in records that the caller has just committed."""
        self._apply(lambda contents: contents.append(rows, vectors), position)

    def removed(self, serials: Iterable[int], position: Position) -> None:
        """Take in deletions that the caller has just committed."""
        self._apply(lambda contents: contents.mark_dead(serials), position)

    def updated(self, serials: Iterable[int], position: Position) -> None:
        """Take in changed attributes that the caller has just committed."""
        self._apply(lambda contents: contents.touch(serials), position)

    def rebase(self, saved: SavedRows) -> bool:
        """Read the first rows' vectors and ids from a saved copy; False where it numbers rows in another way."""
        with self._changing:
            if not self._contents.rebase(saved):
                return False
            self._view = self._contents.view()
            return True

    def adopt(self, saved: SavedRows, generation: int) -> bool:
        """Put a copy without dead rows in the place of the rows that it was made from: rows get new numbers.

        :returns: False where that happened already since the copy was begun.
        """
        contents = Contents(self._dimension, saved, generation + 1)
        with self._changing, self._catalog.snapshot() as connection:
            position = self._table.position(connection)
            if generation != self._contents.generation or position.epoch != saved.position.epoch:
                return False
            if not self._read_changes(contents, position, connection):
                return False
            self._contents = contents
            self._view = contents.view()
            return True

    def _apply(self, change: Callable[[Contents], None], position: Position) -> None:
        with self._changing:
            if position.sequence <= self._contents.position.sequence:
                return  # Somebody who looked in between has taken it in.
            following = Position(self._contents.position.sequence + 1, position.epoch)
            known = position == following and position.epoch == self._contents.position.epoch
            if known:
                self._contents.begin(position)
                change(self._contents)
                self._contents.position = position
                self._view = self._contents.view()
        if known:
            self._on_change()
        else:
            self.follow()

    def _take_in(self, connection: Connection) -> bool:
        """Come to where a connection sees the collection; tells whether that is further on."""
        position = self._table.position(connection)
        if position == self._contents.position:
            return False
        if position.epoch != self._contents.position.epoch or not self._read_changes(
            self._contents, position, connection
        ):
            self._contents = self._read_anew(self._contents.generation + 1, connection)
        self._view = self._contents.view()
        return True

    def _resume(self, saved: SavedRows, connection: Connection) -> Contents | None:
        """Go on from a saved copy; None where all rows must be read anew."""
        position = self._table.position(connection)
        if saved.position.epoch != position.epoch:
            return None
        contents = Contents(self._dimension, saved, 0)
        return contents if self._read_changes(contents, position, connection) else None

    def _read_anew(self, generation: int, connection: Connection) -> Contents:
        position = self._table.position(connection)
        nothing = SavedRows.none(self._dimension, position.epoch)
        contents = Contents(self._dimension, nothing, generation)
        self._read_changes(contents, position, connection)
        return contents

    def _read_changes(self, contents: Contents, position: Position, connection: Connection) -> bool:
        """Come to a position; False where that cannot be done without reading all rows anew."""
        since = contents.position.sequence
        contents.begin(position)
        rows = self._table.added_since(since, connection)
        while batch := list(islice(rows, _BATCH)):
            if not contents.take(batch):
                return False
        contents.mark_dead(self._table.deleted_since(since, connection))
        contents.position = position
        return True

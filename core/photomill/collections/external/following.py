"""Keeping an external index in step with the catalog, in the background."""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from photomill.catalog import Catalog
from photomill.collections.backend import Followed
from photomill.collections.contents import View
from photomill.collections.external.repeating import Repeating
from photomill.collections.external.tail import MOST
from photomill.collections.store.changes import ChangeTable
from photomill.collections.store.records import AddedRow, Position, RecordTable
from photomill.components import Changes, ExternalIndex, ExternalReader, IndexedRecord
from photomill.errors import Conflict, IndexUnavailable, NotFound, PhotomillError, Unsupported
from photomill.retrying import Backoff

_AT_ONCE = 2000
"""Changes that are applied in one step."""

_LONGEST_PAUSE = 60.0
"""Seconds between two tries where one after the other fails."""

logger = logging.getLogger(__name__)


def index_name(collection_id: str, epoch: int) -> str:
    """What an index calls a collection: it is another one when the collection was emptied."""
    return f"{collection_id.replace('-', '')}_{epoch}"


class Following(Followed):
    """Applies one collection's changes to its index. Searches never wait for it: they look at what is not applied.

    Any number of processes may do so at the same time.
    """

    def __init__(
        self,
        catalog: Catalog,
        collection_id: str,
        dimension: int,
        table: RecordTable,
        changes: ChangeTable,
        index: ExternalIndex,
        background: Executor,
        tending: Executor,
    ) -> None:
        """
        :param background: where changes are applied.
        :param tending: where the index is looked after.
        """
        self.writing = threading.Lock()
        self._catalog = catalog
        self._collection_id = collection_id
        self._dimension = dimension
        self._table = table
        self._changes = changes
        self._index = index
        self._applying = threading.Lock()
        self._tending = threading.Lock()
        self._stopping = threading.Lock()
        self._broken_off: Future[None] | None = None
        self._closed = False
        self._known_applied = 0
        self._following = Repeating(
            background, self._follow, _backoff("the external index could not be brought up to date")
        )
        self._looking_after = Repeating(
            tending, self._look_after, _backoff("the external index could not be looked after")
        )

    # ------------------------------------------------------------ for the writer

    def view(self) -> View:
        raise not_in_memory(self._index, "refusing near-duplicates at their insertion")

    @property
    def latest(self) -> View:
        return self.view()

    def admit(self) -> None:
        epoch = self.epoch()
        try:
            applied = self._index.applied(index_name(self._collection_id, epoch))
        except IndexUnavailable:
            # What is inserted meanwhile is applied later, as long as it is not too much.
            applied = None
        # The catalog is looked at after the index, and so knows all that was applied.
        with self._catalog.read() as connection:
            position = self._table.position(connection)
            earlier = applied is not None and applied > position.sequence
            if earlier and position.epoch == epoch:
                refusal = being_made_anew()
            else:
                if applied is not None:
                    self._known_applied = applied
                if self._changes.pending(self._known_applied, MOST, connection) < MOST:
                    return
                refusal = IndexUnavailable(
                    f"the index is {MOST} records behind; what is inserted now would make searches slow"
                )
        self.changed()
        raise refusal

    def taken(self, ids: Sequence[str]) -> set[str]:
        with self._catalog.read() as connection:
            return self._table.existing(ids, connection)

    def taken_inside(self, ids: Sequence[str], connection: Connection) -> set[str]:
        return self._table.existing(ids, connection)

    def live(self, connection: Connection) -> int:
        return self._table.count(connection)

    def follow(self) -> None:
        self.changed()

    def added(
        self, rows: Sequence[AddedRow], vectors: NDArray[np.float32], position: Position
    ) -> None:
        self.changed()

    def removed(self, serials: Iterable[int], position: Position) -> None:
        self.changed()

    def updated(self, serials: Iterable[int], position: Position) -> None:
        self.changed()

    # ------------------------------------------------------------ for searches

    def epoch(self) -> int:
        """Of the collection now.

        :raises NotFound: the collection is gone.
        """
        with self._catalog.read() as connection:
            return self._table.position(connection).epoch

    def reading(self, epoch: int) -> AbstractContextManager[ExternalReader]:
        """The index of an epoch.

        :raises NotFound: there is none yet.
        """
        return self._index.reading(index_name(self._collection_id, epoch))

    # ------------------------------------------------------------ applying

    def changed(self) -> None:
        """Something may have changed: bring the index up to date, in the background."""
        self._following.ask()

    def settle(self) -> None:
        """Bring the index up to date now, in this thread, and do what else is due."""
        self._apply()
        self._tend()

    def stop(self) -> None:
        """Begin nothing further, and break off what may take long."""
        self._following.stop()
        self._looking_after.stop()
        with self._stopping:
            self._closed = True
            broken_off, self._broken_off = self._broken_off, None
        if broken_off is not None:
            broken_off.set_result(None)

    def _follow(self) -> None:
        self._unless_gone(self._apply)
        self._looking_after.ask()

    def _look_after(self) -> None:
        self._unless_gone(self._tend)

    def _unless_gone(self, do: Callable[[], None]) -> None:
        try:
            do()
        except (NotFound, Conflict):
            if not self._is_gone():
                raise
            self.stop()

    def _apply(self) -> None:
        with self._applying:
            while not self._closed and self._apply_some():
                pass

    def _tend(self) -> None:
        """Look after the index, which may take hours; changes are applied meanwhile."""
        name = index_name(self._collection_id, self.epoch())
        with self._tending:
            broken_off: Future[None] = Future()
            with self._stopping:
                if self._closed:
                    return
                self._broken_off = broken_off
            self._index.tend(name, broken_off)

    def _is_gone(self) -> bool:
        """Whether the collection is gone, or was converted: whoever asks for it next opens it anew.

        An index alone is gone where another process has just emptied the collection.
        """
        try:
            self.epoch()
        except (NotFound, Conflict):
            return True
        except PhotomillError:
            return False  # Nobody can tell now.
        return False

    def _apply_some(self) -> bool:
        """Apply the oldest changes that are not applied; False where there are none.

        :raises NotFound: the collection is gone.
        """
        epoch = self.epoch()
        name = index_name(self._collection_id, epoch)
        applied = self._index.applied(name)
        with self._catalog.snapshot() as connection:
            position = self._table.position(connection)
            if position.epoch != epoch:
                return True
            if applied is not None and applied > position.sequence:
                # The catalog is an earlier one than the index followed: it was brought back from a copy.
                self._index.drop(name)
                applied = None
            if applied is None:
                self._create(epoch)
                applied = 0
            if applied == position.sequence:
                return False
            changed, last = self._changes.first_changed_since(applied, _AT_ONCE, connection)
            reached = position.sequence if last is None else last
            gone = self._changes.deleted_since(applied, connection)
        self._index.apply(
            name,
            Changes(
                [IndexedRecord(each.serial, each.record, each.vector) for each in changed],
                [serial for serial, when in gone.items() if when <= reached],
            ),
            reached,
        )
        return True

    def _create(self, epoch: int) -> None:
        for earlier in range(epoch):
            self._index.drop(index_name(self._collection_id, earlier))
        self._index.create(index_name(self._collection_id, epoch), self._dimension)


def _backoff(message: str) -> Backoff:
    return Backoff(logger, message, longest=_LONGEST_PAUSE)


def drop_indexes(index: ExternalIndex, collection_id: str, epoch: int) -> None:
    """Remove what an index holds of a collection that is gone."""
    for each in range(epoch + 1):
        index.drop(index_name(collection_id, each))


def being_made_anew() -> IndexUnavailable:
    """What refuses that which would mix an index with a catalog that was brought back from an earlier copy."""
    return IndexUnavailable("the index is being made anew", seconds=1)


def not_in_memory(index: ExternalIndex, what: str) -> Unsupported:
    """What refuses that which needs every record at once."""
    return Unsupported(
        f"{what} needs every record in memory, and the index {index.name!r} of this collection keeps them elsewhere"
    )

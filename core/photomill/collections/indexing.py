"""Keeping a collection's index in step with its rows, in the background."""

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from attrs import frozen

from photomill.collections.contents import SavedRows, View
from photomill.collections.locks import ReadWriteLock
from photomill.collections.retrieval import IndexView
from photomill.collections.rows import RowStore
from photomill.collections.snapshot import Snapshot, SnapshotFolder
from photomill.collections.store.records import Position
from photomill.components.index import VectorIndex
from photomill.config.settings import SearchSettings
from photomill.errors import Conflict, NotFound
from photomill.plugins import Components
from photomill.retrying import Backoff

FOLD_ROWS = 512
"""New rows that are scanned before they are appended to the index, so that appending is done in portions."""

REBUILD_SHARE = 0.10
"""New rows, as a share of the indexed, after which an index that cannot append is built anew."""

COMPACT_SHARE = 0.30
"""Dead rows, as a share of all, after which rows are numbered anew without them."""

SMALL = 2000
"""Rows below which neither is worth the trouble."""

SAVE_ROWS = 5000
"""Rows below which the catalog is read faster than a snapshot is worth."""

SAVE_SHARE = 0.25
"""Changes since the last snapshot, as a share of all rows, after which another is made."""

_OTHER_SECONDS = 5.0
"""How long another process that saves a snapshot is waited for, each time."""

logger = logging.getLogger(__name__)

_LONGEST_PAUSE = 600.0
"""Seconds between two tries to bring an index up to date where one after the other fails."""


@frozen(eq=False)
class _Built:
    """An index in use.

    :ivar instance: its name in ``plugins.toml``.
    :ivar generation: of the rows that it numbers.
    """

    index: VectorIndex
    instance: str
    size: int
    generation: int


class Indexing:
    """One collection's index. Searches never wait for a build; they scan what is not indexed yet."""

    def __init__(
        self,
        store: RowStore,
        wanted: str,
        settings: SearchSettings,
        components: Components,
        snapshots: SnapshotFolder,
        background: Executor,
    ) -> None:
        """
        :param wanted: an instance in ``[indexes]``, or ``auto``.
        :param background: where building happens.
        """
        self._store = store
        self._wanted = wanted
        self._settings = settings
        self._components = components
        self._snapshots = snapshots
        self._background = background
        self._lock = ReadWriteLock()
        self._built: _Built | None = None
        self._saved_sequence = 0
        self._saved_rows = 0
        self._saved_generation = 0
        self._saved_indexed = 0
        self._unreadable = False
        """Whether the snapshot's index is of no use, so that the one built in its place is worth saving, though no row is new."""
        self._maintaining = threading.Lock()
        self._scheduling = threading.Lock()
        self._scheduled = False
        self._closed = False
        self._backoff = Backoff(
            logger, "the index could not be brought up to date", longest=_LONGEST_PAUSE
        )
        self._resting: threading.Timer | None = None

    @contextmanager
    def reading(self, view: View) -> Iterator[IndexView]:
        """The index for searching a view; it is not appended to meanwhile."""
        with self._lock.reading():
            built = self._built
            if built is None or built.generation != view.generation:
                yield IndexView()
            else:
                yield IndexView(built.index, built.size)

    @property
    def described(self) -> tuple[str, int]:
        """The component in use, and how many rows it holds."""
        built = self._built
        return ("", 0) if built is None else (built.index.name, built.size)

    def restore(self, snapshot: Snapshot) -> None:
        """Start from the snapshot from which the rows were resumed: an index of others knows other rows."""
        view, saved = self._store.latest, snapshot.index
        self._remember(snapshot.rows, view.generation)
        instance = self._instance_for(view.live)
        if saved is None or saved.identity != self._identity(instance):
            return
        if saved.size > min(len(snapshot.rows.serials), view.size):
            # It numbers rows that are not in the snapshot; after a start they may have other numbers.
            return
        index = self._components.new_index(instance)
        try:
            index.load(saved.path, view.vectors.from_row(0)[: saved.size])
        except Exception:
            index.close()
            logger.warning("index file %s cannot be read, rebuilding", saved.path, exc_info=True)
            self._unreadable = True
            return
        self._built = _Built(index, instance, saved.size, view.generation)
        self._saved_indexed = saved.size

    def changed(self) -> None:
        """Rows changed: see, in the background, whether the index must follow."""
        with self._scheduling:
            if self._scheduled or self._closed or self._resting is not None:
                return
            if not self._is_due(self._store.latest):
                return
            self._scheduled = True
            self._background.submit(self._run)

    def settle(self) -> None:
        """Bring the index up to date now, in this thread."""
        with self._maintaining:
            self._maintain()

    def stop(self) -> None:
        """Begin nothing further in the background."""
        with self._scheduling:
            self._closed = True
            if self._resting is not None:
                self._resting.cancel()

    def close(self) -> None:
        """Save what is worth saving, and let the index go."""
        self.stop()
        with self._maintaining:
            view = self._store.latest
            try:
                if self._unsaved(view) > 0.02 * view.size:
                    self._save(view)
                elif self._index_unsaved(view):
                    self._save_index(view)
            except (NotFound, Conflict):
                pass  # Another process has deleted or converted the collection.
            except Exception as error:
                # Whatever it is, there is more to be closed.
                logger.warning("the index is built anew after the next start: %s", error)
            finally:
                self._install(None)

    def discard(self) -> None:
        """Let the index go. A build that is under way is not waited for, and leaves nothing behind."""
        self.stop()
        self._install(None)

    # ------------------------------------------------------------ what is due

    def _run(self) -> None:
        with self._scheduling:
            self._scheduled = False
            if self._closed:
                return
        try:
            self.settle()
            self._backoff.succeeded()
        except (NotFound, Conflict):
            # The collection was deleted or converted: there is nothing to keep in step any more.
            self.discard()
        except Exception as error:
            # Searches go on without the index. A build may take minutes: not every change tries again.
            self._rest(self._backoff.failed(error))

    def _rest(self, seconds: float) -> None:
        with self._scheduling:
            if not self._closed:
                if self._resting is not None:
                    self._resting.cancel()
                self._resting = threading.Timer(seconds, self._rested)
                self._resting.daemon = True
                self._resting.start()

    def _rested(self) -> None:
        with self._scheduling:
            self._resting = None
        self.changed()

    def _is_due(self, view: View) -> bool:
        built = self._built
        return (
            self._must_compact(view)
            or self._must_build(view, built)
            or (built is not None and built.index.can_add and view.size - built.size >= FOLD_ROWS)
            or self._unsaved(view) > SAVE_SHARE * view.size
            or self._index_unsaved(view)
        )

    def _maintain(self) -> None:
        view = self._store.latest
        if self._must_compact(view):
            self._compact(view)
            view = self._store.latest
        if self._must_build(view, self._built):
            self._build(view)
        elif self._built is not None and self._built.index.can_add:
            self._append(view, self._built)
            if self._built is not None and self._built.index.outgrown:
                # It may be long until the next change.
                self._build(view)
        due = self._unsaved(view) > SAVE_SHARE * view.size and not self._take_over(view)
        if due or self._unreadable:
            self._save(self._store.latest)
        elif self._index_unsaved(self._store.latest):
            self._save_index(self._store.latest)

    def _must_compact(self, view: View) -> bool:
        return view.size >= SMALL and view.size - view.live > COMPACT_SHARE * view.size

    def _must_build(self, view: View, built: _Built | None) -> bool:
        if view.live == 0:
            return False
        if (
            built is None
            or built.generation != view.generation
            or built.instance != self._instance_for(view.live)
            or built.index.outgrown
        ):
            return True
        pending = view.size - built.size
        return not built.index.can_add and pending > max(SMALL, REBUILD_SHARE * built.size)

    def _unsaved(self, view: View) -> int:
        """Roughly how many rows a snapshot made now would have beyond the last."""
        if view.size < SAVE_ROWS:
            return 0
        if view.generation != self._saved_generation:
            return view.size
        if view.position.sequence == self._saved_sequence:
            return 0
        return abs(view.size - self._saved_rows)

    def _index_unsaved(self, view: View) -> bool:
        """Whether the index knows many rows more than the one in the snapshot: after a start it would be built again."""
        built = self._built
        return (
            built is not None
            and built.index.can_persist
            and built.size >= SAVE_ROWS
            and built.generation == view.generation == self._saved_generation
            and built.size - self._saved_indexed > SAVE_SHARE * built.size
            and not self._must_build(view, built)
        )

    def _remember(self, saved: SavedRows, generation: int) -> None:
        """Note what the last snapshot holds, and which numbering of rows it has."""
        self._saved_sequence, self._saved_rows = saved.position.sequence, len(saved.serials)
        self._saved_generation = generation
        self._saved_indexed = 0

    # ------------------------------------------------------------ doing it

    def _instance_for(self, live: int) -> str:
        if self._wanted != "auto":
            return self._wanted
        large = live > self._settings.exact_rows
        return self._settings.large_index if large else self._settings.small_index

    def _identity(self, instance: str) -> str:
        component, options = self._components.index_class(instance)
        return f"{component.name} {options!r}"

    def _build(self, view: View) -> None:
        instance = self._instance_for(view.live)
        index = self._components.new_index(instance)
        try:
            if index.exhaustive and index.can_add:
                # Holds the parts as they are, without a copy.
                for start, vectors in view.vectors.spans(0, view.size):
                    if start == 0:
                        index.build(vectors)
                    else:
                        index.add(vectors)
            else:
                if len(view.vectors.parts) > 1 and view.size >= SAVE_ROWS:
                    # One array on disk, instead of a second copy in memory.
                    self._take_over(view)
                    view = self._store.latest
                    if len(view.vectors.parts) > 1:
                        self._save(view)
                        view = self._store.latest
                index.build(view.vectors.from_row(0))
        except BaseException:
            index.close()
            raise
        self._install(_Built(index, instance, view.size, view.generation))

    def _install(self, built: _Built | None) -> None:
        """Put an index in the place of the last, or let it go where nobody asks it any more."""
        with self._lock.writing():
            if self._closed and built is not None:
                built.index.close()
                return
            before, self._built = self._built, built
        if before is not None:
            before.index.close()

    def _append(self, view: View, built: _Built) -> None:
        if view.size - built.size < FOLD_ROWS:
            return
        for start, vectors in view.vectors.spans(built.size, 4096):
            with self._lock.writing():
                if self._built is not built:
                    return  # The collection was deleted.
                built.index.add(vectors)
                built = self._built = _Built(
                    built.index, built.instance, start + len(vectors), built.generation
                )

    def _save(self, view: View) -> None:
        with self._lock.reading():
            built = self._built
            if built is not None and built.generation != view.generation:
                built = None
            saved = self._written(
                view,
                built.index if built is not None else None,
                built.size if built is not None else 0,
                self._identity(built.instance) if built is not None else "",
            )
        if saved is None:
            # What the other process writes is taken over then.
            self._rest(_OTHER_SECONDS)
        else:
            self._unreadable = False
            self._rebase(saved)
            if built is not None and built.index.can_persist:
                self._saved_indexed = built.size

    def _save_index(self, view: View) -> None:
        """Put the index into the snapshot, or write both anew where the snapshot lacks rows that the index has."""
        built = self._built
        if built is not None and built.size > self._saved_rows:
            self._save(view)
            return
        with self._lock.reading(), self._while_there():
            if built is None or self._built is not built:
                return  # The collection was deleted.
            added = self._snapshots.add_index(
                Position(self._saved_sequence, view.position.epoch),
                self._saved_rows,
                built.index,
                built.size,
                self._identity(built.instance),
            )
        if added:
            # Or the snapshot is another process's by now, which adds an index of its own.
            self._saved_indexed = built.size
        else:
            self._rest(_OTHER_SECONDS)

    def _take_over(self, view: View) -> bool:
        """Read rows from what another process has saved since, which spares writing as much once more."""
        position = self._snapshots.position()
        if (
            position is None
            or position.epoch != view.position.epoch
            or position.sequence <= self._saved_sequence
        ):
            return False
        self._store.follow()
        snapshot = self._snapshots.load()
        if snapshot is None or not self._rebase(snapshot.rows):
            return False
        built, found = self._built, snapshot.index
        if built and found and found.identity == self._identity(built.instance):
            self._saved_indexed = found.size
        return self._unsaved(self._store.latest) <= SAVE_SHARE * view.size

    def _rebase(self, saved: SavedRows) -> bool:
        """Read rows from a snapshot; False where it numbers them in another way."""
        if not self._store.rebase(saved):
            return False
        built, view = self._built, self._store.latest
        self._remember(saved, view.generation)
        if (
            built is not None
            and built.index.exhaustive
            and built.instance == self._instance_for(view.live)
        ):
            # It refers to the arrays that have just been replaced, and would keep them in memory.
            # One of another kind is about to take its place anyway.
            self._build(view)
        return True

    def _compact(self, view: View) -> None:
        saved = self._written(view, compact=True)
        if saved is not None and self._store.adopt(saved, view.generation):
            self._remember(saved, view.generation + 1)

    def _written(
        self,
        view: View,
        index: VectorIndex | None = None,
        indexed: int = 0,
        identity: str = "",
        *,
        compact: bool = False,
    ) -> SavedRows | None:
        """Write a snapshot, unless the collection is deleted or converted before or meanwhile, by whatever process.

        :raises NotFound: it was deleted; no folder is left.
        :raises CollectionOutdated: it was converted.
        """
        with self._while_there():
            return self._snapshots.save(view, index, indexed, identity, compact=compact)

    @contextmanager
    def _while_there(self) -> Iterator[None]:
        """Write to the snapshot's folder; no folder is left where the collection is deleted meanwhile.

        :raises NotFound: it was deleted.
        :raises CollectionOutdated: it was converted.
        """
        self._store.check()
        try:
            yield
        finally:
            try:
                self._store.check()
            except NotFound:
                self._snapshots.remove()
                raise

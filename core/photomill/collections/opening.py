"""Making the backend of a collection: rows in memory, or an external index."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

from attrs import frozen

from photomill.catalog import Catalog
from photomill.collections.backend import Backend, Followed
from photomill.collections.external.backend import External
from photomill.collections.external.following import Following
from photomill.collections.external.moment import Source
from photomill.collections.external.tail import Tails
from photomill.collections.indexing import Indexing
from photomill.collections.ingest import Ingest
from photomill.collections.model import CollectionInfo
from photomill.collections.proving import Proving
from photomill.collections.resident import Resident
from photomill.collections.rows import RowStore
from photomill.collections.searching import Search
from photomill.collections.snapshot import SnapshotFolder
from photomill.collections.store.changes import ChangeTable
from photomill.collections.store.records import RecordTable
from photomill.components import Embedder, ExternalIndex
from photomill.config.settings import SearchSettings
from photomill.plugins import Components


class Keeper(ABC):
    """What keeps an index in step with a collection, in the background."""

    @abstractmethod
    def changed(self) -> None:
        """See whether there is anything to do."""

    @abstractmethod
    def stop(self) -> None:
        """Begin nothing further."""

    @abstractmethod
    def close(self) -> None:
        """Keep what is worth keeping, and give everything back."""

    @abstractmethod
    def discard(self) -> None:
        """Give everything back; the collection is gone."""


@frozen(eq=False)
class Held:
    """A backend, what follows the collection's changes for it, and what keeps its index."""

    backend: Backend
    followed: Followed
    keeper: Keeper


@frozen(eq=False)
class Opening:
    """Makes backends of one data folder's collections.

    :ivar background: where indexes are made, and changes applied to external ones.
    :ivar tending: where external indexes are looked after.
    """

    catalog: Catalog
    settings: SearchSettings
    components: Components
    background: Executor
    tending: Executor

    def resident(
        self,
        info: CollectionInfo,
        table: RecordTable,
        ingest: Ingest,
        embedder: Embedder,
        snapshot_folder: Path,
    ) -> Held:
        """Rows in memory, as a snapshot has them and the catalog since."""
        snapshots = SnapshotFolder(snapshot_folder, info.fingerprint, info.dimension)
        snapshot = snapshots.load()
        listening = _Listening([])
        store = RowStore(
            self.catalog, table, info.dimension, snapshot.rows if snapshot else None, listening
        )
        indexing = Indexing(
            store, info.index, self.settings, self.components, snapshots, self.background
        )
        proving = Proving(store, self.settings.exact_index, self.components, self.background)
        if snapshot is not None and store.resumed:
            indexing.restore(snapshot)
        listening.listeners.append(indexing.changed)
        search = Search(
            ingest,
            self.components.filter(self.settings.filter),
            embedder.distance_scale,
            info.dimension,
            indexing.reading,
            table,
            self.settings.exact_ms,
            proving=proving,
        )
        return Held(Resident(table, store, indexing, search), store, _InMemory(indexing, proving))

    def external(
        self,
        info: CollectionInfo,
        table: RecordTable,
        ingest: Ingest,
        embedder: Embedder,
        index: ExternalIndex,
    ) -> Held:
        """Rows that an index holds."""
        changes = ChangeTable(info.id, table)
        following = Following(
            self.catalog,
            info.id,
            info.dimension,
            table,
            changes,
            index,
            self.background,
            self.tending,
        )
        source = Source(
            self.catalog, table, changes, index, following, Tails(changes), info.dimension
        )
        language = self.components.filter(self.settings.filter)
        backend = External(source, ingest, language, embedder.distance_scale)
        return Held(backend, following, _Outside(following))


@frozen(eq=False)
class _Listening:
    """Passes a store's changes on to its indexing, which needs the store to be made."""

    listeners: list[Callable[[], None]]

    def __call__(self) -> None:
        for listener in self.listeners:
            listener()


@frozen(eq=False)
class _InMemory(Keeper):
    indexing: Indexing
    proving: Proving

    def changed(self) -> None:
        self.indexing.changed()

    def stop(self) -> None:
        self.indexing.stop()
        self.proving.stop()

    def close(self) -> None:
        self.indexing.close()
        self.proving.close()

    def discard(self) -> None:
        self.indexing.discard()
        self.proving.close()


@frozen(eq=False)
class _Outside(Keeper):
    following: Following

    def changed(self) -> None:
        self.following.changed()

    def stop(self) -> None:
        self.following.stop()

    def close(self) -> None:
        self.following.stop()

    def discard(self) -> None:
        self.following.stop()

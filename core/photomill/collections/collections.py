"""The collections of one catalog, opened as they are used."""

import logging
import shutil
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from attrs import evolve

from photomill.catalog import Catalog
from photomill.cleanup import CleanupThread
from photomill.collections.assembly import Assembly, OpenCollection
from photomill.collections.collection import Collection
from photomill.collections.external.following import drop_indexes, index_name
from photomill.collections.model import CollectionInfo
from photomill.collections.opening import Opening
from photomill.collections.store.collections import CollectionTable
from photomill.collections.store.people import PEOPLE_TABLES
from photomill.collections.store.records import RecordTable
from photomill.collections.store.thumbnails import ThumbnailTable
from photomill.collections.thumbnails.files import ThumbnailFiles
from photomill.collections.thumbnails.thumbnails import remove_orphans
from photomill.components import ExternalIndex
from photomill.config.settings import Settings
from photomill.config.wording import show_value
from photomill.decoding.decoder import ImageDecoder
from photomill.errors import Conflict, InvalidInput, PhotomillError
from photomill.names import normalise_name
from photomill.parallel import Parallel
from photomill.plugins import Components
from photomill.sources.reader import SourceReader
from photomill.storages import Storages

logger = logging.getLogger(__name__)

MAX_NAME = 200
_NEWEST = 60
"""Records that are looked through for some with thumbnails."""
MOST_RECORDS = 2**53


class Collections:
    """Makes, lists, opens and deletes collections. Thread-safe."""

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        components: Components,
        reader: SourceReader,
        decoder: ImageDecoder,
        storages: Storages,
    ) -> None:
        self._settings = settings
        self._catalog = catalog
        self._components = components
        self._table = CollectionTable(catalog)
        self._thumbnails = ThumbnailFiles(storages, settings.thumbnails.storage)
        self._cleanup = CleanupThread(
            self.clean_up_thumbnails,
            settings.thumbnails.cleanup_seconds,
            logger,
            "thumbnails",
        )
        self._parallel = Parallel(settings.search.threads, "photomill-embed")
        self._background = ThreadPoolExecutor(1, thread_name_prefix="photomill-index")
        self._tending = ThreadPoolExecutor(1, thread_name_prefix="photomill-tend")
        self._assembly = Assembly(
            settings,
            catalog,
            components,
            reader,
            decoder,
            self._thumbnails,
            self._parallel,
            Opening(catalog, settings.search, components, self._background, self._tending),
        )
        self._lock = threading.Lock()
        """Held for moments, for the following three."""
        self._opening: dict[str, threading.Lock] = {}
        self._opened: dict[str, OpenCollection] = {}
        self._closed = False

    def create(
        self,
        name: str,
        *,
        embedder: str = "",
        index: str = "",
        product_field: str = "",
        max_records: int | None = None,
        thumbnails: bool | None = None,
        texts: bool = False,
        people: bool = False,
    ) -> CollectionInfo:
        """Make a collection.

        :param embedder: an instance in ``[embedders]``; empty for the configured one.
        :param index: an instance in ``[indexes]`` or ``auto``; empty for the configured one.
        :param product_field: the attribute by which results are grouped unless a search says otherwise.
        :param max_records: 0 for no limit; None for the configured one.
        :param thumbnails: whether thumbnails are made of what is inserted; None for what is configured.
        :param texts: whether the text in images that are inserted is read; see :meth:`set_texts`.
        :param people: whether people are looked for in what is inserted; see :meth:`set_people`.
        :raises InvalidInput: a bad name or number.
        :raises NotFound: no such embedder or index.
        :raises PluginUnavailable: texts or people are wanted, and the model that reads or knows them was not added.
        """
        search = self._settings.search
        name = normalise_name(name)
        if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
            raise InvalidInput(
                f"expected 1 to {MAX_NAME} printable characters, got {name[:50]!r}", path="name"
            )
        limit = search.max_records if max_records is None else max_records
        if not 0 <= limit <= MOST_RECORDS:
            raise InvalidInput(
                f"expected 0 to {MOST_RECORDS}, got {show_value(limit)}", path="max_records"
            )
        wanted = index or search.index
        if wanted != "auto":
            self._components.index_class(wanted)
        chosen = embedder or search.embedder
        opened = self._components.embedder(chosen)
        if texts:
            self.check_text_reader()
        info = CollectionInfo(
            id=str(uuid.uuid4()),
            name=name,
            embedder=chosen,
            fingerprint=opened.fingerprint,
            dimension=opened.dimension,
            index=wanted,
            product_field=product_field,
            max_records=limit,
            created=time.time(),
            thumbnails=self._settings.thumbnails.enabled if thumbnails is None else thumbnails,
            texts=texts,
            people=people,
        )
        self._table.create(info, self._assembly.recogniser().fingerprint if people else "")
        return info

    def index_in_memory(self) -> str:
        """The configured index for new collections, or ``auto`` where that one holds vectors itself."""
        wanted = self._settings.search.index
        if wanted == "auto" or issubclass(self._components.index_class(wanted)[0], ExternalIndex):
            return "auto"
        return wanted

    def named(self, name: str) -> list[CollectionInfo]:
        """Collections of this name; names need not be unique."""
        return self._table.named(name)

    def info(self, collection_id: str) -> CollectionInfo:
        """What is known of a collection, without opening it.

        :raises NotFound: there is none of this id.
        """
        opened = self._opened.get(collection_id)
        if opened is None or opened.collection.outdated:
            return self._table.get(collection_id)
        return opened.collection.info

    def newest(self, collection_id: str, limit: int) -> tuple[int, dict[str, str]]:
        """How many records a collection holds, and which of those inserted last have thumbnails; without opening it.

        :returns: the etags of up to ``limit`` thumbnails by the records' ids, the last inserted first.
        """
        table = RecordTable(self._catalog, collection_id)
        with self._catalog.read() as connection:
            count, ids = table.count(connection), table.newest(_NEWEST + limit, connection)
        infos = table.thumbnails.infos(ids)
        etags = {record_id: infos[record_id].etag for record_id in ids if record_id in infos}
        return count, dict(islice(((each, etag) for each, etag in etags.items() if etag), limit))

    def open(self, collection_id: str) -> Collection:
        """The collection, ready for use.

        :raises NotFound: there is none of this id.
        :raises Conflict: its embedder is not the one that made its vectors.
        """
        opened = self._opened.get(collection_id)
        if opened is not None and not opened.collection.outdated:
            return opened.collection
        # What does not exist gets no lock, so that the locks are as many as the collections.
        self._table.get(collection_id)
        with self._exclusively(collection_id):
            opened = self._opened.get(collection_id)
            if opened is not None and opened.collection.outdated:
                self._forget(collection_id)
                opened = None
            if opened is None:
                opened = self._assembly.open(self._table.get(collection_id))
                self._register(opened)
            return opened.collection

    def opened(self) -> tuple[Collection, ...]:
        """The collections that this process has open."""
        with self._lock:
            return tuple(opened.collection for opened in self._opened.values())

    def clear(self, collection_id: str) -> int:
        """Remove every record; tells how many there were."""
        table = RecordTable(self._catalog, self._table.get(collection_id).id)
        with self._catalog.write() as connection:
            count = table.clear(connection)
            tokens = table.thumbnails.forget_all(connection)
        self._thumbnails.remove(collection_id, tokens)
        return count

    def set_thumbnails(self, collection_id: str, wanted: bool) -> None:
        """Have thumbnails made of what is inserted from now on, or remove all of them and make no more.

        Of what is there already, :meth:`Collection.make_thumbnails` makes them.

        :raises NotFound: there is no collection of this id.
        """
        self._table.switch(collection_id, thumbnails=wanted)
        if not wanted:
            with self._catalog.write() as connection:
                tokens = ThumbnailTable(self._catalog, collection_id).forget_all(connection)
            self._thumbnails.remove(collection_id, tokens)
        self._note(collection_id, thumbnails=wanted)

    def set_texts(self, collection_id: str, wanted: bool) -> None:
        """Have the text in images read that are inserted from now on, or not any more; what was read stays.

        Of what is there already, :meth:`photomill.Reading.submit` has it read.

        :raises NotFound: there is no collection of this id.
        :raises PluginUnavailable: the model that reads texts was not added.
        """
        if wanted:
            self.check_text_reader()
        self._table.switch(collection_id, texts=wanted)
        self._note(collection_id, texts=wanted)

    def check_text_reader(self) -> None:
        """Make sure that texts can be read here.

        :raises PluginUnavailable: the model that reads them was not added.
        """
        self._assembly.text_reader()

    def set_people(self, collection_id: str, wanted: bool) -> int:
        """Have people looked for in what is inserted from now on, or forget everybody and look for nobody any more.

        Of what is there already, :meth:`People.find` finds them. Where people are forgotten, every face, crop and name is
        removed, and so are the copies that a database keeps of what it deleted: a SQLite file is written anew, which takes
        as long as to copy it, and holds up whoever writes meanwhile. What any process had found until then is not stored
        any more, also where people are wanted again; :meth:`photomill.Recognition.forget` ends the jobs that look, too.

        :returns: how many faces were forgotten.
        :raises NotFound: there is no collection of this id.
        :raises PluginUnavailable: what knows people has not been added.
        :raises CatalogError: everything was removed, and the copies could not be: ask again.
        :raises IndexUnavailable: the same goes for the names in an external index.
        """
        table = RecordTable(self._catalog, self._table.get(collection_id).id)
        fingerprint = self._assembly.recogniser().fingerprint if wanted else ""
        forgotten = 0
        switches = table.people.searches
        with self._catalog.write() as connection:
            position = table.advance(connection)
            if not wanted:
                named = list(table.people.names(None, connection))
                table.touch(named, position.sequence, connection)
                forgotten = table.people.forget_all(connection)
                switches.switch_off(connection)
            elif not switches.switch(connection).recogniser:
                switches.switch_on(fingerprint, connection)
        if not wanted:
            with self._lock:
                opened = self._opened.get(collection_id)
            if opened is not None:
                opened.collection.people.let_go()
            self._catalog.erase_deleted(PEOPLE_TABLES)
            self._erase_from_index(collection_id)
        self._note(collection_id, people=wanted)
        return forgotten

    def clean_up_thumbnails(self, now: float | None = None) -> int:
        """Remove files of thumbnails that no record has: what a process left that ended while it inserted.

        Files of the last hour stay.

        :param now: seconds since the epoch; None for now.
        :returns: how many were removed.
        """
        return remove_orphans(self._catalog, self._thumbnails, now)

    def start(self) -> None:
        """Clean up now and then, in the background, until the engine is closed. Does nothing twice."""
        self._cleanup.start()

    def delete(self, collection_id: str) -> None:
        """Remove a collection and all that is in it.

        :raises NotFound: there is none of this id.
        """
        info = self._table.get(collection_id)
        epoch = self._table.epoch(collection_id)
        tokens = self._table.delete(collection_id)
        self._thumbnails.remove(collection_id, tokens)
        with self._exclusively(collection_id):
            self._forget(collection_id)
            with self._lock:
                self._opening.pop(collection_id, None)
        self._drop_index(info, epoch)
        shutil.rmtree(self._assembly.snapshot_folder(collection_id), ignore_errors=True)
        shutil.rmtree(self.export_folder(collection_id), ignore_errors=True)

    def let_go(self, collection_id: str) -> None:
        """Close a collection in this process; who asks for it next opens it anew."""
        with self._exclusively(collection_id):
            self._forget(collection_id)

    def _forget(self, collection_id: str) -> None:
        with self._lock:
            opened = self._opened.pop(collection_id, None)
        if opened is not None:
            opened.keeper.discard()

    def export_folder(self, collection_id: str) -> Path:
        """Where files with a collection's records may be kept; it goes with the collection."""
        return self._settings.data_dir / "exports" / collection_id

    def close(self) -> None:
        """Close every open collection."""
        self._cleanup.stop()
        with self._lock:
            self._closed = True
            opened = list(self._opened.values())
        for each in opened:
            # No further builds of indexes are asked for, so that none is refused.
            each.keeper.stop()
        self._background.shutdown(wait=True, cancel_futures=True)
        self._tending.shutdown(wait=True, cancel_futures=True)
        self._parallel.close()
        for each in opened:
            each.keeper.close()
        with self._lock:
            self._opened.clear()
        self._thumbnails.close()

    def _note(self, collection_id: str, **switches: Any) -> None:
        """Let what is open know of what was switched on or off."""
        with self._lock:
            opened = self._opened.get(collection_id)
            if opened is not None:
                opened.collection.info = evolve(opened.collection.info, **switches)

    def _register(self, opened: OpenCollection) -> None:
        with self._lock:
            if not self._closed:
                self._opened[opened.collection.info.id] = opened
        if self._closed:
            opened.keeper.close()
            raise Conflict("the engine is closed")
        opened.keeper.changed()

    @contextmanager
    def _exclusively(self, collection_id: str) -> Iterator[None]:
        """Held while one collection is opened or taken away; others go on."""
        with self._lock:
            lock = self._opening.setdefault(collection_id, threading.Lock())
        with lock:
            yield

    def _erase_from_index(self, collection_id: str) -> None:
        """Leave no name in an external index, which holds what filters see."""
        info = self._table.get(collection_id)
        index = self._assembly.external_index(info)
        if index is not None:
            self.open(collection_id).settle()
            index.erase_deleted(index_name(collection_id, self._table.epoch(collection_id)))

    def _drop_index(self, info: CollectionInfo, epoch: int) -> None:
        """Remove what an external index holds of a collection that is gone."""
        try:
            index = self._assembly.external_index(info)
            if index is not None:
                drop_indexes(index, info.id, epoch)
        except PhotomillError as error:
            logger.warning("the index of the deleted collection %r may stay: %s", info.id, error)

    def list_all(self) -> list[CollectionInfo]:
        """Every collection, oldest first."""
        return self._table.list_all()

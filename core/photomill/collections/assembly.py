"""Putting a collection together from its parts."""

from functools import partial
from pathlib import Path

from attrs import frozen

from photomill.catalog import Catalog
from photomill.collections.collection import Collection
from photomill.collections.duplicates.compared import Compared
from photomill.collections.duplicates.hashes import HashIndex
from photomill.collections.duplicates.near_duplicates import NearDuplicates
from photomill.collections.ingest import Ingest
from photomill.collections.model import CollectionInfo
from photomill.collections.opening import Keeper, Opening
from photomill.collections.people.finding import FaceFinder
from photomill.collections.people.people import People
from photomill.collections.store.dropped import DroppedTable
from photomill.collections.store.folders import FolderTable
from photomill.collections.store.passes import PassTable
from photomill.collections.store.records import RecordTable
from photomill.collections.store.reviews import ReviewTable
from photomill.collections.texts.reading import TextReading
from photomill.collections.texts.texts import Texts
from photomill.collections.thumbnails.files import ThumbnailFiles
from photomill.collections.thumbnails.thumbnails import Thumbnails
from photomill.collections.words.filling import Filling
from photomill.collections.writing import Writer
from photomill.components import Embedder, ExternalIndex, FaceRecogniser, TextReader
from photomill.config.settings import Settings
from photomill.decoding.decoder import ImageDecoder
from photomill.errors import Conflict, NotFound
from photomill.parallel import Parallel
from photomill.plugins import Components
from photomill.sources.reader import SourceReader


@frozen(eq=False)
class OpenCollection:
    """A collection that is in use, and what keeps its index."""

    collection: Collection
    keeper: Keeper


@frozen(eq=False)
class Assembly:
    """Puts collections together from what all of an engine's collections share.

    :ivar thumbnails: where those of all collections are.
    :ivar parallel: where images are prepared side by side.
    """

    settings: Settings
    catalog: Catalog
    components: Components
    reader: SourceReader
    decoder: ImageDecoder
    thumbnails: ThumbnailFiles
    parallel: Parallel
    backends: Opening

    def open(self, info: CollectionInfo) -> OpenCollection:
        """Put a collection together.

        :raises Conflict: its embedder is not the one that made its vectors.
        """
        embedder = self._embedder(info)
        table = RecordTable(self.catalog, info.id, embedder.vocabulary, info.fingerprint)
        dropped = DroppedTable(self.catalog, info.id)
        reading = TextReading(self.decoder, self.text_reader)
        finder = FaceFinder(self.catalog, table.people, self.decoder, self.recogniser)
        ingest = Ingest(
            self.reader,
            self.decoder,
            embedder,
            self.parallel,
            partial(self.thumbnails.write, info.id),
            reading.read,
            finder.faces,
        )
        index = self.external_index(info)
        if index is None:
            folder = self.snapshot_folder(info.id)
            held = self.backends.resident(info, table, ingest, embedder, folder)
        else:
            held = self.backends.external(info, table, ingest, embedder, index)
        hashes = HashIndex()
        writer = Writer(
            self.catalog,
            table,
            dropped,
            held.followed,
            ingest,
            hashes,
            embedder.distance_scale,
            info.max_records,
            lambda record_id: self.components.record_inserted(info.id, record_id),
            partial(self.thumbnails.remove, info.id),
            finder,
        )
        collection = Collection(
            info,
            table,
            held.backend,
            ingest,
            writer,
            Filling(self.catalog, table, held.followed, embedder),
            NearDuplicates(
                self.settings.search.near_radius,
                ingest,
                hashes,
                ReviewTable(self.catalog, info.id),
                Compared(PassTable(self.catalog, info.id)),
            ),
            dropped,
            FolderTable(self.catalog, info.id),
            Thumbnails(info.id, table.thumbnails, self.thumbnails, ingest, self.parallel),
            Texts(self.catalog, table, held.followed, reading, self.parallel),
            People(self.catalog, table, held.followed, finder, ingest, self.parallel),
        )
        return OpenCollection(collection, held.keeper)

    def external_index(self, info: CollectionInfo) -> ExternalIndex | None:
        """The index that holds a collection's vectors; None where they are in memory."""
        return None if info.index == "auto" else self.components.external_index(info.index)

    def snapshot_folder(self, collection_id: str) -> Path:
        """Where the rows and the index in memory are kept from one opening to the next."""
        return self.settings.data_dir / "indexes" / collection_id

    def text_reader(self) -> TextReader:
        """What reads the text in images.

        :raises PluginUnavailable: its model was not added.
        """
        return self.components.text_reader(self.settings.texts.reader)

    def recogniser(self) -> FaceRecogniser:
        """What knows people.

        :raises PluginUnavailable: it has not been added.
        """
        return self.components.recogniser(self.settings.people.recogniser)

    def _embedder(self, info: CollectionInfo) -> Embedder:
        try:
            embedder = self.components.embedder(info.embedder)
        except NotFound as error:
            raise Conflict(
                f"the collection {info.name!r} needs an embedder that is not configured: {error}"
            ) from error
        if embedder.fingerprint == info.fingerprint:
            return embedder
        earlier = embedder.earlier(info.fingerprint)
        if earlier is None:
            raise Conflict(
                f"the collection {info.name!r} holds vectors of {info.fingerprint!r}, but the embedder "
                f"{info.embedder!r} is now {embedder.fingerprint!r}; configure the former under that name, or insert "
                "the images into a new collection"
            )
        return earlier

"""What the parts of albums share."""

from attrs import frozen

from photomill.albums.files import AlbumStorage
from photomill.albums.store import AlbumTables
from photomill.catalog import Catalog
from photomill.collections.collection import Collection
from photomill.collections.collections import Collections
from photomill.config.settings import AlbumSettings, Settings
from photomill.decoding.decoder import ImageDecoder
from photomill.errors import PhotomillError
from photomill.images.image import Image
from photomill.jobs.jobs import Jobs
from photomill.storages import Storages

_SMALL_SIDE = 64
"""What is enough to know a photo's size and colour."""


@frozen(eq=False)
class AlbumContext:
    """The settings, tables and services that the parts of albums work with."""

    settings: AlbumSettings
    tables: AlbumTables
    storage: AlbumStorage
    collections: Collections
    jobs: Jobs
    decoder: ImageDecoder

    @classmethod
    def of(
        cls,
        settings: Settings,
        catalog: Catalog,
        storages: Storages,
        collections: Collections,
        jobs: Jobs,
        decoder: ImageDecoder,
    ) -> "AlbumContext":
        storage = AlbumStorage(storages, settings.albums.storage)
        tables = AlbumTables(catalog)
        return cls(settings.albums, tables, storage, collections, jobs, decoder)

    def collection(self, owner_id: str) -> Collection:
        """The collection of an owner's photos.

        :raises PhotomillError: it cannot be opened: its embedder is missing, for instance.
        """
        return self.collections.open(self.tables.owners.get(owner_id).collection)

    def decode(self, owner_id: str, data: bytes) -> tuple[Image, Collection | None]:
        """Decode a photo as its owner's collection wants it; small where there is none now.

        :raises ImageError: it cannot be decoded.
        """
        try:
            collection = self.collection(owner_id)
        except PhotomillError:
            # The photo is taken all the same; its job embeds it once that can be done.
            return self.decoder.decode(data, side=_SMALL_SIDE), None
        return collection.decode(data), collection

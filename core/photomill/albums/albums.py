"""Albums: the facade."""

from photomill.albums.derivatives import Derivatives
from photomill.albums.embedding import Embedding
from photomill.albums.files import AlbumFiles, AlbumStorage
from photomill.albums.groups import Groups
from photomill.albums.likeness import Likeness
from photomill.albums.owners import Brands, Owners
from photomill.albums.photos import Photos
from photomill.albums.processing import Processing
from photomill.albums.public import PublicView
from photomill.albums.recipes import Recipes
from photomill.albums.store.photos import PhotoTable
from photomill.albums.sweeper import Sweeper, Swept
from photomill.albums.upkeep import Upkeep
from photomill.albums.uploads import Uploads
from photomill.albums.zips import ZipJob, Zips
from photomill.catalog import Catalog
from photomill.collections.collections import Collections
from photomill.config.settings import Settings
from photomill.decoding.decoder import ImageDecoder
from photomill.editing.editing import Editing
from photomill.jobs.jobs import Jobs
from photomill.keys import Keys
from photomill.plugins import Components
from photomill.storages import Storages


class Albums:
    """Owners, their brands, and the groups of photos that they share. Thread-safe.

    Whoever calls checks who may: nothing here asks for a key.

    :ivar owners: makes and finds owners, and whose a key is.
    :ivar brands: makes and finds their brands.
    :ivar groups: makes, finds and changes groups, and lists their photos.
    :ivar uploads: reserves room for photos, and receives them.
    :ivar photos: finds, moves, copies and deletes photos.
    :ivar files: opens photos' files by their paths.
    :ivar zips: packs files of a group into archives.
    :ivar likeness: finds photos by how they look.
    :ivar public: groups and photos as the public sees them.
    """

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        components: Components,
        storages: Storages,
        editing: Editing,
        jobs: Jobs,
        collections: Collections,
        keys: Keys,
        decoder: ImageDecoder,
    ) -> None:
        """Make the kinds of job known to ``jobs`` too.

        :raises ConfigError: the watermark's picture cannot be read.
        """
        wanted = settings.albums
        storage = AlbumStorage(storages, wanted.storage)
        processing = Processing(catalog, jobs)
        self.owners = Owners(catalog, collections, keys)
        self.brands = Brands(catalog)
        self.groups = Groups(catalog, self.brands, wanted.thumbnail)
        self.uploads = Uploads(wanted, catalog, storage, decoder, processing)
        self.photos = Photos(catalog, collections, processing)
        self.files = AlbumFiles(catalog, storage)
        self.zips = Zips(wanted.keep_zips, catalog, storage, jobs)
        self.likeness = Likeness(catalog, components, collections, self.groups, processing)
        shown = {name for name, each in wanted.derivatives.items() if each.public}
        self.public = PublicView(self.groups, PhotoTable(catalog), shown)
        self._sweeper = Sweeper(
            wanted.keep_deleted, catalog, storage, collections, processing, self.zips
        )
        self._upkeep = Upkeep(self.sweep, wanted.cleanup_seconds)
        jobs.register(Derivatives(Recipes(wanted), catalog, storage, editing))
        jobs.register(Embedding(catalog, storage, collections))
        jobs.register(ZipJob(catalog, storage, self.files, settings.data_dir))

    def start(self) -> None:
        """Sweep now and then, in the background, until :meth:`stop`. Does nothing twice."""
        self._upkeep.start()

    def stop(self) -> None:
        """Sweep no more. Does nothing twice."""
        self._upkeep.stop()

    def sweep(self, now: float | None = None) -> Swept:
        """Remove what nobody needs any more, and take up what was left undone.

        :param now: seconds since the epoch; None for now.
        """
        return self._sweeper.sweep(now)

"""Albums: the facade."""

import logging
from pathlib import Path

from photomill.albums.cleanup import Cleaner, CleanupReport
from photomill.albums.context import AlbumContext
from photomill.albums.files import AlbumFiles
from photomill.albums.groups import Groups, PublicView
from photomill.albums.owners import Brands, Owners
from photomill.albums.photos import Photos
from photomill.albums.processing import PhotoJob, PhotoRecords, Processing
from photomill.albums.sharing import Sharing
from photomill.albums.similarity import Similarity
from photomill.albums.uploads import Uploads
from photomill.albums.visitors import Visitors
from photomill.albums.zips import ZipJob, Zips
from photomill.cleanup import CleanupThread
from photomill.editing.editing import Editing
from photomill.keys import Keys
from photomill.plugins import Components

logger = logging.getLogger(__name__)


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
    :ivar similarity: finds photos that look alike, and groups photos by what they show.
    :ivar public: groups and photos as the public sees them.
    :ivar sharing: what the public view of a group offers, and to whom.
    :ivar visitors: the favourites of those who visit it.
    """

    def __init__(
        self,
        context: AlbumContext,
        editing: Editing,
        components: Components,
        keys: Keys,
        data_dir: Path,
    ) -> None:
        """Register the kinds of job of albums too.

        :param data_dir: where archives are written before they are stored.
        :raises ConfigError: the watermark's file cannot be read.
        """
        processing = Processing(context)
        records = PhotoRecords(context)
        self.owners = Owners(context, keys)
        self.brands = Brands(context)
        self.groups = Groups(context, self.brands)
        self.uploads = Uploads(context, records, processing)
        self.photos = Photos(context, processing, records)
        self.files = AlbumFiles(context.tables.photos, context.storage)
        self.zips = Zips(context)
        self.similarity = Similarity(context, components, self.groups, processing)
        self.public = PublicView(self.groups, context)
        self.sharing = Sharing(context, self.groups, self.zips)
        self.visitors = Visitors(context)
        self._cleaner = Cleaner(context, processing, self.zips)
        self._cleanup = CleanupThread(
            self.clean_up, context.settings.cleanup_seconds, logger, "albums"
        )
        context.jobs.register(PhotoJob(context, records, editing))
        context.jobs.register(ZipJob(context, self.files, data_dir))

    def start(self) -> None:
        """Clean up now and then, in the background, until :meth:`stop`. Does nothing twice."""
        self._cleanup.start()

    def stop(self) -> None:
        """Clean up no more. Does nothing twice."""
        self._cleanup.stop()

    def clean_up(self, now: float | None = None) -> CleanupReport:
        """Remove what has expired, and resume what was left undone.

        :param now: seconds since the epoch; None for now.
        """
        return self._cleaner.clean_up(now)

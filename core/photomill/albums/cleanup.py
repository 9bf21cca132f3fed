"""Removing what has expired, and resuming what was left undone."""

import logging
import time

from attrs import frozen

from photomill.albums.context import AlbumContext
from photomill.albums.model import Photo
from photomill.albums.processing import Processing
from photomill.albums.zips import Zips
from photomill.components import ObjectInfo
from photomill.errors import PhotomillError
from photomill.portions import portions

logger = logging.getLogger(__name__)

_GRACE = 3600.0
"""Seconds that reservations outlive their end, and files may lie about before the catalog knows them."""


@frozen
class CleanupReport:
    """What a cleanup did.

    :ivar reservations: removed, of which nobody made use.
    :ivar photos: removed for good.
    :ivar groups: likewise.
    :ivar zips: likewise.
    :ivar files: removed, of which the catalog knew nothing.
    :ivar resumed: photos and archives whose job was lost or had failed, and that are tried again.
    """

    reservations: int
    photos: int
    groups: int
    zips: int
    files: int
    resumed: int


class Cleaner:
    """Cleans up one catalog's albums; several at once do no harm."""

    def __init__(self, context: AlbumContext, processing: Processing, zips: Zips) -> None:
        self._keep_deleted = context.settings.keep_deleted
        self._context = context
        self._tables = context.tables
        self._storage = context.storage
        self._processing = processing
        self._zips = zips

    def clean_up(self, now: float | None = None) -> CleanupReport:
        """Clean up once; what cannot be removed now is left to the next time.

        :param now: seconds since the epoch; None for now.
        """
        now = time.time() if now is None else now
        reservations = self._tables.photos.expired_reservations(now - _GRACE)
        for reserved in reservations:
            self._tables.photos.forget_reservation(reserved.id)
        return CleanupReport(
            reservations=len(reservations),
            photos=self._remove_photos(now - self._keep_deleted),
            groups=self._remove_groups(now - self._keep_deleted),
            zips=self._remove_zips(now),
            files=sum(
                self._remove_orphans(owner.id, now) for owner in self._tables.owners.list_all()
            ),
            resumed=self._resume(now),
        )

    # ------------------------------------------------------------ what was deleted

    def _remove_photos(self, moment: float) -> int:
        return sum(
            self._try_to_remove(photo) for photo in self._tables.photos.deleted_before(moment)
        )

    def _try_to_remove(self, photo: Photo) -> bool:
        try:
            self._remove_photo(photo)
        except PhotomillError:
            logger.warning("the photo %s cannot be removed", photo.id, exc_info=True)
            return False
        return True

    def _remove_photo(self, photo: Photo) -> None:
        """Forget a photo first: files that nobody knows of are orphans, and photos without files are a loss."""
        self._context.collection(photo.owner).delete([photo.id])
        keys = {file.storage_key for file in self._tables.photos.files([photo.id])}
        self._tables.photos.forget(photo.id)
        for key in keys - self._tables.photos.used_keys(list(keys)):
            self._delete(key)

    def _remove_groups(self, moment: float) -> int:
        kept = {photo.group for photo in self._tables.photos.deleted_before(moment)}
        groups = [
            each for each in self._tables.groups.deleted_before(moment) if each.id not in kept
        ]
        for group in groups:
            self._tables.groups.forget(group.id)
        return len(groups)

    def _remove_zips(self, now: float) -> int:
        expired = self._tables.zips.expired(now)
        for zip_id, key in expired:
            self._tables.zips.forget(zip_id)
            self._delete(key)
        return len(expired)

    # ------------------------------------------------------------ what was lost

    def _remove_orphans(self, owner_id: str, now: float) -> int:
        storage = self._storage.storage
        if not storage.can_list:
            return 0
        storage.tidy(f"{owner_id}/", now - _GRACE)
        old = (
            found
            for found in storage.list_objects(f"{owner_id}/")
            if found.modified is not None and found.modified < now - _GRACE
        )
        return sum(map(self._remove_unknown, portions(old)))

    def _remove_unknown(self, objects: list[ObjectInfo]) -> int:
        keys = [found.key for found in objects]
        known = self._tables.photos.used_keys(keys) | self._tables.zips.used_keys(keys)
        return sum(self._delete(key) for key in keys if key not in known)

    def _delete(self, key: str) -> bool:
        try:
            self._storage.delete(key)
        except PhotomillError:
            logger.warning("%s cannot be removed", key, exc_info=True)
            return False
        return True

    # ------------------------------------------------------------ what was left undone

    def _resume(self, now: float) -> int:
        photos = self._tables.photos.unprocessed(now - _GRACE)
        for photo in photos:
            self._processing.begin(photo)
        zips = [each for each in self._tables.zips.unfinished() if each.created < now - _GRACE]
        for wanted in zips:
            self._zips.begin(wanted)
        return len(photos) + len(zips)

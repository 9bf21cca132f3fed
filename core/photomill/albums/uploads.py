"""Receiving photos: from a reservation to a file that is there for good."""

import hashlib
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import BinaryIO

import numpy as np
from attrs import evolve

from photomill.albums.calendar import time_zone
from photomill.albums.context import AlbumContext
from photomill.albums.files import ending, original_key
from photomill.albums.model import Group, Photo, Reservation
from photomill.albums.processing import PhotoRecords, Processing
from photomill.albums.store.photos import AlbumFile
from photomill.albums.store.uploads import AlreadyHeld
from photomill.albums.tokens import new_path
from photomill.collections.collection import Collection
from photomill.errors import (
    CapacityExceeded,
    Forbidden,
    InvalidInput,
    NotFound,
    PhotomillError,
)
from photomill.images.formats import check_format
from photomill.images.image import Image, Pixels
from photomill.names import file_name, normalise_name
from photomill.sources.reader import read_bounded

logger = logging.getLogger(__name__)

MOST_RESERVED = 25
"""Reservations of one call."""

_RECEIVE_SECONDS = 120.0
"""How long one may take from its first byte here until it is stored; then another may begin."""
_MAX_NAME = 255


class Uploads:
    """Reserves room for photos, and receives them. Thread-safe."""

    def __init__(
        self, context: AlbumContext, records: PhotoRecords, processing: Processing
    ) -> None:
        self._context = context
        self._settings = context.settings
        self._tables = context.tables
        self._table = context.tables.uploads
        self._storage = context.storage
        self._records = records
        self._processing = processing

    def reserve(self, group: Group, count: int) -> list[Reservation]:
        """Make room for photos in a group, as many as the owner may still have.

        :raises InvalidInput: not 1 to 25.
        :raises NotFound: the group was deleted.
        """
        if not 1 <= count <= MOST_RESERVED:
            raise InvalidInput(f"expected 1 to {MOST_RESERVED}, got {count}", path="count")
        if group.deleted is not None:
            raise NotFound(f"no group {group.id!r}")
        expires = float(int(time.time() + self._settings.reserve_seconds))
        return self._table.reserve(
            group.id, group.owner, count, expires, limit=self._settings.max_photos
        )

    def find(self, secret: str) -> Photo:
        """Look at a reservation before anything is received.

        :param secret: the upload address's random part.
        :raises NotFound: no such address, or its group was deleted.
        :raises Forbidden: its time is over.
        """
        upload = self._table.find(secret)
        if time.time() >= upload.expires:
            raise Forbidden("the time of this upload address is over")
        deleted = self._tables.groups.get(upload.photo.group).deleted is not None
        if deleted or upload.photo.deleted is not None:
            raise NotFound("no such upload address")
        return upload.photo

    def receive(
        self, secret: str, group_id: str, photo_id: str, file: BinaryIO, filename: str = ""
    ) -> Photo:
        """Receive a photo; it is stored when this returns, and listed once its derivatives are made.

        Until then it may be sent again, and is replaced. What breaks off, or is refused, leaves nothing behind.

        :param filename: the photo is sorted by it; empty takes the photo's id.
        :raises NotFound: no such address, or its group was deleted.
        :raises Forbidden: its time is over.
        :raises InvalidInput: the address is of another group or photo.
        :raises Conflict: another upload of it is under way, or it is processed already.
        :raises SourceTooLarge: more bytes than a photo may have.
        :raises UnsupportedFormat: no photo, or of a format that is not taken.
        :raises ImageError: it cannot be decoded.
        :raises StorageFull: the disk is full.
        :raises StorageError: it cannot be stored.
        """
        reserved = self.find(secret)
        if group_id != reserved.group:
            raise InvalidInput("the upload address is of another group", path="group")
        if photo_id != reserved.id:
            raise InvalidInput("the upload address is of another photo", path="photo")
        return self._receive(reserved, file, filename)

    def _receive(
        self, reserved: Photo, file: BinaryIO, filename: str, *, once: bool = False
    ) -> Photo:
        with self._alone(reserved) as receiver:
            data = read_bounded(file, self._settings.max_bytes)
            format = check_format(data, self._settings.formats)
            image, collection = self._context.decode(reserved.owner, data)
            named = evolve(reserved, sort_name=sort_name(filename) or reserved.id)
            described = self._described(named, data, format, image)
            photo = self._store(described, data, receiver, once=once)
        if collection is not None:
            self._embed(collection, photo, data, image)
        self._processing.begin(photo)
        return photo

    def add(self, group: Group, file: BinaryIO, filename: str) -> Photo:
        """Reserve room for one photo and receive it.

        :raises CapacityExceeded: the owner may have no more photos.
        :raises PhotomillError: as :meth:`reserve` and :meth:`receive` do; nothing is left behind.
        """
        return self._add(group, file, filename)

    def add_once(self, group: Group, file: BinaryIO, filename: str, sha256: str) -> Photo | None:
        """As :meth:`add`, but None where the group has a photo of a file of this name and these bytes, ready or not.

        However many add it at the same time, one does.

        :param sha256: of the bytes, in hexadecimal.
        """
        if self._tables.photos.holds(group.id, sort_name(filename), sha256):
            return None
        try:
            return self._add(group, file, filename, once=True)
        except AlreadyHeld:
            return None

    def _add(self, group: Group, file: BinaryIO, filename: str, *, once: bool = False) -> Photo:
        for place in self.reserve(group, 1):
            try:
                return self._receive(self.find(place.secret), file, filename, once=once)
            except BaseException:
                self._tables.photos.forget_reservation(place.photo)
                raise
        raise CapacityExceeded(
            f"the owner may have no more than {self._settings.max_photos} photos"
        )

    @contextmanager
    def _alone(self, photo: Photo) -> Iterator[str]:
        receiver = self._table.claim(photo.id, _RECEIVE_SECONDS)
        try:
            yield receiver
        except BaseException:
            self._table.release(photo.id, receiver)
            raise

    def _embed(self, collection: Collection, photo: Photo, data: bytes, image: Image) -> None:
        """Insert a photo into its owner's collection while its pixels are here; its job does where this fails."""
        try:
            self._records.insert(collection, photo, lambda: data, image)
        except PhotomillError:
            logger.warning("the photo %s is embedded later", photo.id, exc_info=True)

    def _described(self, photo: Photo, data: bytes, format: str, image: Image) -> Photo:
        """What is known of a photo once it was decoded."""
        red, green, blue = _mean_colour(image.pixels)
        sha256 = hashlib.sha256(data).hexdigest()
        duplicate = self._tables.photos.first_with(photo.owner, sha256, but=photo.id)
        clock = image.captured
        timezone = time_zone(self._tables.owners.get(photo.owner).timezone)
        now = time.time()
        return evolve(
            photo,
            state="uploaded",
            width=image.width,
            height=image.height,
            bytes=len(data),
            format=format,
            mean_colour=f"#{red:02x}{green:02x}{blue:02x}",
            sha256=sha256,
            uploaded=now,
            updated=now,
            captured=None if clock is None else clock.since_epoch(timezone),
            captured_offset=None if clock is None else clock.offset,
            duplicate_of=duplicate.id if duplicate else "",
            error="",
        )

    def _store(self, photo: Photo, data: bytes, receiver: str, *, once: bool) -> Photo:
        replaced = [file.storage_key for file in self._tables.photos.files([photo.id])]
        key = original_key(photo.owner, photo.format)
        path = new_path(ending(photo.format))
        photo = evolve(photo, files={"original": path})
        self._storage.write(key, data)
        try:
            original = AlbumFile(path, photo.id, "original", key)
            self._table.store(photo, receiver, original, once=once)
        except BaseException:
            self._storage.delete(key)
            raise
        for old in replaced:
            self._storage.delete(old)
        return photo


def _mean_colour(pixels: Pixels) -> tuple[int, int, int]:
    height, width, _ = pixels.shape
    # Column by column: numpy takes a thirtieth of the time that the mean over both axes takes.
    red, green, blue = pixels.sum(axis=0, dtype=np.uint32).sum(axis=0, dtype=np.uint64)
    count = height * width
    return round(red / count), round(green / count), round(blue / count)


def sort_name(filename: str) -> str:
    """A file's name as photos are sorted by: without folders, control characters and its ending; empty for blanks alone."""
    name = PurePosixPath(file_name(normalise_name(filename)) or ".").stem[:_MAX_NAME]
    return name if name.strip() else ""

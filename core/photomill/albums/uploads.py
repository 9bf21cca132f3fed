"""Receiving photos: from a reservation to a file that is there for good."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from attrs import evolve

from photomill.albums.calendar import zone
from photomill.albums.files import AlbumStorage, ending, original_key
from photomill.albums.model import Group, Photo, Reservation
from photomill.albums.ordering import sort_name
from photomill.albums.processing import Processing
from photomill.albums.store.groups import GroupTable
from photomill.albums.store.owners import OwnerTable
from photomill.albums.store.photo_rows import AlbumFile
from photomill.albums.store.photos import PhotoTable
from photomill.albums.store.uploads import UploadTable
from photomill.albums.tokens import new_path
from photomill.catalog import Catalog
from photomill.config.settings import AlbumSettings
from photomill.decoding.decoder import ImageDecoder
from photomill.errors import CapacityExceeded, Forbidden, InvalidInput, NotFound, SourceTooLarge
from photomill.images.formats import check_format

MOST_RESERVED = 25
"""Reservations of one call."""

_RECEIVE_SECONDS = 120.0
"""How long one may take from its first byte here until it is stored; then another may begin."""
_DECODE_SIDE = 64
_CHUNK = 256 * 1024


class Uploads:
    """Reserves room for photos, and receives them. Thread-safe."""

    def __init__(
        self,
        settings: AlbumSettings,
        catalog: Catalog,
        storage: AlbumStorage,
        decoder: ImageDecoder,
        processing: Processing,
    ) -> None:
        self._settings = settings
        self._table = UploadTable(catalog)
        self._photos = PhotoTable(catalog)
        self._groups = GroupTable(catalog)
        self._owners = OwnerTable(catalog)
        self._storage = storage
        self._decoder = decoder
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
        deleted = self._groups.get(upload.photo.group).deleted is not None
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
        with self._alone(reserved) as receiver:
            data = self._read(file)
            named = evolve(reserved, sort_name=sort_name(filename) or reserved.id)
            photo = self._store(self._described(named, data), data, receiver)
        self._processing.begin(photo)
        return photo

    def add(self, group: Group, file: BinaryIO, filename: str) -> Photo:
        """Reserve room for one photo and receive it.

        :raises CapacityExceeded: the owner may have no more photos.
        :raises PhotomillError: as :meth:`reserve` and :meth:`receive` do; nothing is left behind.
        """
        for place in self.reserve(group, 1):
            try:
                return self.receive(place.secret, group.id, place.photo, file, filename)
            except BaseException:
                self._photos.forget_reservation(place.photo)
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

    def _described(self, photo: Photo, data: bytes) -> Photo:
        """Look into a file.

        :raises ImageError: it is no photo that is taken.
        """
        format = check_format(data, self._settings.formats)
        image = self._decoder.decode(data, side=_DECODE_SIDE)
        red, green, blue = (round(each) for each in image.pixels.mean(axis=(0, 1)).tolist())
        sha256 = hashlib.sha256(data).hexdigest()
        duplicate = self._photos.first_with(photo.owner, sha256, but=photo.id)
        clock = image.captured
        timezone = zone(self._owners.get(photo.owner).timezone)
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

    def _store(self, photo: Photo, data: bytes, receiver: str) -> Photo:
        replaced = [file.storage_key for file in self._photos.files([photo.id])]
        key = original_key(photo.owner, photo.format)
        path = new_path(ending(photo.format))
        photo = evolve(photo, files={"original": path})
        self._storage.write(key, data)
        try:
            self._table.store(photo, receiver, AlbumFile(path, photo.id, "original", key))
        except BaseException:
            self._storage.delete(key)
            raise
        for old in replaced:
            self._storage.delete(old)
        return photo

    def _read(self, file: BinaryIO) -> bytes:
        """Read up to the limit; what is behind it is never held."""
        limit = self._settings.max_bytes
        parts, size = [], 0
        while chunk := file.read(min(_CHUNK, limit + 1 - size)):
            parts.append(chunk)
            size += len(chunk)
            if size > limit:
                raise SourceTooLarge(f"more than {limit} bytes")
        return b"".join(parts)

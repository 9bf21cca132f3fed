"""Where the files of albums lie, and who may open them."""

import secrets
from io import BytesIO
from typing import BinaryIO

from attrs import field, frozen

from photomill.albums.store.photos import PhotoTable
from photomill.components import Storage
from photomill.errors import NotFound
from photomill.storages import Storages

_ENDINGS = {"jpeg": "jpg"}


@frozen
class OpenedFile:
    """
    :ivar size: in bytes; None where the storage does not tell.
    :ivar format: ``jpeg``, ``png``, …
    :ivar tag: changes whenever the bytes do.
    """

    file: BinaryIO = field(repr=False)
    kind: str
    format: str
    size: int | None
    tag: str


class AlbumStorage:
    """The storage that the configuration names. Thread-safe.

    Keys begin with an owner's id, so that what nobody knows of below it is nobody else's either. They hold 144 random
    bits, and are never shown.
    """

    def __init__(self, storages: Storages, instance: str) -> None:
        self._storages = storages
        self._instance = instance

    @property
    def storage(self) -> Storage:
        """The storage that holds the files of albums.

        :raises NotFound: the configuration names a storage that is not there.
        """
        return self._storages.internal(self._instance)

    def read(self, key: str) -> bytes:
        """Read a photo, which was small enough when it came."""
        with self.storage.open_object(key) as file:
            return file.read()

    def write(self, key: str, data: bytes) -> None:
        """Write a file: whole, or not at all."""
        self.storage.put(key, BytesIO(data))

    def delete(self, key: str) -> None:
        """Remove a file; one that is not there is no error."""
        self.storage.delete(key)


class AlbumFiles:
    """Opens photos' files by their paths. Thread-safe."""

    def __init__(self, photos: PhotoTable, storage: AlbumStorage) -> None:
        self._photos = photos
        self._storage = storage

    def open(self, path: str) -> OpenedFile:
        """Open the file of a photo that lists have; whoever knows the path may.

        :raises NotFound: there is none, or not any more.
        """
        found = self._photos.file(path)
        shown = self._photos.shown([found.photo])
        if found.photo not in shown:
            raise NotFound(f"no file {path!r}")
        storage = self._storage.storage
        size = storage.stat(found.storage_key).size
        return OpenedFile(
            file=storage.open_object(found.storage_key),
            kind=found.kind,
            format=shown[found.photo].format if found.kind == "original" else "jpeg",
            size=size,
            tag=path.rpartition("/")[2].partition(".")[0],
        )


def original_key(owner_id: str, format: str) -> str:
    """A new place for an original."""
    return f"{owner_id}/originals/{secrets.token_urlsafe(18)}.{ending(format)}"


def derivative_key(original: str, kind: str) -> str:
    """The place of a derivative: it follows from the original's, so a second try writes over the first."""
    owner_id, _, name = original.split("/")
    return f"{owner_id}/derivatives/{name.partition('.')[0]}/{kind}.jpg"


def zip_key(owner_id: str) -> str:
    """A new place for an archive."""
    return f"{owner_id}/zips/{secrets.token_urlsafe(18)}.zip"


def ending(format: str) -> str:
    """What names of files of a format end in."""
    return _ENDINGS.get(format, format)

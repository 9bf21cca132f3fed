"""The files of thumbnails, in the storage that the configuration names."""

import logging
import re
import secrets
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from io import BytesIO

from photomill.collections.store.thumbnails import StoredThumbnail
from photomill.components import ObjectInfo, Storage
from photomill.errors import PhotomillError
from photomill.storages import Storages

logger = logging.getLogger(__name__)

_WRITERS = 8
"""Files written at once: each waits for the disk, or for a server, most of the time."""
_KEY = re.compile(r"[0-9a-f-]{36}/[0-9a-f]{2}/(?P<token>[0-9a-f]{32})\.webp")


class ThumbnailFiles:
    """Writes, reads and removes files. Thread-safe.

    A file's key holds its collection's id and a token of 128 random bits. No file is ever written twice.
    """

    def __init__(self, storages: Storages, instance: str) -> None:
        self._storages = storages
        self._instance = instance
        self._writers = ThreadPoolExecutor(_WRITERS, thread_name_prefix="photomill-thumbnails")
        self._removing = ThreadPoolExecutor(1, thread_name_prefix="photomill-thumbnails-removing")

    @property
    def storage(self) -> Storage:
        """The storage that holds thumbnails.

        :raises NotFound: the configuration names a storage that is not there.
        """
        return self._storages.internal(self._instance)

    def write(self, collection_id: str, data: bytes) -> "Future[StoredThumbnail | None]":
        """Begin to write a thumbnail; None comes of it where the storage does not take it, which is logged."""
        return self._writers.submit(self._write, collection_id, data)

    def read(self, collection_id: str, token: str) -> bytes:
        """Read a thumbnail.

        :raises NotFound: it is not there.
        :raises StorageError: the storage fails.
        """
        with self.storage.open_object(_key(collection_id, token)) as file:
            return file.read()

    def remove(self, collection_id: str, tokens: Sequence[str]) -> None:
        """Remove files that the catalog has forgotten, in the background; what fails is left to a cleanup."""
        if tokens:
            self._removing.submit(self._remove, [_key(collection_id, token) for token in tokens])

    def remove_now(self, objects: Iterable[ObjectInfo]) -> int:
        """Remove files; tells how many could be."""
        return self._remove([found.key for found in objects])

    def close(self) -> None:
        """Finish what was begun. May be called twice."""
        self._writers.shutdown(wait=True)
        self._removing.shutdown(wait=True)

    def _write(self, collection_id: str, data: bytes) -> StoredThumbnail | None:
        token = secrets.token_hex(16)
        try:
            self.storage.put(_key(collection_id, token), BytesIO(data))
        except PhotomillError:
            logger.warning("a thumbnail is not stored", exc_info=True)
            return None
        return StoredThumbnail(token, len(data))

    def _remove(self, keys: Sequence[str]) -> int:
        removed = 0
        for key in keys:
            try:
                self.storage.delete(key)
                removed += 1
            except PhotomillError:
                logger.warning("the thumbnail %s is not removed", key, exc_info=True)
        return removed


def token_of(key: str) -> str:
    """The token in a key; empty where the file is no thumbnail."""
    match = _KEY.fullmatch(key)
    return match["token"] if match else ""


def _key(collection_id: str, token: str) -> str:
    return f"{collection_id}/{token[:2]}/{token}.webp"

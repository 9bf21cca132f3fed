"""Where results are written to."""

import os
from io import BytesIO
from pathlib import Path
from typing import Protocol

from photomill.components import Storage
from photomill.editing.destinations import Destination, spare_original
from photomill.errors import Conflict, NotFound, StorageError
from photomill.sources.source import PathSource, Source, UriSource


class Target(Protocol):
    """Keeps results by their names."""

    def has(self, name: str) -> bool:
        """Whether a result of this name is there.

        :raises StorageError: nobody knows.
        """

    def is_original(self, source: Source, name: str) -> bool:
        """Whether a result of this name would replace the picture that it is made from."""

    def write(self, name: str, data: bytes) -> None:
        """Write a result: whole, or not at all.

        :raises StorageError: it cannot be written.
        """


class FolderTarget:
    """A folder of this machine, made where there is none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, name: str) -> bool:
        return (self._folder / name).exists()

    def is_original(self, source: Source, name: str) -> bool:
        path = self._folder / name
        return isinstance(source, PathSource) and path.exists() and path.samefile(source.path)

    def write(self, name: str, data: bytes) -> None:
        path = self._folder / name
        partial = path.with_name(f".{path.name}.partial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(data)
            os.replace(partial, path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise StorageError(f"{path}: {error.strerror or error}") from error


class StorageTarget:
    """A folder of a storage."""

    def __init__(self, storage: Storage, destination: Destination) -> None:
        self._storage = storage
        self._destination = destination

    def has(self, name: str) -> bool:
        try:
            self._storage.stat(self._destination.object_key(name))
        except NotFound:
            return False
        return True

    def is_original(self, source: Source, name: str) -> bool:
        if not isinstance(source, UriSource):
            return False
        try:
            spare_original(source.uri, self._destination, name)
        except Conflict:
            return True
        return False

    def write(self, name: str, data: bytes) -> None:
        self._storage.put(self._destination.object_key(name), BytesIO(data))

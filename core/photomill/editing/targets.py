"""Where results are written to."""

import os
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Protocol

from photomill.components import Storage
from photomill.editing.destinations import Destination, writable
from photomill.editing.records import (
    FileRecords,
    Records,
    StorageRecords,
    nearest,
    records_of,
)
from photomill.errors import InvalidInput, NotFound, StorageError
from photomill.storages import Namespace

UNKNOWN_SIZE = -1
"""Of what stands in a storage that tells no sizes."""


class Target(Protocol):
    """Keeps results by their names, and what they were made of."""

    @property
    def records(self) -> Records:
        """What the results were made of."""

    def check(self) -> None:
        """Make sure, before anything starts, that results can be written.

        :raises InvalidInput, Unsupported: they cannot.
        """

    def mark(self, mark: str) -> None:
        """Leave a mark, by which other machines know whether what they see under its address is the same.

        :raises StorageError: it cannot be written.
        """

    def has_mark(self, mark: str) -> bool:
        """Whether results that are written here go where the mark was left.

        :raises StorageError: nobody knows.
        """

    def place(self, name: str) -> str:
        """Where a result of this name goes: a resolved path, or a URI."""

    def size(self, name: str) -> int | None:
        """The bytes of what stands under a name; None where nothing does.

        :raises StorageError: nobody knows.
        """

    def read(self, name: str) -> bytes:
        """What stands under a name.

        :raises NotFound: nothing does.
        :raises StorageError: it cannot be read.
        """

    def write(self, name: str, data: bytes) -> None:
        """Write a result: whole, or not at all.

        :raises StorageError: it cannot be written.
        """


class FolderTarget:
    """A folder of this machine, made where there is none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def records(self) -> FileRecords:
        return records_of(self._folder)

    def check(self) -> None:
        _check_writable(self._folder)

    def mark(self, mark: str) -> None:
        self.records.mark(mark)

    def has_mark(self, mark: str) -> bool:
        return self.records.has_mark(mark)

    def place(self, name: str) -> str:
        return os.path.realpath(self.path(name))

    def path(self, name: str) -> Path:
        """The file of a result."""
        return self._folder / name

    def size(self, name: str) -> int | None:
        return _file_size(self.path(name))

    def read(self, name: str) -> bytes:
        return _read(self.path(name))

    def write(self, name: str, data: bytes) -> None:
        _write(self.path(name), data)


class FileTarget(FolderTarget):
    """One file of this machine, for one result."""

    def __init__(self, file: Path) -> None:
        super().__init__(file.parent)
        self._file = file

    @cached_property
    def records(self) -> FileRecords:
        return records_of(self._file)

    def path(self, name: str) -> Path:
        return self._file


class StorageTarget:
    """A folder of a storage, or one object for one result."""

    def __init__(self, storage: Storage, destination: Destination) -> None:
        self._storage = storage
        self._destination = destination

    @cached_property
    def records(self) -> StorageRecords:
        return StorageRecords(self._storage, self._destination)

    def check(self) -> None:
        writable(self._storage, self._destination)

    def mark(self, mark: str) -> None:
        """A storage is the same for all."""

    def has_mark(self, mark: str) -> bool:
        return True

    def place(self, name: str) -> str:
        return stored_place(
            self._storage, self._destination.storage, self._destination.object_key(name)
        )

    def size(self, name: str) -> int | None:
        try:
            size = self._storage.stat(self._destination.object_key(name)).size
        except NotFound:
            return None
        return UNKNOWN_SIZE if size is None else size

    def read(self, name: str) -> bytes:
        with self._storage.open_object(self._destination.object_key(name)) as file:
            return file.read()

    def write(self, name: str, data: bytes) -> None:
        self._storage.put(self._destination.object_key(name), BytesIO(data))


def open_target(destination: str, storages: Namespace) -> Target:
    """The target of a destination.

    :param destination: a path, or ``storage://name/…``; what ends in ``/`` is a folder, anything else one file or object.
    :raises InvalidInput: it is neither.
    :raises NotFound: no such storage.
    """
    if "://" in destination:
        where = Destination.parse(destination)
        return StorageTarget(storages.storage(where.storage), where)
    return (
        FolderTarget(Path(destination))
        if destination.endswith("/")
        else FileTarget(Path(destination))
    )


def stored_place(storage: Storage, name: str, key: str) -> str:
    """Where an object lies: the resolved path of its file where it is one of this machine, or a URI.

    :param name: of the storage.
    """
    if storage.folder is None:
        return f"storage://{name}/{key}"
    return os.path.realpath(storage.folder / key)


def _check_writable(folder: Path) -> None:
    existing = nearest(folder)
    if not existing.is_dir():
        raise InvalidInput(f"{existing} is no folder", path="destination")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise InvalidInput(f"{existing} cannot be written to", path="destination")


def _file_size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror or error}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"{path} is not there") from None
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror or error}") from error


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(data)
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StorageError(f"{path}: {error.strerror or error}") from error

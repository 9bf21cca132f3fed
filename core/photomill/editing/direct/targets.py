"""Where results are written to."""

import os
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Protocol

from photomill.components import Storage
from photomill.editing.destinations import Destination, writable
from photomill.editing.direct.records import (
    FileRecords,
    Record,
    Records,
    StorageRecords,
    nearest,
    records_of,
)
from photomill.errors import InvalidInput, NotFound, StorageError

_UNKNOWN_SIZE = -1


class Target(Protocol):
    """Keeps results by their names, and what they were made of."""

    @property
    def records(self) -> Records:
        """What the results were made of."""

    def check(self) -> None:
        """Make sure, before anything starts, that results can be written.

        :raises InvalidInput, Unsupported: they cannot.
        """

    def place(self, name: str) -> str:
        """Where a result of this name goes: a resolved path, or a URI."""

    def size(self, name: str) -> int | None:
        """The bytes of what stands under a name; None where nothing does.

        :raises StorageError: nobody knows.
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

    def place(self, name: str) -> str:
        return str(self.path(name).resolve())

    def path(self, name: str) -> Path:
        """The file of a result."""
        return self._folder / name

    def size(self, name: str) -> int | None:
        return _file_size(self.path(name))

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

    def place(self, name: str) -> str:
        return f"storage://{self._destination.storage}/{self._destination.object_key(name)}"

    def size(self, name: str) -> int | None:
        try:
            size = self._storage.stat(self._destination.object_key(name)).size
        except NotFound:
            return None
        return _UNKNOWN_SIZE if size is None else size

    def write(self, name: str, data: bytes) -> None:
        self._storage.put(self._destination.object_key(name), BytesIO(data))


class StreamTarget:
    """Hands one result on, to standard output for one."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.records: Records = _NoRecords()

    def check(self) -> None:
        return

    def place(self, name: str) -> str:
        return ""

    def size(self, name: str) -> int | None:
        return None

    def write(self, name: str, data: bytes) -> None:
        self._stream.write(data)
        self._stream.flush()


class _NoRecords:
    def find(self, name: str) -> list[Record]:
        return []

    def add(self, name: str, record: Record) -> None:
        return


def _check_writable(folder: Path) -> None:
    existing = nearest(folder)
    if not existing.is_dir():
        raise InvalidInput(f"{existing} is no folder", path="--output")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise InvalidInput(f"{existing} cannot be written to", path="--output")


def _file_size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return None
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

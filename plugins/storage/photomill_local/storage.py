"""The storage."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import dropwhile
from pathlib import Path
from typing import BinaryIO

from attrs import field, frozen, validators

from photomill.plugin import (
    FILE_MODE,
    LEAST_FREE,
    Health,
    NotFound,
    ObjectInfo,
    OpenContext,
    Storage,
    StorageError,
    StorageFull,
    file_identity,
    free_bytes,
    is_full,
    make_private_folder,
)
from photomill_local.listing import list_objects
from photomill_local.paths import check_prefix, locate, open_object
from photomill_local.writing import remove_partial, replaced

_NOT_THERE = (errno.ENOENT, errno.ENOTDIR)
_USUAL_MODE = 0o666


@frozen
class LocalOptions:
    """
    :ivar root: the folder; a relative path is taken from the working folder.
    :ivar in_data_dir: a relative ``root`` is taken from the data folder instead; only the user who runs Photomill may
        read what is written there.
    :ivar create: make the folder where there is none.
    :ivar shared: every machine that uses the catalog sees this folder, as on a network file system, or as there is one only.
    :ivar durable: wait for the disk with every file. Without it, power that fails may cost the last files, or leave them
        empty: for what can be made again, as thumbnails.
    """

    root: str = field(validator=validators.min_len(1))
    in_data_dir: bool = False
    create: bool = False
    shared: bool = False
    durable: bool = True


class LocalStorage(Storage):
    """A folder. Keys are paths below it. Links that stay inside are read, but not listed."""

    name = "local"
    Options = LocalOptions

    @property
    def is_shared(self) -> bool:
        shared: bool = self.options.shared
        return shared

    @property
    def folder(self) -> Path:
        return self._root

    def open(self, context: OpenContext) -> None:
        start = context.data_dir if self.options.in_data_dir else Path()
        if start is None:
            raise StorageError("there is no data folder that the root could be in")
        root = (start / Path(self.options.root).expanduser()).absolute()
        with _failures(str(root)):
            if self.options.create:
                self._make_folder(root)
            self._root = root.resolve(strict=True)
        if not self._root.is_dir():
            raise StorageError(f"{root} is not a folder")
        self._opened = file_identity(self._root)

    def health(self) -> Health:
        if file_identity(self._root) != self._opened:
            return Health(ok=False, detail=self._moved())
        if not os.access(self._root, os.R_OK | os.X_OK):
            return Health(ok=False, detail=f"{self._root} cannot be read")
        # Folders that Photomill made are those it writes to.
        if self.options.create and free_bytes(self._root) < LEAST_FREE:
            return Health(ok=False, detail=f"the disk of {self._root} is full")
        return Health()

    def open_object(self, key: str) -> BinaryIO:
        try:
            with _failures(key):
                return open_object(self._root, key)
        except NotFound:
            # What is missing with the whole folder may come back.
            self._check_root()
            raise

    def stat(self, key: str) -> ObjectInfo:
        with self.open_object(key) as file:
            found = os.fstat(file.fileno())
        return ObjectInfo(key, found.st_size, found.st_mtime)

    def list_objects(
        self, prefix: str = "", *, recursive: bool = True, after: str = ""
    ) -> Iterator[ObjectInfo]:
        check_prefix(self._root, prefix)
        listed = self._list(prefix, recursive=recursive)
        return dropwhile(lambda found: found.key <= after, listed) if after else listed

    def put(self, key: str, data: BinaryIO) -> ObjectInfo:
        self._check_root()
        path = locate(self._root, key)
        mode = FILE_MODE if self.options.in_data_dir else _USUAL_MODE
        with _failures(key):
            if "/" in key:
                self._make_folder(path.parent)
            with replaced(path, mode, durable=self.options.durable) as file:
                shutil.copyfileobj(data, file, 1024 * 1024)
                file.flush()
                written = os.fstat(file.fileno())
        return ObjectInfo(key, written.st_size, written.st_mtime)

    def delete(self, key: str) -> None:
        path = locate(self._root, key)
        with _failures(key):
            path.unlink(missing_ok=True)

    def tidy(self, prefix: str, before: float) -> None:
        check_prefix(self._root, prefix)
        with _failures(prefix):
            remove_partial(self._root / prefix.rpartition("/")[0], before)

    def _make_folder(self, folder: Path) -> None:
        if self.options.in_data_dir:
            make_private_folder(folder)
        elif not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)

    def _check_root(self) -> None:
        """
        :raises StorageError: the folder is not there any more, or another one is.
        """
        if file_identity(self._root) != self._opened:
            raise StorageError(self._moved())

    def _moved(self) -> str:
        return (
            f"{self._root} is not the folder that was opened: put it back, or restart Photomill "
            "if it was moved on purpose"
        )

    def _list(self, prefix: str, *, recursive: bool) -> Iterator[ObjectInfo]:
        self._check_root()
        with _failures(prefix):
            yield from list_objects(self._root, prefix, recursive=recursive)


@contextmanager
def _failures(key: str) -> Iterator[None]:
    """Say in the engine's words what the system says."""
    try:
        yield
    except OSError as error:
        if error.errno in _NOT_THERE:
            raise NotFound(f"{key!r} is not there") from None
        if is_full(error):
            raise StorageFull(f"{key!r}: {error.strerror}") from error
        raise StorageError(f"{key!r}: {error.strerror or error}") from error

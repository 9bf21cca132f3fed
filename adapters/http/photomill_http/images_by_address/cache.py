"""Made images on disk, within a limit of bytes: what was not asked for the longest goes first."""

import hashlib
import logging
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from attrs import field, frozen
from filelock import FileLock

logger = logging.getLogger("photomill.http")

_DIGEST = 32
_TOUCHED = 60.0
"""Seconds within which a second use needs no note."""
_ROOM = 0.9
"""Of the limit, what is left after some were removed."""
_LOCKS = 2
"""Hexadecimal digits of a key that choose its lock."""
_ABANDONED = 3600.0


@frozen
class CachedImage:
    """
    :ivar tag: of the bytes.
    :ivar made: seconds since the epoch.
    """

    data: bytes = field(repr=False)
    tag: str
    made: float


class ImageCache:
    """A folder of files that are whole or not there; several processes may share it. Thread-safe.

    A file begins with the SHA-256 of what follows: one that a power cut left half written is not taken.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        """
        :param most_bytes: of all files; 0 keeps none.
        """
        self._folder = folder
        self._most = most_bytes
        self._lock = threading.Lock()
        # Of all files, as far as this process knows; None before the first look.
        self._bytes: int | None = None
        self._written = 0

    def get(self, key: str, oldest: float) -> CachedImage | None:
        """An image that was made before; None where there is none.

        :param key: hexadecimal digits.
        :param oldest: seconds since the epoch before which it must not have been made.
        """
        path = self._path(key)
        try:
            with path.open("rb") as file:
                status = os.fstat(file.fileno())
                if status.st_mtime < oldest:
                    return None
                digest, data = file.read(_DIGEST), file.read()
        except OSError:
            return None
        if hashlib.sha256(data).digest() != digest:
            return None
        now = time.time()
        if now - status.st_atime > _TOUCHED:
            # Whatever the file system notes by itself: this is what `_shrink` goes by.
            with suppress(OSError):
                os.utime(path, (now, status.st_mtime))
        return CachedImage(data, digest.hex()[:32], status.st_mtime)

    def put(self, key: str, data: bytes) -> CachedImage:
        """Keep an image, where there is room for it."""
        digest = hashlib.sha256(data).digest()
        size = _DIGEST + len(data)
        if size <= self._most // 2:
            try:
                self._make_room(size)
                self._write(self._path(key), digest + data)
            except OSError:
                logger.warning("an image is not kept", exc_info=True)
        return CachedImage(data, digest.hex()[:32], time.time())

    def lock(self, key: str) -> FileLock:
        """What one process holds while it makes an image."""
        folder = self._folder / "locks"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return FileLock(folder / f"{key[:_LOCKS]}.lock", thread_local=False)

    def size(self) -> int:
        """Bytes of all images now."""
        return sum(size for _, size, _ in self._files())

    def _path(self, key: str) -> Path:
        return self._folder / "files" / key[:2] / key

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = path.with_name(f".{secrets.token_hex(8)}")
        try:
            partial.write_bytes(data)
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise

    def _make_room(self, size: int) -> None:
        with self._lock:
            self._written += size
            known = self._bytes
            # Now and then a look, as other processes write too.
            if known is None or known + size > self._most or self._written > self._most // 8:
                known = self._shrink(size)
                self._written = size
            self._bytes = known + size

    def _shrink(self, size: int) -> int:
        """Remove what was used the longest ago, if there is too much; returns how much there is."""
        found = sorted(self._files())
        total = sum(each for _, each, _ in found)
        if total + size <= self._most:
            return total
        for _, each, path in found:
            if total + size <= _ROOM * self._most:
                break
            path.unlink(missing_ok=True)
            total -= each
        return total

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """When each was used last, its size and its path."""
        for folder, _, names in os.walk(self._folder / "files"):
            for name in names:
                path = Path(folder, name)
                with suppress(FileNotFoundError):
                    status = path.stat()
                    if name.startswith(".") and status.st_mtime < time.time() - _ABANDONED:
                        path.unlink()
                        continue
                    yield status.st_atime, status.st_size, path

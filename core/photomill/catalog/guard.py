"""Whether the file of the catalog is still the one that was opened, and whole.

SQLite goes on with an open file that was renamed or removed, and acknowledges what nobody will find again.
"""

import os
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from photomill.errors import CatalogError
from photomill.folders import file_identity

_PUT_BACK = "put it back, or restart Photomill with the file that is meant"
_RESTORE = (
    "stop Photomill and put a backup back, or save what can be read with `sqlite3 FILE .recover`"
)

_DAMAGE = ("malformed", "not a database")
_SMALLEST = 512
"""Bytes of the smallest page, and so of the smallest database."""

_SMALL = 16 * 2**20
"""Bytes that are looked through while somebody waits."""

_PAUSE = 5.0
_SHARE = 100.0
"""The seconds from one look at the pages to the next, and how often its own time they are at least."""


def is_damage(reason: str) -> bool:
    """Whether what SQLite says means that the file is damaged."""
    return any(words in reason for words in _DAMAGE)


def described_damage(path: Path, reason: str) -> str:
    """Which file is damaged, and what to do about it."""
    return f"{path.name} is damaged ({reason}); {_RESTORE.replace('FILE', path.name)}"


class FileGuard:
    """Tells whether a path still leads to the file that was opened. Thread-safe.

    A check asks the file system twice and opens nothing: closing a second descriptor of the file would give SQLite's
    locks away.
    """

    def __init__(self, path: Path) -> None:
        """
        :raises CatalogError: the file is not there.
        """
        self._path = path
        self._log = path.with_name(f"{path.name}-wal")
        self._opened_file = self._identity(path)
        self._opened_log: tuple[int, int] | None = None

    def check(self) -> None:
        """Make sure that the file is still the one that was opened.

        :raises CatalogError: the file, or its log, was moved, removed, replaced or emptied.
        """
        if self._identity(self._path) != self._opened_file:
            raise CatalogError(f"{self._path.name} was replaced by another file; {_PUT_BACK}")
        if self._opened_log is None:
            self._opened_log = file_identity(self._log)
        elif file_identity(self._log) != self._opened_log:
            raise CatalogError(f"{self._log.name} was removed or replaced; {_PUT_BACK}")

    def _identity(self, path: Path) -> tuple[int, int]:
        try:
            found = os.stat(path)
        except OSError as error:
            raise CatalogError(
                f"{path.name} is not in its place ({error.strerror}); {_PUT_BACK}"
            ) from None
        if found.st_size < _SMALLEST:
            raise CatalogError(f"{path.name} was emptied; {_RESTORE.replace('FILE', path.name)}")
        return found.st_dev, found.st_ino


class PageChecks:
    """Looks for damaged pages by ``PRAGMA quick_check``, now and then. Thread-safe.

    Large files are looked through in the background, for at most a hundredth of the time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._looking = False
        self._due = 0.0
        self._fault = ""

    def note(self, reason: str) -> str:
        """Keep a fault that somebody met; returns it in full."""
        self._fault = described_damage(self._path, reason)
        return self._fault

    def check(self) -> None:
        """Look when it is time to, without making anybody wait.

        :raises CatalogError: pages were damaged at the last look, or since.
        """
        with self._lock:
            due = not self._looking and time.monotonic() >= self._due
            self._looking = self._looking or due
        if due and self._path.stat().st_size <= _SMALL:
            self._look()
        elif due:
            threading.Thread(target=self._look, name="photomill-pages", daemon=True).start()
        if self._fault:
            raise CatalogError(self._fault)

    def _look(self) -> None:
        began = time.monotonic()
        try:
            reason = _quick_check(self._path)
            self._fault = described_damage(self._path, reason) if reason else ""
        finally:
            took = time.monotonic() - began
            with self._lock:
                self._due = time.monotonic() + max(_PAUSE, _SHARE * took)
                self._looking = False


def _quick_check(path: Path) -> str:
    """What is wrong with the pages of a file; empty for nothing, or where another process keeps it busy.

    A connection of its own reads what is on the disk, not what others remember.
    """
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        return str(error) if is_damage(str(error)) else ""
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if found == "ok" else str(found).replace("\n", " ")

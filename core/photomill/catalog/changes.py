"""Noticing what other processes, and other threads, wrote."""

import itertools
import sqlite3
import threading
from abc import ABC, abstractmethod

import sqlalchemy as sa

from photomill.errors import CatalogError


class ChangeWatcher(ABC):
    """Tells cheaply whether the catalog may have changed."""

    @abstractmethod
    def version(self) -> int:
        """A number that differs from an earlier one whenever anything was committed in between."""

    @abstractmethod
    def close(self) -> None:
        """Give back the connection."""


class SqliteWatcher(ChangeWatcher):
    """Asks SQLite's ``data_version``, which costs microseconds.

    It counts commits of *other* connections, so the connection here only ever asks.
    """

    def __init__(self, path: str) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # Kept, as every search asks.
        self._cursor = self._connection.cursor()

    def version(self) -> int:
        try:
            with self._lock:
                return int(self._cursor.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error as error:
            raise CatalogError(f"the catalog failed: {error}") from error

    def close(self) -> None:
        with self._lock:
            self._connection.close()


class AlwaysChanged(ChangeWatcher):
    """For databases without such a counter: each question is answered with a new number."""

    def __init__(self) -> None:
        self._count = itertools.count()

    def version(self) -> int:
        return next(self._count)

    def close(self) -> None:
        pass


def watcher_for(engine: sa.Engine) -> ChangeWatcher:
    """The cheapest watcher for a database."""
    if engine.dialect.name == "sqlite":
        return SqliteWatcher(str(engine.url.database))
    return AlwaysChanged()

"""Opening the catalog: connection, schema version, errors in our own words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from photomill.catalog.changes import ChangeWatcher, watcher_for
from photomill.catalog.folder import check_locks
from photomill.catalog.migrate import migrate
from photomill.errors import CapacityExceeded, CatalogError, ConfigError, Problem

FILE_NAME = "catalog.sqlite"


class Catalog:
    """A database of records, and the connections to it. Thread-safe."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.watcher: ChangeWatcher = watcher_for(engine)

    @classmethod
    def open(cls, url: str, data_dir: Path) -> "Catalog":
        """Open the catalog, make it where there is none, and bring its schema up to date.

        :param url: an SQLAlchemy URL; empty takes ``catalog.sqlite`` in the data folder.
        :raises DataFolderRefused: it was made by a newer version, or its folder cannot be locked.
        :raises CatalogError: it cannot be reached.
        :raises ConfigError: the URL names no database that is supported.
        """
        check_locks(data_dir)
        engine = _connect(url or f"sqlite:///{data_dir / FILE_NAME}")
        try:
            with translated_errors():
                migrate(engine, data_dir)
            return cls(engine)
        except BaseException:
            engine.dispose()
            raise

    def close(self) -> None:
        self.watcher.close()
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading."""
        with translated_errors(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection that sees the catalog as it is at its first question, whatever is written meanwhile."""
        with self.read() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            else:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: all of it is on disk when the block is left, or nothing."""
        with translated_errors(), self.engine.begin() as connection:
            yield connection

    def check(self) -> None:
        """Raise ``CatalogError`` unless the database answers."""
        with self.read() as connection:
            connection.execute(sa.text("SELECT 1"))


@contextmanager
def translated_errors() -> Iterator[None]:
    """Say a database's failure in the engine's words."""
    try:
        yield
    except DBAPIError as error:
        reason = str(error.orig)
        if "disk is full" in reason or "disk full" in reason.lower() or "No space left" in reason:
            raise CapacityExceeded(
                "the disk that holds the catalog is full; nothing was changed"
            ) from error
        raise CatalogError(f"the catalog failed: {reason}") from error


def _connect(url: str) -> sa.Engine:
    try:
        backend = make_url(url).get_backend_name()
        if backend == "sqlite":
            return _connect_sqlite(url)
        if backend == "postgresql":
            return sa.create_engine(url, pool_size=16, max_overflow=32, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise ConfigError([Problem("catalog.url", f"cannot be used: {error}")]) from error
    raise ConfigError(
        [Problem("catalog.url", f"expected sqlite or postgresql+psycopg, got {backend!r}")]
    )


def _connect_sqlite(url: str) -> sa.Engine:
    engine = sa.create_engine(url, pool_size=16, max_overflow=64, connect_args={"timeout": 30.0})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        # An acknowledged insert survives a power cut, not only a crash of this process.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -16000")

    return engine

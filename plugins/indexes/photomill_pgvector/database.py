"""The database: its connections, and its failures in the engine's words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from photomill.plugin import IndexUnavailable, PluginUnavailable

STATES = "photomill_indexes"
"""A row for each index: how far it has come."""

_LOCK = 0x50484F544F564543
"""Of making the table of states, among a database's advisory locks: ``PHOTOVEC`` in ASCII."""

_UNDEFINED_TABLE = "42P01"


class Database:
    """A PostgreSQL database with pgvector. Thread-safe."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url, pool_size=16, max_overflow=32, pool_pre_ping=True)
        self._prepared = False

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees everything as it is at its first question."""
        with self._watched(), self._engine.connect() as connection:
            yield connection.execution_options(isolation_level="REPEATABLE READ")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction."""
        with self._watched(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def by_statement(self) -> Iterator[Connection]:
        """A connection whose statements are transactions of their own."""
        with self._watched(), self._engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def prepare(self) -> None:
        """Make what all indexes need, once, and again after a failure: it may have been lost.

        :raises PluginUnavailable: the database has no pgvector, and this user may not bring it.
        """
        if self._prepared:
            return
        with self.writing() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            there = "SELECT 1 FROM pg_extension WHERE extname = 'vector'"
            if connection.execute(sa.text(there)).first() is None:
                _create_extension(connection)
            connection.execute(
                sa.text(
                    f"CREATE TABLE IF NOT EXISTS {STATES} (name text PRIMARY KEY, dimension integer NOT NULL, "
                    "sequence bigint NOT NULL, rows bigint NOT NULL, dead bigint NOT NULL)"
                )
            )
        self._prepared = True

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            with _translated():
                yield
        except IndexUnavailable:
            self._prepared = False
            raise


def execute(connection: Connection, sql: str, **parameters: Any) -> "sa.CursorResult[Any]":
    """Run one statement.

    :raises IndexUnavailable: the database failed, or the table is gone.
    """
    with _translated():
        return connection.execute(sa.text(sql), parameters)


def _create_extension(connection: Connection) -> None:
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION vector"))
    except DBAPIError as error:
        raise PluginUnavailable(
            f"the database has no pgvector: as a superuser, run CREATE EXTENSION vector in it ({error.orig})"
        ) from error


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise IndexUnavailable(f"the index's database is busy: {error}") from error
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == _UNDEFINED_TABLE:
            raise IndexUnavailable("a table of the index is gone", seconds=1) from error
        raise IndexUnavailable(f"the index's database failed: {error.orig}") from error

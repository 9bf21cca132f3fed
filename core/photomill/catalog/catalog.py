"""Opening the catalog: connection, schema version, errors in our own words."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError

from photomill.blocking import check_may_block
from photomill.catalog.changes import ChangeWatcher, watcher_for
from photomill.catalog.folder import (
    check_identity,
    check_locks,
    remember_identity,
    warn_of_rights,
)
from photomill.catalog.guard import FileGuard, PageChecks, described_damage, is_damage
from photomill.catalog.migrate import check_version, migrate
from photomill.catalog.schema import catalog_identity
from photomill.errors import CatalogError, ConfigError, Problem, StorageFull
from photomill.folders import make_private_file
from photomill.portions import portions

FILE_NAME = "catalog.sqlite"

# The system refused to write: to the file, or to grow the one that processes share.
_SQLITE_FULL = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE")
_POSTGRESQL_FULL = "53100"
_FULL_SECONDS = 30.0
"""How long a refused write makes the catalog unfit; while the disk is full, writes are tried more often than that."""

ReadConnection = Callable[[], AbstractContextManager[Connection]]
"""What gives connections for reading, as :meth:`Catalog.stream` does."""


class Catalog:
    """A database of records, and the connections to it. Thread-safe.

    Before a change is acknowledged, the file is known to be still the one that was opened. Whoever must not wait gets no
    connection.
    """

    def __init__(self, engine: sa.Engine) -> None:
        """
        :raises CatalogError: it is a file, and not there.
        """
        self.engine = engine
        self._reading = _without_transactions(engine)
        path = _file(engine)
        self._guard = None if path is None else FileGuard(path)
        self._pages = None if path is None else PageChecks(path)
        # When a write was refused last.
        self._full = float("-inf")
        self.watcher: ChangeWatcher = watcher_for(engine)

    @classmethod
    def open(cls, url: str, data_dir: Path, *, adopt: bool = False) -> "Catalog":
        """Open the catalog, make it where there is none, and bring its schema up to date.

        :param url: an SQLAlchemy URL; empty takes ``catalog.sqlite`` in the data folder.
        :param adopt: take what is found for the data folder's own, be it another catalog or an empty one.
        :raises DataFolderRefused: it was made by a newer version, it is empty or another than the data folder had, or
            its folder cannot be locked.
        :raises CatalogError: it cannot be reached.
        :raises ConfigError: the URL names no database that is supported.
        """
        check_locks(data_dir)
        engine = _connect(url or f"sqlite:///{data_dir / FILE_NAME}")
        path = _file(engine)
        try:
            with translated_errors():
                if path is not None:
                    make_private_file(path)
                migrate(engine, data_dir, anew=adopt)
                identity = _identity(engine)
            if adopt:
                remember_identity(data_dir, identity)
            check_identity(data_dir, identity)
            warn_of_rights(data_dir, path)
            _keep_to(engine, identity)
            return cls(engine)
        except BaseException as error:
            engine.dispose()
            if path is not None and isinstance(error, CatalogError) and is_damage(str(error)):
                raise CatalogError(described_damage(path, str(error))) from error
            raise

    def close(self) -> None:
        self.watcher.close()
        self.engine.dispose()

    @property
    def is_shared(self) -> bool:
        """Whether other machines may use it too."""
        return self.engine.dialect.name != "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading: each question sees what was committed by then."""
        with self._translated(), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def stream(self) -> Iterator[Connection]:
        """The same, whose answers need not fit into memory: PostgreSQL's cursors live as long as a transaction."""
        with self._translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection that sees the catalog as it is at its first question, whatever is written meanwhile."""
        with self.stream() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            else:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: all of it is on disk when the block is left, or nothing.

        :raises CatalogError: the file is not the one that was opened; the change is not to be relied upon.
        """
        try:
            with self._translated(), self.engine.begin() as connection:
                yield connection
        except StorageFull:
            self._full = time.monotonic()
            raise
        if self._guard is not None:
            self._guard.check()

    def check(self) -> None:
        """Raise ``CatalogError`` unless the database answers, is the one that was opened, is whole and was not upgraded.

        :raises StorageFull: it takes no more.
        """
        if time.monotonic() - self._full < _FULL_SECONDS:
            raise StorageFull("the disk that holds the catalog is full")
        if self._guard is not None:
            self._guard.check()
        with self.read() as connection:
            connection.execute(sa.select(catalog_identity)).one()
            check_version(connection)
        if self._pages is not None:
            self._pages.check()

    def faults(self) -> list[str]:
        """Look through a whole SQLite file, which takes as long as to read it; empty where nothing is wrong."""
        if self._pages is None:
            return []
        with self.read() as connection:
            found = [str(row[0]) for row in connection.execute(sa.text("PRAGMA integrity_check"))]
        return [] if found == ["ok"] else found

    def erase_deleted(self, tables: Sequence[sa.Table]) -> None:
        """Leave no copy of deleted rows in the database's files, where a search of their bytes would find them.

        A SQLite file is written anew, and its log emptied; of PostgreSQL the tables are, and the planner's statistics of them,
        which hold values. That takes as long as to copy them.

        :raises CatalogError: others read what was there before for so long that it cannot be done.
        """
        with (
            self._translated(),
            self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        ):
            if connection.dialect.name != "sqlite":
                for table in tables:
                    _forget_statistics(table, connection)
                    connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {table.name}")
                # Of all tables' statistics there is one table.
                connection.exec_driver_sql("VACUUM FULL pg_catalog.pg_statistic")
                return
            connection.exec_driver_sql("VACUUM")
            # It waits for readers as long as for any lock.
            busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
            if busy:
                raise CatalogError(
                    "what was deleted is still in the catalog's log, as others read from it; try again"
                )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        check_may_block()
        try:
            with translated_errors():
                yield
        except CatalogError as error:
            if self._guard is not None:
                # A file that is gone fails in many ways.
                self._guard.check()
            if self._pages is not None and is_damage(str(error)):
                raise CatalogError(self._pages.note(str(error))) from error
            raise


def _forget_statistics(table: sa.Table, connection: Connection) -> None:
    """Remove what PostgreSQL's planner noted of values: of a table that is empty now, ANALYZE would keep it."""
    for column in table.c:
        if isinstance(column.type, sa.Text | sa.LargeBinary) and not column.foreign_keys:
            kind = column.type.compile(connection.dialect)
            # A type that is given anew, be it the same, takes the statistics along; nothing is written for it.
            connection.exec_driver_sql(
                f'ALTER TABLE {table.name} ALTER COLUMN "{column.name}" TYPE {kind}'
            )


def rows_among(
    connection: Connection,
    statement: "sa.Select[Any] | sa.sql.dml.ReturningDelete[Any]",
    column: "sa.Column[Any]",
    values: Iterable[Any],
) -> list[Any]:
    """What a statement gives of the rows whose column holds one of many values; asked of some at a time."""
    return [
        row
        for some in portions(values)
        for row in connection.execute(statement.where(column.in_(some)))
    ]


def insert_new(connection: Connection, statement: sa.Insert) -> bool:
    """Insert a row; False, and nothing done, where its key is taken."""
    try:
        with connection.begin_nested():
            connection.execute(statement)
    except IntegrityError:
        return False
    return True


@contextmanager
def translated_errors() -> Iterator[None]:
    """Say a database's failure in the engine's words."""
    try:
        yield
    except DBAPIError as error:
        reason = str(error.orig)
        if _is_full(error.orig):
            raise StorageFull(
                f"the disk that holds the catalog is full; nothing was changed ({reason})"
            ) from error
        raise CatalogError(f"the catalog failed: {reason}") from error


def _file(engine: sa.Engine) -> Path | None:
    """The file of a catalog; None where it is none."""
    name = engine.url.database
    if engine.dialect.name != "sqlite" or not name or name == ":memory:":
        return None
    return Path(name).absolute()


def _without_transactions(engine: sa.Engine) -> sa.Engine:
    """The same connections for single questions: to begin and to end a transaction, PostgreSQL is asked twice more."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def _identity(engine: sa.Engine) -> str:
    with engine.connect() as connection:
        return str(connection.execute(sa.select(catalog_identity.c.id)).scalar_one())


def _keep_to(engine: sa.Engine, identity: str) -> None:
    """Refuse further connections that lead to another database: one behind the same address."""
    if engine.dialect.name == "sqlite":
        return

    @sa.event.listens_for(engine, "connect")
    def check(connection: Any, _: Any) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT id FROM catalog_identity")
                found = cursor.fetchone()
            connection.rollback()
        except Exception as error:
            raise CatalogError(f"the database is not the catalog any more: {error}") from error
        if found is None or found[0] != identity:
            raise CatalogError(
                "another database answers at the catalog's address than the one that was opened; "
                "bring that one back, or restart Photomill with the one that is meant"
            )


def _is_full(error: BaseException | None) -> bool:
    """Whether a database refused a write because its disk, its quota or its file has no room."""
    sqlite = getattr(error, "sqlite_errorname", "")
    return sqlite in _SQLITE_FULL or getattr(error, "sqlstate", "") == _POSTGRESQL_FULL


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
    path = make_url(url).database
    options: dict[str, Any] = {"connect_args": {"timeout": 30.0}}
    if path and path != ":memory:":
        # A file that was removed is not to be made anew, behind the back of who looks for it.
        existing = f"file:{quote(str(Path(path).absolute()))}?mode=rw"
        options["creator"] = lambda: sqlite3.connect(
            existing, uri=True, timeout=30.0, check_same_thread=False
        )
    engine = sa.create_engine(url, pool_size=16, max_overflow=64, **options)

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        # An acknowledged insert survives a power cut, not only a crash of this process.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -16000")
        # What was deleted is overwritten, and not only unlinked.
        connection.execute("PRAGMA secure_delete = ON")

    return engine

"""pgvector as an index that holds the vectors."""

import json
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from sqlalchemy.engine import Connection

from photomill.plugin import (
    Changes,
    Comparison,
    Exists,
    ExternalIndex,
    ExternalReader,
    Health,
    NotFound,
    OpenContext,
    PhotomillError,
    PluginUnavailable,
)
from photomill_pgvector.conditions import is_known
from photomill_pgvector.database import STATES, Database, execute
from photomill_pgvector.naming import has_graph, key_of, state_of, table_of
from photomill_pgvector.options import PgvectorOptions
from photomill_pgvector.reading import PgvectorReader
from photomill_pgvector.tending import Tending
from photomill_pgvector.vectors import as_text


class PgvectorIndex(ExternalIndex):
    """pgvector in the catalog's own PostgreSQL, or in another: for collections of up to some 25 million records.

    A graph (HNSW) over half-precision vectors leads to candidates, and float32 vectors are measured. Filters run in the
    database. Of up to about one record in a hundred that a filter lets through, all are measured instead.
    """

    name = "pgvector"
    Options = PgvectorOptions
    requires = ("psycopg",)
    extra = "photomill[postgresql]"

    options: PgvectorOptions

    def open(self, context: OpenContext) -> None:
        url = self.options.url or context.catalog_url
        if not url.startswith("postgresql"):
            raise PluginUnavailable(
                "pgvector needs PostgreSQL: set [catalog] url, or options.url, to postgresql+psycopg://…"
            )
        self._database = Database(url)

    def close(self) -> None:
        if hasattr(self, "_database"):
            self._database.close()

    def health(self) -> Health:
        try:
            self._database.prepare()
            with self._database.reading() as connection:
                execute(connection, f"SELECT 1 FROM {STATES} LIMIT 1")
        except PhotomillError as error:
            return Health(ok=False, detail=str(error))
        return Health()

    def knows(self, condition: Comparison | Exists) -> bool:
        return is_known(condition)

    def create(self, name: str, dimension: int) -> None:
        self._database.prepare()
        table = table_of(name)
        with self._database.writing() as connection:
            _lock(connection, name)
            if state_of(connection, name) is not None:
                return
            # One of the two may be there without the other, where somebody removed it.
            execute(
                connection,
                f"INSERT INTO {STATES} VALUES (:name, :dimension, 0, 0, 0) ON CONFLICT (name) "
                "DO UPDATE SET dimension = excluded.dimension, sequence = 0, rows = 0, dead = 0",
                name=name,
                dimension=dimension,
            )
            execute(connection, f"DROP TABLE IF EXISTS {table}")
            # Vacuum would mend the graph at each dead row, which costs more than a new one: see `tend`.
            execute(
                connection,
                f"CREATE TABLE {table} (serial bigint PRIMARY KEY, record jsonb NOT NULL, "
                f"vector vector({int(dimension)}) NOT NULL) WITH (autovacuum_enabled = false)",
            )
            execute(connection, f"ALTER TABLE {table} ALTER COLUMN vector SET STORAGE EXTERNAL")
            execute(
                connection,
                f"CREATE INDEX {table}_record ON {table} USING gin (record jsonb_path_ops)",
            )

    def drop(self, name: str) -> None:
        self._database.prepare()
        with self._database.writing() as connection:
            _lock(connection, name)
            # The row before the table, as `apply` takes them: in another order each would wait for the other.
            execute(connection, f"DELETE FROM {STATES} WHERE name = :name", name=name)
            _cancel_tending(connection, name)
            execute(connection, f"DROP TABLE IF EXISTS {table_of(name)}")

    def applied(self, name: str) -> int | None:
        self._database.prepare()
        with self._database.reading() as connection:
            state = state_of(connection, name)
        return None if state is None else int(state.sequence)

    def apply(self, name: str, changes: Changes, up_to_sequence: int) -> None:
        table = table_of(name)
        with self._database.writing() as connection:
            state = state_of(connection, name, lock=True)
            if state is None:
                raise NotFound(f"there is no index {name!r}")
            if state.sequence >= up_to_sequence:
                return
            gone = execute(
                connection,
                f"DELETE FROM {table} WHERE serial = ANY(CAST(:gone AS bigint[]))",
                gone=list(changes.deleted),
            ).rowcount
            fresh = _upsert(connection, table, changes)
            execute(
                connection,
                f"UPDATE {STATES} SET sequence = :sequence, rows = rows + :more, dead = dead + :dead WHERE name = :name",
                sequence=up_to_sequence,
                more=fresh - gone,
                # An update leaves a dead row behind, too.
                dead=gone + len(changes.upserted) - fresh,
                name=name,
            )

    @contextmanager
    def reading(self, name: str) -> Iterator[ExternalReader]:
        self._database.prepare()
        with self._database.reading() as connection:
            state = state_of(connection, name)
            if state is None:
                raise NotFound(f"there is no index {name!r}")
            yield PgvectorReader(
                connection,
                table_of(name),
                state,
                self.options,
                has_graph=has_graph(connection, name),
            )

    def erase_deleted(self, name: str) -> None:
        with self._database.by_statement() as connection:
            if state_of(connection, name) is not None:
                # The planner's statistics hold values too; ANALYZE makes them anew.
                execute(connection, f"VACUUM (FULL, ANALYZE) {table_of(name)}")

    def tend(self, name: str, broken_off: "Future[None]") -> None:
        Tending(self._database, name, self.options, broken_off).run()


def _upsert(connection: Connection, table: str, changes: Changes) -> int:
    """Write records; tells how many of them are new."""
    if not changes.upserted:
        return 0
    written = execute(
        connection,
        f"INSERT INTO {table} (serial, record, vector) "
        "SELECT serial, record::jsonb, vector::vector FROM unnest(CAST(:serials AS bigint[]), "
        "CAST(:records AS text[]), CAST(:vectors AS text[])) AS given (serial, record, vector) "
        # The vector of a serial is always the same.
        "ON CONFLICT (serial) DO UPDATE SET record = excluded.record RETURNING (xmax = 0) AS fresh",
        serials=[each.serial for each in changes.upserted],
        records=[json.dumps(each.record) for each in changes.upserted],
        vectors=[as_text(each.vector) for each in changes.upserted],
    )
    return sum(written.scalars())


def _lock(connection: Connection, name: str) -> None:
    """Let one process at a time make or remove an index."""
    execute(connection, "SELECT pg_advisory_xact_lock(:key)", key=key_of(name) + 1)


def _cancel_tending(connection: Connection, name: str) -> None:
    """Let no graph be built to its end, in whatever process, for a table that goes."""
    key = key_of(name)
    execute(
        connection,
        "SELECT pg_cancel_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
        "AND classid = CAST(:high AS bigint) AND objid = CAST(:low AS bigint)",
        high=key >> 32,
        low=key & 0xFFFFFFFF,
    ).all()

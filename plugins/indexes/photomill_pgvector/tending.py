"""What keeps searches fast: a graph that is built while everybody reads and writes, and vacuum."""

import threading
from concurrent.futures import Future, wait
from typing import Any

from sqlalchemy.engine import Connection

from photomill.plugin import IndexUnavailable
from photomill_pgvector.database import STATES, Database, execute
from photomill_pgvector.naming import graph_of, has_graph, key_of, state_of, table_of
from photomill_pgvector.options import PgvectorOptions

LARGEST_DIMENSION = 4000
"""That pgvector's graph takes at half precision."""

DEAD_SHARE = 0.2
"""Deleted rows, as a share of those that are there, after which a new graph is cheaper than to go on with the old one."""

_FEW_DEAD = 1000

REST_SECONDS = 2.0
GROWTH = 0.01
"""A first load: there are so many more rows, as a share, after so many seconds."""

_AGAIN = 0.05
"""Seconds after which a statement is cancelled again: the next one may have begun meanwhile."""


class Tending:
    """Looks after one index once, in the thread that calls :meth:`run`."""

    def __init__(
        self, database: Database, name: str, options: PgvectorOptions, broken_off: "Future[None]"
    ) -> None:
        """
        :param broken_off: done where the rest is to be left undone.
        """
        self._database = database
        self._name = name
        self._table = table_of(name)
        self._graph = graph_of(name)
        self._options = options
        self._broken_off = broken_off
        self._thread = threading.get_ident()
        self._ended = threading.Event()

    def run(self) -> None:
        """Do what is due; nothing, where another process does.

        :raises IndexUnavailable: the database failed, or this was broken off.
        """
        try:
            with self._database.by_statement() as connection:
                try:
                    self._alone(connection)
                except BaseException:
                    # The lock and the settings go with the connection.
                    connection.invalidate()
                    raise
        finally:
            self._ended.set()

    def _alone(self, connection: Connection) -> None:
        key = key_of(self._name)
        if not execute(connection, "SELECT pg_try_advisory_lock(:key)", key=key).scalar():
            return
        process = execute(connection, "SELECT pg_backend_pid()").scalar_one()
        self._broken_off.add_done_callback(lambda _: self._cancel(process))
        self._tend(connection)
        self._do(connection, "SELECT pg_advisory_unlock(:key)", key=key)

    def _tend(self, connection: Connection) -> None:
        # What an earlier one left that did not come to its end.
        self._do(connection, f"DROP INDEX CONCURRENTLY IF EXISTS {self._graph}_new")
        self._do(connection, f"DROP INDEX CONCURRENTLY IF EXISTS {self._graph}_old")
        state = state_of(connection, self._name)
        if state is None:
            return
        there = has_graph(connection, self._name)
        worn = state.dead > max(_FEW_DEAD, DEAD_SHARE * state.rows)
        enough = there or state.rows >= self._options.build_from
        if enough and state.dimension <= LARGEST_DIMENSION and (worn or not there):
            if not there:
                state = self._after_a_load(connection, state)
                if state is None:
                    return
            self._build(connection, state.dimension)
            self._vacuum(connection, state.dead)
        elif worn:
            self._vacuum(connection, state.dead)

    def _after_a_load(self, connection: Connection, state: Any) -> Any:
        """Let rows come as long as they come fast: into a graph each takes ten times as long as when it is built of them.

        :returns: how things stand then; None where the index was dropped meanwhile.
        """
        before = 0
        while state is not None and state.rows > (1 + GROWTH) * before:
            before = state.rows
            self._rest()
            state = state_of(connection, self._name)
        return state

    def _rest(self) -> None:
        wait([self._broken_off], REST_SECONDS)
        if self._broken_off.done():
            raise _left_undone()

    def _build(self, connection: Connection, dimension: int) -> None:
        """Build a graph, and put it in the place of the one that is there; what is dead is not in it."""
        self._do(connection, f"SET maintenance_work_mem = '{self._options.build_memory}MB'")
        self._do(
            connection,
            f"CREATE INDEX CONCURRENTLY {self._graph}_new ON {self._table} USING hnsw "
            f"((vector::halfvec({dimension})) halfvec_l2_ops) "
            f"WITH (m = {self._options.m}, ef_construction = {self._options.ef_construction})",
        )
        self._do(connection, "RESET maintenance_work_mem")
        with self._database.writing() as at_once:
            self._do(at_once, f"ALTER INDEX IF EXISTS {self._graph} RENAME TO {self._graph}_old")
            self._do(at_once, f"ALTER INDEX {self._graph}_new RENAME TO {self._graph}")
        self._do(connection, f"DROP INDEX CONCURRENTLY IF EXISTS {self._graph}_old")

    def _vacuum(self, connection: Connection, dead: int) -> None:
        self._do(
            connection,
            f"UPDATE {STATES} SET dead = greatest(dead - :dead, 0) WHERE name = :name",
            dead=dead,
            name=self._name,
        )
        self._do(connection, f"VACUUM (ANALYZE, PARALLEL 0) {self._table}")

    def _do(self, connection: Connection, sql: str, **parameters: Any) -> None:
        if self._broken_off.done():
            raise _left_undone()
        execute(connection, sql, **parameters)

    def _cancel(self, process: int) -> None:
        """Have the database leave its statement, however long it would take."""
        if threading.get_ident() == self._thread:
            return  # It was broken off before the first statement.
        while not self._ended.is_set():
            with self._database.by_statement() as connection:
                execute(connection, "SELECT pg_cancel_backend(:process)", process=process)
            self._ended.wait(_AGAIN)


def _left_undone() -> IndexUnavailable:
    return IndexUnavailable("the index was not looked after to the end")

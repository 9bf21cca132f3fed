"""An index's parts in the database: what they are called, and whether they are there."""

import zlib
from typing import Any

from sqlalchemy.engine import Connection

from photomill_pgvector.database import STATES, execute


def table_of(name: str) -> str:
    """The table of an index's vectors."""
    return f"photomill_vectors_{name}"


def graph_of(name: str) -> str:
    """The graph over them."""
    return f"photomill_graph_{name}"


def key_of(name: str) -> int:
    """What is locked, among a database's advisory locks, by who looks after an index; the next one by who makes it."""
    return 2 * zlib.crc32(name.encode())


def state_of(connection: Connection, name: str, *, lock: bool = False) -> Any:
    """An index's row; None where the row or the table of vectors is missing."""
    sql = (
        f"SELECT dimension, sequence, rows, dead FROM {STATES} "
        "WHERE name = :name AND to_regclass(:table) IS NOT NULL"
    )
    sql += " FOR UPDATE" if lock else ""
    return execute(connection, sql, name=name, table=table_of(name)).first()


def has_graph(connection: Connection, name: str) -> bool:
    """Whether an index has a graph that can be asked."""
    sql = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(:graph) AND indisvalid"
    return execute(connection, sql, graph=graph_of(name)).first() is not None

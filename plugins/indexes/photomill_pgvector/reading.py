"""An index as of one moment."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from photomill.plugin import (
    EVERYTHING,
    Conditions,
    ExternalReader,
    Found,
    Serials,
    Vectors,
    split_path,
)
from photomill_pgvector.conditions import Where, json_path
from photomill_pgvector.database import execute
from photomill_pgvector.options import PgvectorOptions
from photomill_pgvector.vectors import as_text, from_bytes

GATHER_SHARE = 0.015
"""Of a filter that lets through less than this share, every record is measured: the graph would look at most of them."""

MOST_TUPLES = 20_000
"""Vectors that a search through the graph looks at, before all that the filter lets through are measured instead."""

_SAMPLE = 3000
"""Records of which the share that a filter lets through is told."""

_MORE = 16
"""Candidates beyond those wanted, as half-precision distances order near ones wrongly."""

_LARGEST_EF = 1000
_AT_ONCE = 5000
_LONG_NUMBER = 16


class PgvectorReader(ExternalReader):
    """Reads through one connection, in one transaction."""

    def __init__(
        self,
        connection: Connection,
        table: str,
        state: Any,
        options: PgvectorOptions,
        *,
        has_graph: bool,
    ) -> None:
        """
        :param state: the index's row in the table of states.
        """
        self.applied = state.sequence
        self.size = state.rows
        self._connection = connection
        self._table = table
        self._dimension = state.dimension
        self._options = options
        self._has_graph = has_graph

    def vectors(self, serials: Sequence[int]) -> tuple[Serials, Vectors]:
        rows = self._ask(
            f"SELECT serial, vector_send(vector) FROM {self._table} "
            "WHERE serial = ANY(CAST(:serials AS bigint[]))",
            serials=list(serials),
        ).all()
        found = np.array([row[0] for row in rows], np.int64)
        return found, from_bytes([row[1] for row in rows], self._dimension)

    def scan(
        self,
        filter: Conditions = EVERYTHING,
        *,
        after: int = -1,
        without: Collection[int] = (),
    ) -> Iterator[Serials]:
        where = Where(filter, without)
        while True:
            batch = self._ask(
                f"SELECT serial FROM {self._table} WHERE serial > :after AND {where.sql} "
                f"ORDER BY serial LIMIT {_AT_ONCE}",
                after=after,
                **where.parameters,
            ).scalars()
            found = np.array(batch.all(), np.int64)
            if not len(found):
                return
            after = int(found[-1])
            yield found

    def count(self, filter: Conditions = EVERYTHING, *, without: Collection[int] = ()) -> int:
        if filter != EVERYTHING:
            where = Where(filter, without)
            sql = f"SELECT count(*) FROM {self._table} WHERE {where.sql}"
            return int(self._ask(sql, **where.parameters).scalar_one())
        if not without:
            return self.size
        sql = f"SELECT count(*) FROM {self._table} WHERE serial = ANY(CAST(:without AS bigint[]))"
        return self.size - int(self._ask(sql, without=list(without)).scalar_one())

    def facet(
        self, field: str, filter: Conditions = EVERYTHING, *, without: Collection[int] = ()
    ) -> Mapping[bytes, int] | None:
        parts = split_path(field)
        if any(part.isdigit() for part in parts):
            return None  # It may be a place in an array.
        where = Where(filter, without)
        rows = self._ask(
            f"SELECT value, count(*) FROM {self._table}, LATERAL ("
            "SELECT DISTINCT CAST(each AS text) AS value "
            "FROM jsonb_path_query(record, CAST(:field AS jsonpath)) AS each "
            "WHERE jsonb_typeof(each) <> 'null') AS found "
            f"WHERE {where.sql} GROUP BY value",
            field=f"{json_path(parts)}[*]",
            **where.parameters,
        ).all()
        if any(_is_changed(value) for value, _ in rows):
            return None
        return {msgspec.json.encode(json.loads(value)): count for value, count in rows}

    # ------------------------------------------------------------ searching

    def _search(
        self,
        queries: Vectors,
        count: int,
        filter: Conditions,
        without: Collection[int],
        effort: int | None,
    ) -> list[Found]:
        where = Where(filter, without)
        through_graph = self._has_graph and self._is_common(filter)
        return [self._nearest(query, count, where, through_graph, effort) for query in queries]

    def _nearest(
        self,
        query: NDArray[np.float32],
        count: int,
        where: Where,
        through_graph: bool,
        effort: int | None,
    ) -> Found:
        if through_graph:
            wanted = count + _MORE
            rows = self._through_graph(query, wanted, where, effort)
            if len(rows) == wanted:
                return _found(rows[:count])
        # The graph gave up before it had enough, or it was not asked.
        return _found(self._measured(query, count, where))

    def _measured(self, query: NDArray[np.float32], count: int, where: Where) -> list[Any]:
        """The nearest of all that a filter lets through, without the graph."""
        return list(
            self._ask(
                f"SELECT serial, vector <-> CAST(:query AS vector) AS distance FROM {self._table} "
                f"WHERE {where.sql} ORDER BY distance, serial LIMIT :count",
                query=as_text(query),
                count=count,
                **where.parameters,
            ).all()
        )

    def _through_graph(
        self, query: NDArray[np.float32], count: int, where: Where, effort: int | None
    ) -> list[Any]:
        in_sight = min(_LARGEST_EF, max(count, effort or self._options.ef_search))
        self._ask(
            "SELECT set_config(name, setting, true) FROM (VALUES "
            f"('hnsw.ef_search', '{in_sight}'), ('hnsw.max_scan_tuples', '{MOST_TUPLES}'), "
            # Any other order of the steps would look at everything.
            "('hnsw.iterative_scan', 'relaxed_order'), ('enable_seqscan', 'off'), "
            "('enable_bitmapscan', 'off'), ('enable_sort', 'off')) AS wanted (name, setting)"
        ).all()
        half = f"halfvec({self._dimension})"
        rows = self._ask(
            "SELECT serial, vector <-> CAST(:query AS vector) AS distance FROM ("
            f"SELECT serial, vector FROM {self._table} WHERE {where.sql} "
            f"ORDER BY vector::{half} <-> CAST(:half AS {half}) LIMIT :count) AS near",
            query=as_text(query),
            # A parameter has one type, and a query at half precision would measure less exactly.
            half=as_text(query),
            count=count,
            **where.parameters,
        ).all()
        self._ask(
            "SELECT set_config(name, reset_val, true) FROM pg_settings "
            "WHERE name IN ('enable_seqscan', 'enable_bitmapscan', 'enable_sort')"
        ).all()
        return sorted(rows, key=lambda row: (row.distance, row.serial))

    def _is_common(self, filter: Conditions) -> bool:
        """Whether a filter lets through so many that the graph soon meets some, as a sample tells."""
        if filter == EVERYTHING:
            return True
        where = Where(filter)
        percent = min(100.0, 100.0 * _SAMPLE / max(self.size, 1))
        sampled = self._ask(
            f"SELECT count(*) AS all_of_it, count(*) FILTER (WHERE {where.sql}) AS passed "
            f"FROM {self._table} TABLESAMPLE SYSTEM ({percent:.6f}) REPEATABLE (1)",
            **where.parameters,
        ).one()
        return bool(sampled.passed > GATHER_SHARE * sampled.all_of_it)

    def _ask(self, sql: str, **parameters: Any) -> Any:
        return execute(self._connection, sql, **parameters)


def _found(rows: Sequence[Any]) -> Found:
    return Found(
        np.array([row.serial for row in rows], np.int64),
        np.array([row.distance for row in rows], np.float32),
    )


def _is_changed(value: str) -> bool:
    """Whether a value may be written otherwise than it was stored: names are put in order, and long numbers written out."""
    return value[0] in "{[" or (value[0] in "-0123456789" and len(value) > _LONG_NUMBER)

"""What jobs found that compared all records of a collection, in the catalog."""

import time
from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection

from photomill.catalog.catalog import Catalog
from photomill.collections.store.tables import (
    ROWS_AT_ONCE,
    duplicate_pairs,
    duplicate_passes,
)
from photomill.portions import portions

_KEPT = 4
"""Finished passes of one collection that are kept, the newest."""


@frozen
class PassQuery:
    """Which pairs a pass was to find.

    :ivar filter: as JSON; empty for none.
    """

    radius: float
    filter: str
    strict: bool


@frozen
class Pass:
    """A comparison of all records of a collection that is over.

    :ivar job: its number.
    :ivar last: the serial of the last record that was there when it began.
    :ivar total: pairs that were found, of which the nearest are kept.
    :ivar uncompared: pairs outside the radius whose hashes agree, but that were too many to compare.
    :ivar approximate: whether each record's neighbours were searched for, in place of comparing all.
    """

    job: int
    query: PassQuery
    last: int
    total: int
    uncompared: int
    approximate: bool


@frozen
class SerialPair:
    """Two records that are near-duplicates, by their serials, the lesser first."""

    first: int
    second: int
    distance: float
    kind: str


class PassTable:
    """The passes of one collection, and the pairs that they found."""

    def __init__(self, catalog: Catalog, collection_id: str) -> None:
        self._catalog = catalog
        self._collection_id = collection_id

    def newest(self, query: PassQuery) -> Pass | None:
        """The newest pass that answers a query."""
        table = duplicate_passes
        found = (
            sa.select(table)
            .where(
                table.c.collection_id == self._collection_id,
                table.c.radius == query.radius,
                table.c.filter == query.filter,
                table.c.strict == int(query.strict),
            )
            .order_by(table.c.job.desc())
            .limit(1)
        )
        with self._catalog.read() as connection:
            row = connection.execute(found).first()
        if row is None:
            return None
        return Pass(row.job, query, row.last, row.total, row.uncompared, bool(row.approximate))

    def pairs(self, job: int, most: int) -> list[SerialPair]:
        """The nearest pairs that a job found, each once; more than ``most`` where several are as far away as the last."""
        table = duplicate_pairs
        query = sa.select(table.c.first, table.c.second, table.c.distance, table.c.kind).where(
            table.c.job == job
        )
        with self._catalog.read() as connection:
            furthest = _furthest(job, most, connection)
            if furthest is not None:
                query = query.where(table.c.distance <= furthest)
            rows = connection.execute(query.order_by(table.c.distance)).all()
        found = {(row.first, row.second): SerialPair(*row) for row in rows}
        return list(found.values())

    def put(self, job: int, part: int, pairs: Sequence[SerialPair]) -> None:
        """Store what a part of a job found, in place of what it found before."""
        table = duplicate_pairs
        gone = sa.delete(table).where(table.c.job == job, table.c.part == part)
        given = {"job": job, "part": part, "collection_id": self._collection_id}
        rows = (
            {
                **given,
                "first": pair.first,
                "second": pair.second,
                "distance": pair.distance,
                "kind": pair.kind,
            }
            for pair in pairs
        )
        with self._catalog.write() as connection:
            connection.execute(gone)
            for some in portions(rows, ROWS_AT_ONCE):
                connection.execute(sa.insert(table), some)

    def distinct(self, job: int) -> int:
        """How many pairs a job has stored; one that two parts found counts once."""
        table = duplicate_pairs
        each = sa.select(table.c.first, table.c.second).where(table.c.job == job).distinct()
        with self._catalog.read() as connection:
            return connection.execute(
                sa.select(sa.func.count()).select_from(each.subquery())
            ).scalar_one()

    def finish(self, done: Pass, most: int) -> None:
        """Note that a pass is over: from now on it is what is looked at. It may be noted twice.

        :param most: pairs to keep at least, the nearest.
        """
        passes, pairs = duplicate_passes, duplicate_pairs
        row = {
            "job": done.job,
            "collection_id": self._collection_id,
            "radius": done.query.radius,
            "filter": done.query.filter,
            "strict": int(done.query.strict),
            "last": done.last,
            "total": done.total,
            "uncompared": done.uncompared,
            "approximate": int(done.approximate),
            "finished": time.time(),
        }
        with self._catalog.write() as connection:
            connection.execute(sa.delete(passes).where(passes.c.job == done.job))
            connection.execute(sa.insert(passes).values(row))
            furthest = _furthest(done.job, most, connection)
            if furthest is not None:
                beyond = sa.delete(pairs).where(
                    pairs.c.job == done.job, pairs.c.distance > furthest
                )
                connection.execute(beyond)
            self._remove_old(connection)

    def tidy(self, jobs: Iterable[int]) -> None:
        """Remove pairs of jobs that came to no end.

        :param jobs: those that may still come to one.
        """
        pairs = duplicate_pairs
        mine = pairs.c.collection_id == self._collection_id
        with self._catalog.write() as connection:
            stored = set(
                connection.execute(sa.select(pairs.c.job).where(mine).distinct()).scalars()
            )
            kept = {*jobs, *(each for each, _ in self._passes(connection))}
            self._remove(stored - kept, connection)

    def _remove_old(self, connection: Connection) -> None:
        """Remove all but the newest pass of each query, and the oldest of those."""
        seen: set[tuple[object, ...]] = set()
        gone = []
        for job, query in self._passes(connection):
            if query in seen or len(seen) == _KEPT:
                gone.append(job)
            seen.add(query)
        self._remove(gone, connection)

    def _passes(self, connection: Connection) -> list[tuple[int, tuple[object, ...]]]:
        table = duplicate_passes
        query = (
            sa.select(table.c.job, table.c.radius, table.c.filter, table.c.strict)
            .where(table.c.collection_id == self._collection_id)
            .order_by(table.c.job.desc())
        )
        rows = connection.execute(query)
        return [(row.job, (row.radius, row.filter, row.strict)) for row in rows]

    def _remove(self, jobs: Collection[int], connection: Connection) -> None:
        for table in (duplicate_passes, duplicate_pairs):
            connection.execute(sa.delete(table).where(table.c.job.in_(jobs)))


def _furthest(job: int, most: int, connection: Connection) -> float | None:
    """How far apart the last of the nearest pairs is; None where there are no more."""
    table = duplicate_pairs
    query = (
        sa.select(table.c.distance)
        .where(table.c.job == job)
        .order_by(table.c.distance)
        # Each pair may be there twice.
        .offset(2 * most - 1)
        .limit(1)
    )
    return connection.execute(query).scalar()

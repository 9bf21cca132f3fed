"""Items of jobs that a worker takes, and how they ended."""

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection

from photomill.catalog.catalog import Catalog
from photomill.catalog.job_rows import to_item
from photomill.catalog.job_tables import deliveries, job_items, jobs
from photomill.jobs.model import RUNNING_STATES, ItemState, JobItem, JobState


@frozen
class Ending:
    """How one item ended.

    :ivar state: ``done``, ``failed`` or ``skipped``; ``waiting`` puts it back.
    :ivar due: of one put back: not before this moment.
    :ivar begun: False where the item was put back untouched, so that the attempt does not count.
    """

    job: int
    position: int
    state: ItemState
    result: Mapping[str, Any] | None = None
    error: str = ""
    error_detail: Mapping[str, Any] | None = None
    due: float = 0.0
    begun: bool = True


class JobClaims:
    """What workers hold of the jobs of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def claim(
        self, worker: str, kinds: Sequence[str], after: int, count: int
    ) -> tuple[int, list[JobItem]] | None:
        """Take items of one job: of the next one after that which was served last, and so in turn.

        :param after: the number of the job served last.
        :returns: the job's number and its items; None where there is nothing to do.
        """
        with self._catalog.read() as connection:
            numbers = _with_work(connection, kinds)
        for number in [n for n in numbers if n > after] + [n for n in numbers if n <= after]:
            taken = self._claim_of(worker, number, count)
            if taken:
                return number, taken
        return None

    def may_go_on(self, number: int) -> bool:
        """Whether a job is neither paused nor ended."""
        query = sa.select(jobs.c.state).where(jobs.c.number == number)
        with self._catalog.read() as connection:
            return connection.execute(query).scalar() in RUNNING_STATES

    def next_due(self) -> float | None:
        """When the next item that was put back may be tried again, in seconds since the epoch."""
        query = (
            sa.select(sa.func.min(job_items.c.due))
            .join(jobs, jobs.c.number == job_items.c.job)
            .where(jobs.c.state.in_(RUNNING_STATES), job_items.c.state == ItemState.WAITING)
        )
        with self._catalog.read() as connection:
            return connection.execute(query).scalar()

    def end(self, worker: str, endings: Sequence[Ending]) -> None:
        """Store how items ended, all in one transaction; not of those that the worker does not hold any more."""
        counts: Counter[tuple[int, ItemState]] = Counter()
        with self._catalog.write() as connection:
            for ending in endings:
                changed = connection.execute(_END, _values(worker, ending)).rowcount
                if changed and ending.state is not ItemState.WAITING:
                    counts[ending.job, ending.state] += 1
            for (number, state), count in counts.items():
                column = jobs.c[state.value]
                connection.execute(
                    sa.update(jobs).where(jobs.c.number == number).values({column: column + count})
                )

    def release(self, worker: str) -> None:
        """Put back everything that a worker holds, as if it had never been tried."""
        with self._catalog.write() as connection:
            untried = {"attempts": job_items.c.attempts - 1}
            _put_back(connection, [worker], untried)

    def reclaim(self, dead: Sequence[str]) -> None:
        """Put back what workers held that are gone; the attempt counts."""
        with self._catalog.write() as connection:
            _put_back(connection, dead, {})

    def _claim_of(self, worker: str, number: int, count: int) -> list[JobItem]:
        chosen = (
            sa.select(job_items.c.position)
            .where(job_items.c.job == number, *_may_begin())
            .order_by(job_items.c.position)
            .limit(count)
            .with_for_update(skip_locked=True)
        )
        begun = (
            sa.update(jobs)
            .where(jobs.c.number == number, jobs.c.state.in_(RUNNING_STATES))
            .values(state=JobState.PROCESSING)
        )
        with self._catalog.write() as connection:
            positions = connection.execute(chosen).scalars().all()
            if not positions or not connection.execute(begun).rowcount:
                return []
            taken = connection.execute(
                sa.update(job_items)
                .where(
                    job_items.c.job == number,
                    job_items.c.position.in_(positions),
                    job_items.c.state == ItemState.WAITING,
                )
                .values(
                    state=ItemState.PROCESSING, worker=worker, attempts=job_items.c.attempts + 1
                )
                .returning(*job_items.c)
            )
            items = [to_item(row, JobState.PROCESSING) for row in taken]
        return sorted(items, key=lambda item: item.position)


def _with_work(connection: Connection, kinds: Sequence[str]) -> list[int]:
    """The numbers of jobs that have an item to be done, without counting those."""
    mine = job_items.c.job == jobs.c.number
    waiting = sa.select(job_items.c.position).where(mine, *_may_begin()).limit(1).exists()
    query = sa.select(jobs.c.number).where(
        jobs.c.state.in_(RUNNING_STATES), jobs.c.kind.in_(kinds), waiting
    )
    return sorted(connection.execute(query).scalars())


def _may_begin() -> tuple[sa.ColumnElement[bool], ...]:
    return job_items.c.state == ItemState.WAITING, job_items.c.due <= time.time()


def _values(worker: str, ending: Ending) -> dict[str, Any]:
    """The parameters of :data:`_END`."""
    ended = ending.state is not ItemState.WAITING
    return {
        "of_job": ending.job,
        "at_position": ending.position,
        "of_worker": worker,
        "new_state": ending.state,
        "result": None if ending.result is None else json.dumps(ending.result),
        "error": ending.error,
        "error_detail": None if ending.error_detail is None else json.dumps(ending.error_detail),
        "due": ending.due,
        "finished": time.time() if ended else None,
        "unbegun": 0 if ending.begun else 1,
    }


# Made once: it is run for every item, and making it takes longer than running it.
_END = (
    sa.update(job_items)
    .where(
        job_items.c.job == sa.bindparam("of_job"),
        job_items.c.position == sa.bindparam("at_position"),
        job_items.c.state == ItemState.PROCESSING,
        job_items.c.worker == sa.bindparam("of_worker"),
    )
    .values(
        state=sa.bindparam("new_state"),
        result=sa.bindparam("result"),
        error=sa.bindparam("error"),
        error_detail=sa.bindparam("error_detail"),
        due=sa.bindparam("due"),
        worker="",
        finished=sa.bindparam("finished"),
        attempts=job_items.c.attempts - sa.bindparam("unbegun"),
    )
)


def _put_back(connection: Connection, gone: Sequence[str], values: Mapping[str, Any]) -> None:
    connection.execute(
        sa.update(job_items)
        .where(job_items.c.worker.in_(gone), job_items.c.state == ItemState.PROCESSING)
        .values(state=ItemState.WAITING, worker="", **values)
    )
    connection.execute(sa.update(jobs).where(jobs.c.steward.in_(gone)).values(steward=""))
    connection.execute(sa.update(deliveries).where(deliveries.c.worker.in_(gone)).values(worker=""))

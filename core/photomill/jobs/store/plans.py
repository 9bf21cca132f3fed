"""Jobs that are being listed or finished, each by one worker at a time."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from attrs import frozen

from photomill.catalog.catalog import Catalog
from photomill.jobs.model import ItemState, JobItem, JobState, NewItem
from photomill.jobs.store.jobs import end_job
from photomill.jobs.store.rows import to_item
from photomill.jobs.store.tables import is_running, job_items, jobs


@frozen
class PlanClaim:
    """The right to list or finish a job.

    :ivar unlisted: it is to be listed; otherwise to be finished.
    :ivar attempt: how often that was begun without getting on; 1 for the first.
    :ivar interruptions: how often the process ended meanwhile, maybe for another reason.
    :ivar deaths: of these, how often nothing else was done.
    """

    job: int
    attempt: int
    unlisted: bool
    interruptions: int = 0
    deaths: int = 0


# It got on, or its process outlived it.
_TRUSTED = {"planner_interruptions": 0, "planner_deaths": 0}


class PlanTable:
    """Who lists and finishes the jobs of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def claim(self, worker: str, kinds: Sequence[str], only: int | None = None) -> PlanClaim | None:
        """Take a job whose items are to be listed or, where there is none, one all of whose items have ended.

        :param only: none but this job.
        """
        query = _FREE if only is None else _FREE.where(jobs.c.number == only)
        with self._catalog.read() as connection:
            found = connection.execute(query, {"kinds": list(kinds), "now": time.time()}).all()
        for number, listed, attempts, interruptions, deaths in found:
            if self._take(worker, number, listed, attempts + 1):
                return PlanClaim(number, attempts + 1, not listed, interruptions, deaths)
        return None

    def next_due(self) -> float | None:
        """When a job that was put off may be taken again, in seconds since the epoch."""
        with self._catalog.read() as connection:
            return connection.execute(_NEXT_DUE).scalar()

    def last_item(self, number: int) -> JobItem | None:
        """The last item that was listed."""
        query = (
            sa.select(job_items)
            .where(job_items.c.job == number)
            .order_by(job_items.c.position.desc())
            .limit(1)
        )
        with self._catalog.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else to_item(row, JobState.WAITING)

    def add_items(self, number: int, worker: str, first: int, items: Sequence[NewItem]) -> bool:
        """Store items that were listed; False where the job has ended, rests, or is listed by another worker.

        A listing that got on is none of what a process' end is put down to.
        """
        rows = [_row(number, first + offset, item) for offset, item in enumerate(items)]
        mine = (
            sa.update(jobs)
            .where(
                jobs.c.number == number,
                jobs.c.planner == worker,
                jobs.c.found == first,
                is_running,
            )
            .values(found=first + len(items), planner_attempts=0, planner_started=0.0, **_TRUSTED)
        )
        with self._catalog.write() as connection:
            if not connection.execute(mine).rowcount:
                return False
            connection.execute(sa.insert(job_items), rows)
        return True

    def end_listing(self, number: int, worker: str) -> None:
        """Note that these are all items."""
        done = {"listed": 1, "planner_attempts": 0, "planner_due": 0.0}
        self._give_back(number, worker, **done, **_TRUSTED)

    def give_back(
        self, number: int, worker: str, due: float = 0.0, *, attempts: int | None = None
    ) -> None:
        """Let somebody list or finish a job, not before ``due``.

        :param attempts: that count so far; None keeps them.
        """
        counted = {} if attempts is None else {"planner_attempts": attempts}
        self._give_back(number, worker, planner_due=due, **counted, **_TRUSTED)

    def conclude(
        self,
        number: int,
        worker: str,
        state: JobState,
        expires: float,
        *,
        result: Mapping[str, Any] | None = None,
        error: str = "",
        error_detail: Mapping[str, Any] | None = None,
    ) -> bool:
        """End a job; False where it ended before, or another worker has it now."""
        condition = sa.and_(jobs.c.number == number, jobs.c.planner == worker)
        values = {
            "result": None if result is None else json.dumps(result),
            "error": error,
            "error_detail": None if error_detail is None else json.dumps(error_detail),
        }
        with self._catalog.write() as connection:
            return end_job(connection, condition, state, expires, also=(JobState.PAUSED,), **values)

    def _give_back(self, number: int, worker: str, **values: float) -> None:
        statement = sa.update(jobs).where(jobs.c.number == number, jobs.c.planner == worker)
        with self._catalog.write() as connection:
            connection.execute(statement.values(planner="", planner_started=0.0, **values))

    def _take(self, worker: str, number: int, listed: int, attempts: int) -> bool:
        """Take a job; False where another worker was first."""
        now = time.time()
        accepted = sa.and_(jobs.c.listed == 0, jobs.c.state == JobState.ACCEPTED)
        statement = (
            sa.update(jobs)
            .where(jobs.c.number == number, jobs.c.listed == listed, *_IS_FREE)
            .values(
                state=sa.case((accepted, JobState.WAITING), else_=jobs.c.state),
                planner=worker,
                planner_attempts=attempts,
                planner_started=now,
                started=sa.func.coalesce(jobs.c.started, now),
            )
        )
        with self._catalog.write() as connection:
            return bool(connection.execute(statement, {"now": now}).rowcount)


def _row(number: int, position: int, item: NewItem) -> dict[str, Any]:
    return {
        "job": number,
        "position": position,
        "name": json.dumps(item.name),
        "state": ItemState.WAITING,
        "due": 0.0,
        "worker": "",
        "attempts": 0,
        "begun": 0.0,
        "interruptions": 0,
        "deaths": 0,
        "input": json.dumps(item.input),
        "error": "",
    }


_IS_FREE = (
    is_running,
    jobs.c.planner == "",
    jobs.c.planner_due <= sa.bindparam("now"),
    sa.or_(jobs.c.listed == 0, jobs.c.done + jobs.c.failed + jobs.c.skipped >= jobs.c.found),
)
"""What holds of jobs that may be listed, or finished, ``now``."""

# Made once: they are run whenever something changes, and making them takes longer than running them.
_FREE = (
    sa.select(
        jobs.c.number,
        jobs.c.listed,
        jobs.c.planner_attempts,
        jobs.c.planner_interruptions,
        jobs.c.planner_deaths,
    )
    .where(jobs.c.kind.in_(sa.bindparam("kinds", expanding=True)), *_IS_FREE)
    .order_by(jobs.c.listed, jobs.c.number)
    .limit(10)
)
_NEXT_DUE = sa.select(sa.func.min(jobs.c.planner_due)).where(
    is_running, jobs.c.planner == "", jobs.c.planner_due > 0
)

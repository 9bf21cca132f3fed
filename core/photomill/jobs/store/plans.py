"""Jobs that are being listed or finished, each by one worker at a time."""

import json
import time
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from attrs import frozen

from photomill.catalog.catalog import Catalog
from photomill.jobs.model import RUNNING_STATES, ItemState, JobItem, JobState, NewItem
from photomill.jobs.store.jobs import JobEnd, end_job
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
        query = _FREE if only is None else _FREE_ONE
        values = {"kinds": list(kinds), "only": only, "now": time.time()}
        with self._catalog.read() as connection:
            found = connection.execute(query, values).all()
        for number, listed, attempts, interruptions, deaths in found:
            if self._take(worker, number, listed, attempts + 1):
                return PlanClaim(number, attempts + 1, not listed, interruptions, deaths)
        return None

    def next_due(self, kinds: Sequence[str], only: int | None = None) -> float | None:
        """When the next job may be taken, in seconds since the epoch; parameters as of :meth:`claim`."""
        query = _NEXT_DUE if only is None else _NEXT_DUE_ONE
        with self._catalog.read() as connection:
            return connection.execute(query, {"kinds": list(kinds), "only": only}).scalar()

    def last_item(self, number: int) -> JobItem | None:
        """The last item that was listed."""
        with self._catalog.read() as connection:
            row = connection.execute(_LAST_ITEM, {"of_job": number}).first()
        return None if row is None else to_item(row, JobState.WAITING)

    def add_items(self, number: int, worker: str, first: int, items: Sequence[NewItem]) -> bool:
        """Store items that were listed; False where the job has ended, rests, or is listed by another worker.

        A listing that got on is none of what a process' end is put down to.
        """
        rows = [_row(number, first + offset, item) for offset, item in enumerate(items)]
        values = {"of_job": number, "of_worker": worker, "before": first, "more": len(items)}
        with self._catalog.write() as connection:
            if not connection.execute(_ADD, values).rowcount:
                return False
            connection.execute(sa.insert(job_items), rows)
        return True

    def end_listing(self, number: int, worker: str) -> None:
        """Note that these are all items."""
        with self._catalog.write() as connection:
            connection.execute(_END_LISTING, {"of_job": number, "of_worker": worker})

    def give_back(
        self, number: int, worker: str, due: float = 0.0, *, attempts: int | None = None
    ) -> None:
        """Let somebody list or finish a job, not before ``due``.

        :param attempts: that count so far; None keeps them.
        """
        values = {"of_job": number, "of_worker": worker, "new_due": due, "counted": attempts}
        with self._catalog.write() as connection:
            connection.execute(_GIVE_BACK, values)

    def let_go(self, worker: str, due: float, *, but: Collection[int]) -> None:
        """Let somebody list or finish what a worker holds, not before ``due``.

        :param but: jobs that it works on.
        """
        values = {"of_worker": worker, "new_due": due, "but": list(but)}
        with self._catalog.write() as connection:
            connection.execute(_LET_GO, values)

    def conclude(self, number: int, worker: str, end: JobEnd) -> bool:
        """End a job; False where it ended before, or another worker has it now."""
        with self._catalog.write() as connection:
            return end_job(connection, number, end, planner=worker)

    def _take(self, worker: str, number: int, listed: int, attempts: int) -> bool:
        """Take a job; False where another worker was first."""
        values = {
            "of_job": number,
            "was_listed": listed,
            "new_worker": worker,
            "attempts": attempts,
            "now": time.time(),
        }
        with self._catalog.write() as connection:
            return bool(connection.execute(_TAKE, values).rowcount)


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


def _open_jobs() -> Iterator[sa.ColumnElement[bool]]:
    """Conditions of jobs that are to be listed, or finished; each is met by the first ones of an index.

    However many jobs wait: the items of none but those that are processed may all have ended.
    """
    for state in RUNNING_STATES:
        yield sa.and_(*_stands(0, state))
    ended = jobs.c.done + jobs.c.failed + jobs.c.skipped >= jobs.c.found
    yield sa.and_(*_stands(1, JobState.PROCESSING), ended)


def _stands(listed: int, state: JobState) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        jobs.c.listed == sa.literal(listed, jobs.c.listed.type),
        jobs.c.state == sa.literal(state, jobs.c.state.type),
        jobs.c.planner == "",
    )


def _first_of_each(
    count: int, columns: Sequence["sa.Column[Any]"], *conditions: sa.ColumnElement[bool]
) -> sa.Subquery:
    """Of the jobs that meet each of the conditions of :func:`_open_jobs`, and these, those that are due first."""
    of_kinds = jobs.c.kind.in_(sa.bindparam("kinds", expanding=True))
    firsts = (
        sa.select(*columns)
        .where(is_open, of_kinds, *conditions)
        .order_by(jobs.c.planner_due, jobs.c.number)
        .limit(count)
        .subquery()
        for is_open in _open_jobs()
    )
    return sa.union_all(*map(sa.select, firsts)).subquery()


def _next_due(*conditions: sa.ColumnElement[bool]) -> "sa.Select[Any]":
    found = _first_of_each(1, [jobs.c.planner_due], *conditions)
    return sa.select(sa.func.min(found.c.planner_due))


def _free(*conditions: sa.ColumnElement[bool]) -> "sa.Select[Any]":
    columns = (
        jobs.c.number,
        jobs.c.listed,
        jobs.c.planner_attempts,
        jobs.c.planner_interruptions,
        jobs.c.planner_deaths,
    )
    found = _first_of_each(10, columns, _IS_DUE, *conditions)
    return sa.select(found).order_by(found.c.listed, found.c.number).limit(10)


_IS_DUE = jobs.c.planner_due <= sa.bindparam("now")
_IS_THE_ONE = jobs.c.number == sa.bindparam("only")

# Made once: they are run whenever something changes, and making them takes longer than running them.
_NEXT_DUE, _NEXT_DUE_ONE = _next_due(), _next_due(_IS_THE_ONE)
_FREE, _FREE_ONE = _free(), _free(_IS_THE_ONE)
_TAKE = (
    sa.update(jobs)
    .where(
        jobs.c.number == sa.bindparam("of_job"),
        jobs.c.listed == sa.bindparam("was_listed"),
        sa.or_(*_open_jobs()),
        _IS_DUE,
    )
    .values(
        state=sa.case(
            (sa.and_(jobs.c.listed == 0, jobs.c.state == JobState.ACCEPTED), JobState.WAITING),
            else_=jobs.c.state,
        ),
        planner=sa.bindparam("new_worker"),
        planner_attempts=sa.bindparam("attempts"),
        planner_started=sa.bindparam("now"),
        started=sa.func.coalesce(jobs.c.started, sa.bindparam("now")),
    )
)
_MINE = (
    jobs.c.number == sa.bindparam("of_job"),
    jobs.c.planner == sa.bindparam("of_worker"),
)
_LAST_ITEM = (
    sa.select(job_items)
    .where(job_items.c.job == sa.bindparam("of_job"))
    .order_by(job_items.c.position.desc())
    .limit(1)
)
_ADD = (
    sa.update(jobs)
    .where(*_MINE, jobs.c.found == sa.bindparam("before"), is_running)
    .values(
        found=jobs.c.found + sa.bindparam("more"),
        planner_attempts=0,
        planner_started=0.0,
        **_TRUSTED,
    )
)
_FREED = {"planner": "", "planner_started": 0.0, **_TRUSTED}
_END_LISTING = (
    sa.update(jobs)
    .where(*_MINE)
    .values(
        # One without items waits for none.
        state=sa.case(
            (sa.and_(jobs.c.found == 0, is_running), JobState.PROCESSING), else_=jobs.c.state
        ),
        listed=1,
        planner_attempts=0,
        planner_due=0.0,
        **_FREED,
    )
)
_LET_GO = (
    sa.update(jobs)
    .where(
        jobs.c.planner == sa.bindparam("of_worker"),
        jobs.c.number.not_in(sa.bindparam("but", expanding=True)),
    )
    .values(planner_due=sa.bindparam("new_due"), **_FREED)
)
_GIVE_BACK = (
    sa.update(jobs)
    .where(*_MINE)
    .values(
        planner_due=sa.bindparam("new_due"),
        planner_attempts=sa.func.coalesce(sa.bindparam("counted"), jobs.c.planner_attempts),
        **_FREED,
    )
)

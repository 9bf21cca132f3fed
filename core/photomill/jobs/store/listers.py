"""Jobs that are being listed or finished, each by one worker at a time."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from attrs import frozen

from photomill.catalog.catalog import Catalog
from photomill.jobs.model import RUNNING_STATES, ItemState, JobItem, JobState, NewItem
from photomill.jobs.store.jobs import end_job
from photomill.jobs.store.rows import to_item
from photomill.jobs.store.tables import job_items, jobs


@frozen
class Stewardship:
    """The right to list or finish a job.

    :ivar attempt: how often that was begun without getting on; 1 for the first.
    :ivar interruptions: how often the process ended meanwhile, maybe for another reason.
    :ivar deaths: of these, how often nothing else was done.
    """

    job: int
    attempt: int
    interruptions: int = 0
    deaths: int = 0


# It got on, or its process outlived it.
_TRUSTED = {"steward_interruptions": 0, "steward_deaths": 0}


class JobStewards:
    """Who lists and finishes the jobs of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def take_unlisted(self, worker: str, kinds: Sequence[str]) -> Stewardship | None:
        """Take a job whose items are to be listed."""
        taken = self._take(worker, kinds, jobs.c.listed == 0)
        if taken is not None:
            accepted = jobs.c.number == taken.job, jobs.c.state == JobState.ACCEPTED
            with self._catalog.write() as connection:
                connection.execute(sa.update(jobs).where(*accepted).values(state=JobState.WAITING))
        return taken

    def take_finished(self, worker: str, kinds: Sequence[str]) -> Stewardship | None:
        """Take a job all of whose items have ended."""
        ended = jobs.c.done + jobs.c.failed + jobs.c.skipped
        return self._take(worker, kinds, jobs.c.listed == 1, ended >= jobs.c.found)

    def next_due(self) -> float | None:
        """When a job that was put off may be taken again, in seconds since the epoch."""
        query = sa.select(sa.func.min(jobs.c.steward_due)).where(
            jobs.c.state.in_(RUNNING_STATES), jobs.c.steward == "", jobs.c.steward_due > 0
        )
        with self._catalog.read() as connection:
            return connection.execute(query).scalar()

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
                jobs.c.steward == worker,
                jobs.c.found == first,
                jobs.c.state.in_(RUNNING_STATES),
            )
            .values(found=first + len(items), steward_attempts=0, steward_begun=0.0, **_TRUSTED)
        )
        with self._catalog.write() as connection:
            if not connection.execute(mine).rowcount:
                return False
            connection.execute(sa.insert(job_items), rows)
        return True

    def end_listing(self, number: int, worker: str) -> None:
        """Note that these are all items."""
        done = {"listed": 1, "steward_attempts": 0, "steward_due": 0.0}
        self._give_back(number, worker, **done, **_TRUSTED)

    def give_back(
        self, number: int, worker: str, due: float = 0.0, *, attempts: int | None = None
    ) -> None:
        """Let somebody list or finish a job, not before ``due``.

        :param attempts: that count so far; None keeps them.
        """
        counted = {} if attempts is None else {"steward_attempts": attempts}
        self._give_back(number, worker, steward_due=due, **counted, **_TRUSTED)

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
        condition = sa.and_(jobs.c.number == number, jobs.c.steward == worker)
        values = {
            "result": None if result is None else json.dumps(result),
            "error": error,
            "error_detail": None if error_detail is None else json.dumps(error_detail),
        }
        with self._catalog.write() as connection:
            return end_job(connection, condition, state, expires, also=(JobState.PAUSED,), **values)

    def _give_back(self, number: int, worker: str, **values: float) -> None:
        statement = sa.update(jobs).where(jobs.c.number == number, jobs.c.steward == worker)
        with self._catalog.write() as connection:
            connection.execute(statement.values(steward="", steward_begun=0.0, **values))

    def _take(
        self, worker: str, kinds: Sequence[str], *conditions: sa.ColumnElement[bool]
    ) -> Stewardship | None:
        free = (
            jobs.c.state.in_(RUNNING_STATES),
            jobs.c.steward == "",
            jobs.c.steward_due <= time.time(),
            *conditions,
        )
        query = sa.select(
            jobs.c.number,
            jobs.c.steward_attempts,
            jobs.c.steward_interruptions,
            jobs.c.steward_deaths,
        ).where(jobs.c.kind.in_(kinds), *free)
        with self._catalog.read() as connection:
            found = connection.execute(query.order_by(jobs.c.number).limit(10)).all()
        for number, attempts, interruptions, deaths in found:
            statement = (
                sa.update(jobs)
                .where(jobs.c.number == number, *free)
                .values(steward=worker, steward_attempts=attempts + 1, steward_begun=time.time())
            )
            with self._catalog.write() as connection:
                if connection.execute(statement).rowcount:
                    return Stewardship(number, attempts + 1, interruptions, deaths)
        return None


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

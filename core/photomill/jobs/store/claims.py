"""Items of jobs that a worker takes, and how they ended."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection

from photomill.catalog.catalog import Catalog
from photomill.jobs.model import RUNNING_STATES, ItemState, JobItem, JobState
from photomill.jobs.store.evidence import note_death, put_back, put_items_back
from photomill.jobs.store.rows import to_item
from photomill.jobs.store.tables import LARGEST, is_running, job_items, jobs
from photomill.jobs.store.workers import ExpiredWorker


@frozen
class ItemOutcome:
    """How one item ended.

    :ivar state: ``done``, ``failed`` or ``skipped``; ``waiting`` puts it back.
    :ivar due: of one put back: not before this moment.
    :ivar counts: False where what came in between is not the item's fault, so that the attempt does not count.
    :ivar lost: given up, since its process ended again and again.
    :ivar held_by: the worker that holds the item; empty for the one that writes this.
    :ivar started: False where the attempt failed before the item started; it counts all the same, unless ``counts``
        says otherwise.
    """

    job: int
    position: int
    state: ItemState
    result: Mapping[str, Any] | None = None
    error: str = ""
    error_detail: Mapping[str, Any] | None = None
    due: float = 0.0
    counts: bool = True
    lost: bool = False
    held_by: str = ""
    started: bool = True


@frozen
class Start:
    """An item that starts.

    :ivar claimed_by: the worker that holds it until then.
    """

    job: int
    position: int
    claimed_by: str


@frozen
class Claimed:
    """Items of one job that a worker took.

    :ivar job: the job's number.
    :ivar more: whether the job had further ones.
    """

    job: int
    items: list[JobItem]
    more: bool


class JobClaims:
    """What workers hold of the jobs of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def claim(
        self,
        worker: str,
        kinds: Sequence[str],
        after: int,
        at_once: int,
        most: int,
        but: Collection[int] = (),
        only: int | None = None,
    ) -> Claimed | None:
        """Take items of one job: of the next one after that which was served last, and so in turn.

        :param after: the number of the job served last.
        :param at_once: as many as can begin now.
        :param most: as many as may be taken beforehand; but no more than half of those that wait, so that the last ones are
            shared among all workers.
        :param but: jobs that rest.
        :param only: none but this job.
        :returns: None where there is nothing to do.
        """
        ranges = [(after, LARGEST), (0, after)] if only is None else [(only - 1, only)]
        for number, last in ranges:
            for found in self._with_work(kinds, but, number, last):
                taken = self._claim_of(worker, found, at_once, most)
                if taken is not None:
                    return taken
        return None

    def may_go_on(self, number: int) -> bool:
        """Whether a job is neither paused nor ended."""
        with self._catalog.read() as connection:
            return connection.execute(_STATE, {"of_job": number}).scalar() in RUNNING_STATES

    def next_due(
        self, kinds: Sequence[str], but: Collection[int] = (), only: int | None = None
    ) -> float | None:
        """When the next item that was put back may be tried again, in seconds since the epoch; parameters as of
        :meth:`claim`."""
        query = _NEXT_DUE if only is None else _NEXT_DUE.where(jobs.c.number == only)
        with self._catalog.read() as connection:
            return connection.execute(query, {"kinds": list(kinds), "but": list(but)}).scalar()

    def record(
        self, worker: str, outcomes: Sequence[ItemOutcome], starts: Sequence[Start] = ()
    ) -> list[bool]:
        """Store how items ended and which start, all in one transaction.

        :param outcomes: those of items that are not held any more are left out.
        :param starts: items that the worker takes over from those that claimed them.
        :returns: for each of ``starts`` whether it was held still, and so may start.
        """
        alike: defaultdict[tuple[int, ItemState, bool], list[dict[str, Any]]] = defaultdict(list)
        for each in outcomes:
            alike[each.job, each.state, each.lost].append(_values(worker, each))
        counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
        with self._catalog.write() as connection:
            for (job, state, lost), some in alike.items():
                changed = connection.execute(_END, some).rowcount
                if changed and state is not ItemState.WAITING:
                    counts[job][state.value] += changed
                if changed and lost:
                    counts[job]["lost"] += changed
            for number, more in counts.items():
                connection.execute(
                    _COUNT, {"of_job": number, **{f"more_{name}": more[name] for name in _COUNTED}}
                )
            return _start(connection, worker, starts)

    def release(self, worker: str) -> None:
        """Put back everything that a worker holds, as if it had never been tried."""
        with self._catalog.write() as connection:
            put_back(connection, worker)

    def let_go(self, worker: str) -> None:
        """Put back the items that a worker holds, as if they had never been tried."""
        with self._catalog.write() as connection:
            put_items_back(connection, worker)

    def reclaim(self, expired: ExpiredWorker, retry_delay: float) -> None:
        """Put back what a worker held that is gone: see ``jobs.store.evidence``."""
        with self._catalog.write() as connection:
            if expired.killed:
                note_death(connection, expired.id, retry_delay)
            put_back(connection, expired.id)

    def _with_work(
        self, kinds: Sequence[str], but: Collection[int], after: int, last: int
    ) -> Iterator[int]:
        """Jobs with an item to be done, behind one number and up to another: each looked for when it is asked for."""
        wanted = {"kinds": list(kinds), "but": list(but), "last": last}
        while after < last:
            values = {**wanted, "after": after, "now": time.time()}
            with self._catalog.read() as connection:
                found = connection.execute(_NEXT_WITH_WORK, values).scalar()
            if found is None:
                return
            yield found
            after = found

    def _claim_of(self, worker: str, number: int, at_once: int, most: int) -> Claimed | None:
        of_job = {"of_job": number}
        waiting = {**of_job, "now": time.time()}
        with self._catalog.write() as connection:
            there = connection.execute(_WAITING, {**waiting, "count": 2 * most}).scalar_one()
            count = min(most, max(at_once, there // 2))
            chosen = connection.execute(_CHOOSE, {**waiting, "count": count})
            positions = chosen.scalars().all()
            if not positions or not connection.execute(_PROCESS, of_job).rowcount:
                return None
            taken = connection.execute(
                _TAKE, {**of_job, "positions": positions, "new_worker": worker}
            )
            items = [to_item(row, JobState.PROCESSING) for row in taken]
        items.sort(key=lambda item: item.position)
        return Claimed(number, items, more=there > len(items))


def _values(worker: str, outcome: ItemOutcome) -> dict[str, Any]:
    """The parameters of :data:`_END`."""
    ended = outcome.state is not ItemState.WAITING
    return {
        "of_job": outcome.job,
        "at_position": outcome.position,
        "of_worker": outcome.held_by or worker,
        "new_state": outcome.state,
        "result": None if outcome.result is None else json.dumps(outcome.result),
        "error": outcome.error,
        "error_detail": None if outcome.error_detail is None else json.dumps(outcome.error_detail),
        "due": outcome.due,
        "finished": time.time() if ended else None,
        "uncounted": 0 if outcome.counts else 1,
        "unstarted": 0 if outcome.started or not outcome.counts else 1,
    }


_HELD = (
    job_items.c.job == sa.bindparam("of_job"),
    job_items.c.state == ItemState.PROCESSING,
    job_items.c.worker == sa.bindparam("of_worker"),
)
"""The items of a job that a worker holds."""

_MAY_START = job_items.c.state == ItemState.WAITING, job_items.c.due <= sa.bindparam("now")
_COUNTED = (*(each.value for each in (ItemState.DONE, ItemState.FAILED, ItemState.SKIPPED)), "lost")
"""The columns of a job that count items."""

# Made once: they are run for every item, or again and again, and making them takes longer than running them.
_STATE = sa.select(jobs.c.state).where(jobs.c.number == sa.bindparam("of_job"))
_NEXT_DUE = (
    sa.select(sa.func.min(job_items.c.due))
    .join(jobs, jobs.c.number == job_items.c.job)
    .where(
        is_running,
        jobs.c.kind.in_(sa.bindparam("kinds", expanding=True)),
        job_items.c.state == ItemState.WAITING,
        jobs.c.number.not_in(sa.bindparam("but", expanding=True)),
    )
)


def _first_with_work(state: JobState) -> "sa.Select[Any]":
    """The first job of one state: an index leads there, however many others wait behind it."""
    there = sa.select(job_items.c.position).where(job_items.c.job == jobs.c.number, *_MAY_START)
    first = (
        sa.select(jobs.c.number)
        .where(
            jobs.c.state == sa.literal(state, jobs.c.state.type),
            jobs.c.number > sa.bindparam("after"),
            jobs.c.number <= sa.bindparam("last"),
            jobs.c.number.not_in(sa.bindparam("but", expanding=True)),
            jobs.c.kind.in_(sa.bindparam("kinds", expanding=True)),
            jobs.c.found > jobs.c.done + jobs.c.failed + jobs.c.skipped,
            there.limit(1).exists(),
        )
        .order_by(jobs.c.number)
        .limit(1)
        .subquery()
    )
    return sa.select(first.c.number)


_FIRSTS = sa.union_all(*map(_first_with_work, RUNNING_STATES)).subquery()
_NEXT_WITH_WORK = sa.select(sa.func.min(_FIRSTS.c.number))
_WAITING = sa.select(sa.func.count()).select_from(
    sa.select(job_items.c.position)
    .where(job_items.c.job == sa.bindparam("of_job"), *_MAY_START)
    .limit(sa.bindparam("count"))
    .subquery()
)
_CHOOSE = (
    sa.select(job_items.c.position)
    .where(job_items.c.job == sa.bindparam("of_job"), *_MAY_START)
    .order_by(job_items.c.position)
    .limit(sa.bindparam("count"))
    .with_for_update(skip_locked=True)
)
_PROCESS = (
    sa.update(jobs)
    .where(jobs.c.number == sa.bindparam("of_job"), is_running)
    .values(state=JobState.PROCESSING)
)
_TAKE = (
    sa.update(job_items)
    .where(
        job_items.c.job == sa.bindparam("of_job"),
        job_items.c.position.in_(sa.bindparam("positions", expanding=True)),
        job_items.c.state == ItemState.WAITING,
    )
    .values(state=ItemState.PROCESSING, worker=sa.bindparam("new_worker"), started=0.0)
    .returning(*job_items.c)
)
_COUNT = (
    sa.update(jobs)
    .where(jobs.c.number == sa.bindparam("of_job"))
    .values({name: jobs.c[name] + sa.bindparam(f"more_{name}") for name in _COUNTED})
)
_END = (
    sa.update(job_items)
    .where(*_HELD, job_items.c.position == sa.bindparam("at_position"))
    .values(
        state=sa.bindparam("new_state"),
        # What an earlier try did of it is not forgotten.
        result=sa.func.coalesce(sa.bindparam("result"), job_items.c.result),
        error=sa.bindparam("error"),
        error_detail=sa.bindparam("error_detail"),
        due=sa.bindparam("due"),
        worker="",
        finished=sa.bindparam("finished"),
        # One that was put back before it began has no attempt to take away.
        attempts=sa.case(
            (job_items.c.started > 0, job_items.c.attempts - sa.bindparam("uncounted")),
            else_=job_items.c.attempts + sa.bindparam("unstarted"),
        ),
        # Its process outlived it.
        interruptions=sa.case((job_items.c.started > 0, 0), else_=job_items.c.interruptions),
        deaths=sa.case((job_items.c.started > 0, 0), else_=job_items.c.deaths),
        started=0.0,
    )
)
_START = (
    sa.update(job_items)
    # One whose start was stored ahead may be begun by another worker all the same.
    .where(
        *_HELD,
        job_items.c.position.in_(sa.bindparam("positions", expanding=True)),
        sa.or_(job_items.c.started == 0.0, job_items.c.worker != sa.bindparam("new_worker")),
    )
    .values(
        worker=sa.bindparam("new_worker"),
        started=sa.bindparam("now"),
        attempts=job_items.c.attempts + sa.case((job_items.c.started > 0, 0), else_=1),
    )
    .returning(job_items.c.position)
)


def _start(connection: Connection, worker: str, starts: Sequence[Start]) -> list[bool]:
    """Store starts, those of one job by one statement; returns for each whether its item was held."""
    positions: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for each in starts:
        positions[each.job, each.claimed_by].append(each.position)
    held: set[tuple[int, str, int]] = set()
    for (job, claimed_by), some in positions.items():
        values = {
            "of_job": job,
            "positions": some,
            "of_worker": claimed_by,
            "new_worker": worker,
            "now": time.time(),
        }
        started = connection.execute(_START, values).scalars()
        held.update((job, claimed_by, position) for position in started)
    return [(each.job, each.claimed_by, each.position) in held for each in starts]

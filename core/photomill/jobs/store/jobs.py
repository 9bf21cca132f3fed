"""Jobs in the catalog: submitting them, looking at them, steering them, forgetting them."""

import json
import time
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from photomill.catalog.catalog import Catalog
from photomill.errors import Conflict, NotFound
from photomill.jobs.model import (
    ENDED_STATES,
    RUNNING_STATES,
    Callback,
    ItemState,
    Job,
    JobItem,
    JobState,
)
from photomill.jobs.store.rows import JOB_COLUMNS, to_item, to_job
from photomill.jobs.store.tables import LARGEST, deliveries, is_running, job_items, jobs

_PAGE = 500
_PURGED_AT_ONCE = 2000

_UNPLANNED: dict[str, Any] = {
    "planner": "",
    "planner_due": 0.0,
    "planner_attempts": 0,
    "planner_started": 0.0,
    "planner_interruptions": 0,
    "planner_deaths": 0,
}
"""A job whose items nobody lists or finishes yet."""

_GONE_ON = {
    "state": JobState.PROCESSING,
    "finished": None,
    "expires": None,
    "result": None,
    "error": "",
    "error_detail": None,
    **_UNPLANNED,
}
"""An ended job that goes on."""

_UNTRIED = {
    "state": ItemState.WAITING,
    "due": 0.0,
    "worker": "",
    "attempts": 0,
    "started": 0.0,
    "interruptions": 0,
    "deaths": 0,
    "error": "",
    "error_detail": None,
    "finished": None,
}
"""An item that was never tried."""


def _now() -> float:
    return time.time()


_JOBS = (
    sa.select(*JOB_COLUMNS)
    .outerjoin(deliveries, deliveries.c.job == jobs.c.number)
    .where(sa.or_(jobs.c.expires.is_(None), jobs.c.expires > sa.bindparam("now", callable_=_now)))
)
"""All that are not to be forgotten yet."""
# Made once: to make a statement takes longer than to run it.
_JOB = _JOBS.where(jobs.c.number == sa.bindparam("of_number"))
_JOB_OF_ID = _JOBS.where(jobs.c.id == sa.bindparam("of_id"))
_SAME_KEY = (
    jobs.c.kind == sa.bindparam("of_kind"),
    jobs.c.owner == sa.bindparam("of_owner"),
    jobs.c.idempotency_key == sa.bindparam("key"),
)
_JOB_OF_KEY = _JOBS.where(*_SAME_KEY)
_FORGET_KEY = (
    sa.update(jobs)
    .where(
        *_SAME_KEY,
        sa.or_(
            jobs.c.created < sa.bindparam("oldest"),
            jobs.c.expires <= sa.bindparam("now"),
        ),
    )
    .values(idempotency_key=None)
)
_END = (
    sa.update(jobs)
    .where(
        jobs.c.number == sa.bindparam("of_job"),
        jobs.c.state.in_([*RUNNING_STATES, JobState.PAUSED]),
    )
    .values(
        state=sa.bindparam("new_state"),
        finished=sa.bindparam("now"),
        expires=sa.bindparam("new_expires"),
        result=sa.bindparam("new_result"),
        error=sa.bindparam("new_error"),
        error_detail=sa.bindparam("new_detail"),
        planner="",
        planner_started=0.0,
    )
    .returning(jobs.c.number, jobs.c.callback_uri, jobs.c.callback_format)
)
_END_PLANNED = _END.where(jobs.c.planner == sa.bindparam("of_worker"))
_STATE = sa.select(jobs.c.state).where(jobs.c.number == sa.bindparam("number"))
_NAMED = (
    sa.select(job_items.c.position)
    .where(
        job_items.c.job == sa.bindparam("number"),
        job_items.c.name.in_(sa.bindparam("names", expanding=True)),
    )
    .limit(1)
)


class _KeyTaken(Exception):
    pass


class JobTable:
    """The jobs of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    # ------------------------------------------------------------ submitting

    def submit(
        self,
        kind: str,
        plan: Mapping[str, Any],
        owner: str,
        idempotency_key: str,
        callback: Callback | None,
        keep_keys: float,
    ) -> Job:
        """Store a new job, or find the one that the idempotency key made.

        :raises Conflict: the key was used for another plan.
        """
        document = json.dumps(plan)
        job_id = str(uuid.uuid4())
        row = {
            "id": job_id,
            "kind": kind,
            "owner": owner,
            "state": JobState.ACCEPTED,
            "plan": document,
            "idempotency_key": idempotency_key or None,
            "callback_uri": callback.uri if callback else "",
            "callback_format": callback.format if callback else "",
            "created": time.time(),
            "found": 0,
            "listed": 0,
            "done": 0,
            "failed": 0,
            "skipped": 0,
            "lost": 0,
            **_UNPLANNED,
            "error": "",
        }
        if idempotency_key:
            self._forget_key(kind, owner, idempotency_key, time.time() - keep_keys)
        try:
            self._insert(row)
        except _KeyTaken:
            return self._made_by_key(kind, owner, idempotency_key, document)
        return self.find(job_id)

    def _insert(self, row: dict[str, Any]) -> None:
        with self._catalog.write() as connection:
            try:
                connection.execute(sa.insert(jobs).values(row))
            except IntegrityError:
                raise _KeyTaken from None

    def _forget_key(self, kind: str, owner: str, key: str, oldest: float) -> None:
        values = {**_key(kind, owner, key), "oldest": oldest, "now": time.time()}
        with self._catalog.write() as connection:
            connection.execute(_FORGET_KEY, values)

    def _made_by_key(self, kind: str, owner: str, key: str, document: str) -> Job:
        same = _key(kind, owner, key)
        job = self._one(_JOB_OF_KEY, same, name=f"with the idempotency key {key!r}")
        if job.plan != json.loads(document):
            raise Conflict(f"the idempotency key {key!r} was used for another {kind} job")
        return job

    # ------------------------------------------------------------ looking

    def get(self, number: int, kind: str | None = None) -> Job:
        """A job by its number.

        :raises NotFound: there is no such job, or it is of another kind.
        """
        if abs(number) > LARGEST:
            raise NotFound("no job has so large a number")
        job = self._one(_JOB, {"of_number": number}, name=f"{number}")
        if kind not in (None, job.kind):
            raise NotFound(f"no job {number}")
        return job

    def state(self, number: int) -> JobState:
        """Where a job stands: much cheaper than all of it.

        :raises NotFound: there is no such job.
        """
        with self._catalog.read() as connection:
            state = connection.execute(_STATE, {"number": number}).scalar()
        if state is None:
            raise NotFound(f"no job {number}")
        return JobState(state)

    def find(self, job_id: str) -> Job:
        """A job by its id.

        :raises NotFound: there is no such job.
        """
        return self._one(_JOB_OF_ID, {"of_id": job_id}, name=repr(job_id))

    def list_jobs(
        self,
        kind: str | None,
        states: Collection[JobState] | None,
        owner: str | None,
        limit: int,
        before: int | None,
        unless_done: Collection[str] = (),
    ) -> list[Job]:
        """A page of jobs, the newest first."""
        query = _JOBS.order_by(jobs.c.number.desc()).limit(min(limit, LARGEST))
        if unless_done:
            left_out = jobs.c.kind.in_(list(unless_done)) & (jobs.c.state == JobState.DONE)
            query = query.where(~left_out)
        if states is not None:
            query = query.where(jobs.c.state.in_(list(states)))
        for column, value in ((jobs.c.kind, kind), (jobs.c.owner, owner)):
            if value is not None:
                query = query.where(column == value)
        if before is not None:
            query = query.where(jobs.c.number < before)
        with self._catalog.read() as connection:
            return [to_job(row) for row in connection.execute(query)]

    def unfinished(self, kind: str) -> int:
        """How many jobs of a kind have not ended."""
        query = sa.select(sa.func.count()).select_from(jobs).where(jobs.c.kind == kind)
        with self._catalog.read() as connection:
            found = connection.execute(query.where(jobs.c.state.not_in(ENDED_STATES)))
            return int(found.scalar_one())

    def items(self, number: int, state: ItemState | None, after: int) -> Iterator[JobItem]:
        """A job's items behind a position, read page by page."""
        while True:
            query = (
                sa.select(job_items, jobs.c.state.label("job_state"))
                .join(jobs, jobs.c.number == job_items.c.job)
                .where(job_items.c.job == number, job_items.c.position > after, *_in_state(state))
                .order_by(job_items.c.position)
                .limit(_PAGE)
            )
            with self._catalog.read() as connection:
                page = [to_item(row) for row in connection.execute(query)]
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1].position

    def item(self, number: int, position: int) -> JobItem:
        """An item of a job.

        :raises NotFound: the job has no such item.
        """
        query = (
            sa.select(job_items, jobs.c.state.label("job_state"))
            .join(jobs, jobs.c.number == job_items.c.job)
            .where(job_items.c.job == number, job_items.c.position == position)
        )
        with self._catalog.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound(f"job {number} has no item {position}")
        return to_item(row)

    def waits_for(self, number: int) -> str:
        """The error of the item that waits longest; empty where none met one, and once the job has ended."""
        query = (
            sa.select(job_items.c.error)
            .join(jobs, jobs.c.number == job_items.c.job)
            .where(
                job_items.c.job == number,
                job_items.c.state == ItemState.WAITING,
                is_running,
            )
            .order_by(job_items.c.due.desc())
            .limit(1)
        )
        with self._catalog.read() as connection:
            return connection.execute(query).scalar() or ""

    def has_item(self, number: int, names: Sequence[str]) -> bool:
        """Whether a job has an item of one of these names."""
        values = {"number": number, "names": list(map(json.dumps, names))}
        with self._catalog.read() as connection:
            return connection.execute(_NAMED, values).first() is not None

    # ------------------------------------------------------------ steering

    def move(self, number: int, states: tuple[JobState, ...], to: JobState) -> Job:
        """Bring a job that has not ended from one of these states to another.

        :raises NotFound: there is no such job.
        :raises Conflict: it has ended.
        """
        self.get(number)
        statement = sa.update(jobs).where(jobs.c.number == number, jobs.c.state.in_(states))
        with self._catalog.write() as connection:
            connection.execute(statement.values(state=to))
        job = self.get(number)
        if job.state.ended:
            raise Conflict(f"job {number} has ended: it is {job.state}")
        return job

    def cancel(self, number: int, expires: float) -> Job:
        """End a job before its time.

        :raises NotFound: there is no such job.
        :raises Conflict: it has ended.
        """
        with self._catalog.write() as connection:
            changed = end_job(connection, number, JobEnd(JobState.CANCELLED, expires))
        job = self.get(number)
        if not changed:
            raise Conflict(f"job {number} has ended: it is {job.state}")
        return job

    def retry(self, number: int) -> Job:
        """Put the failed items of an ended job back, as if they had never been tried, and go on with it.

        :raises NotFound: there is no such job.
        :raises Conflict: it has not ended, was cancelled, or nothing of it failed.
        """
        self.get(number)
        something = sa.or_(
            jobs.c.state == JobState.FAILED,
            sa.and_(jobs.c.state == JobState.DONE, jobs.c.failed > 0),
        )
        remembered = sa.or_(jobs.c.expires.is_(None), jobs.c.expires > time.time())
        mine = jobs.c.number == number
        with self._catalog.write() as connection:
            changed = connection.execute(
                sa.update(jobs).where(mine, something, remembered).values(_GONE_ON)
            ).rowcount
            if changed:
                again = connection.execute(
                    sa.update(job_items)
                    .where(job_items.c.job == number, job_items.c.state == ItemState.FAILED)
                    .values(_UNTRIED)
                ).rowcount
                connection.execute(
                    sa.update(jobs).where(mine).values(failed=jobs.c.failed - again, lost=0)
                )
                connection.execute(sa.delete(deliveries).where(deliveries.c.job == number))
        job = self.get(number)
        if not changed:
            raise Conflict(f"job {number} has nothing to try again: it is {job.state}")
        return job

    # ------------------------------------------------------------ forgetting

    def forget(self, number: int) -> None:
        """Make an ended job unseen, and remove it.

        :raises NotFound: there is no such job.
        :raises Conflict: it has not ended.
        """
        job = self.get(number)
        if not job.state.ended:
            raise Conflict(f"job {number} has not ended: it is {job.state}")
        with self._catalog.write() as connection:
            connection.execute(sa.update(jobs).where(jobs.c.number == number).values(expires=0.0))
        self._purge(number)

    def purge(self, now: float) -> int:
        """Remove the jobs whose time has come, and return how many; not those that still have a message to send."""
        pending = sa.select(deliveries.c.job).where(deliveries.c.state == "pending")
        query = sa.select(jobs.c.number).where(
            jobs.c.expires <= now, sa.or_(jobs.c.expires == 0, jobs.c.number.not_in(pending))
        )
        with self._catalog.read() as connection:
            numbers = connection.execute(query).scalars().all()
        for number in numbers:
            self._purge(number)
        return len(numbers)

    def _purge(self, number: int) -> None:
        """Remove a job in small transactions, so that nobody waits for a million items to go."""
        mine = job_items.c.job == number
        chunk = (
            sa.select(job_items.c.position).where(mine).order_by(job_items.c.position).limit(1)
        ).offset(_PURGED_AT_ONCE)
        while True:
            with self._catalog.write() as connection:
                edge = connection.execute(chunk).scalar()
                if edge is None:
                    connection.execute(sa.delete(jobs).where(jobs.c.number == number))
                    return
                connection.execute(sa.delete(job_items).where(mine, job_items.c.position < edge))

    def _one(self, query: sa.Select[Any], values: Mapping[str, Any], *, name: str) -> Job:
        with self._catalog.read() as connection:
            row = connection.execute(query, values).first()
        if row is None:
            raise NotFound(f"no job {name}")
        return to_job(row)


@frozen
class JobEnd:
    """How a job ends.

    :ivar expires: when it may be forgotten, in seconds since the epoch.
    """

    state: JobState
    expires: float
    result: Mapping[str, Any] | None = None
    error: str = ""
    error_detail: Mapping[str, Any] | None = None


def end_job(
    connection: Connection, number: int, end: JobEnd, *, planner: str | None = None
) -> bool:
    """Bring a running or paused job to its last state and, in the same transaction, note whom to tell.

    :param planner: the worker that has to hold it still.
    :returns: False where it does not, or the job has ended already.
    """
    values = {
        "of_job": number,
        "of_worker": planner,
        "new_state": end.state,
        "new_expires": end.expires,
        "new_result": None if end.result is None else json.dumps(end.result),
        "new_error": end.error,
        "new_detail": None if end.error_detail is None else json.dumps(end.error_detail),
        "now": time.time(),
    }
    row = connection.execute(_END if planner is None else _END_PLANNED, values).first()
    if row is None:
        return False
    if row.callback_uri:
        delivery = {"job": row.number, "format": row.callback_format, "state": "pending"}
        unsent = {"due": 0.0, "worker": "", "attempt": 0, "refused": 0, "error": ""}
        host = urlsplit(row.callback_uri).netloc.lower()
        connection.execute(sa.insert(deliveries).values(**delivery, **unsent, host=host))
    return True


def _key(kind: str, owner: str, key: str) -> dict[str, Any]:
    """The parameters of :data:`_SAME_KEY`."""
    return {"of_kind": kind, "of_owner": owner, "key": key}


def _in_state(state: ItemState | None) -> tuple[sa.ColumnElement[bool], ...]:
    """Items of an ended job that did not run count as cancelled, though nobody wrote a million rows to say so."""
    if state is None:
        return ()
    ended = jobs.c.state.in_(ENDED_STATES)
    if state is ItemState.CANCELLED:
        return ended, job_items.c.state == ItemState.WAITING
    if state is ItemState.WAITING:
        return ~ended, job_items.c.state == ItemState.WAITING
    return (job_items.c.state == state,)

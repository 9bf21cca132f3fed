"""Claiming items, and giving them to the executor as units."""

import logging
import threading
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import Any

from attrs import evolve

from photomill.components import Executor, Unit, Work
from photomill.errors import PhotomillError, ResourcesMissing
from photomill.jobs.context import AT_ONCE, WorkerContext
from photomill.jobs.heartbeat import Heartbeat
from photomill.jobs.model import Job, JobItem
from photomill.jobs.store.claims import Start
from photomill.jobs.working import UnitWorker, outcome_of_error
from photomill.jobs.writing import PendingStart

logger = logging.getLogger(__name__)

_CLAIMED_EACH = 4
"""Items claimed at once for each that runs: few enough for jobs to take turns."""

_KNOWN_JOBS = 8
"""Jobs that are kept at hand: their plans may be long."""

_STARTED_AT_ONCE = 4
"""Items whose starts are stored together: the first one begins, and the others follow."""

Claim = tuple[Job, JobItem, PendingStart]


class Dispatcher:
    """Feeds an executor with the items that one worker claims."""

    def __init__(
        self,
        context: WorkerContext,
        executor: Executor,
        remote: Work,
        units: UnitWorker,
        heartbeat: Heartbeat,
    ) -> None:
        """
        :param remote: does units where the executor has them done in another process.
        :param heartbeat: told of each process that was lost.
        """
        self._context = context
        self._executor = executor
        self._work = _LocalWork(self, remote)
        self._units = units
        self._heartbeat = heartbeat
        self._claimed: deque[Claim] = deque()
        self._served = 0
        # As they were when their first items were claimed: what units are told of them does not change.
        self._jobs: dict[int, Job] = {}
        # Whether no item waited when the catalog was last asked: each that ends may then be its job's last.
        self._drained = True
        # Whether the catalog may have items as this worker's of which nobody here knows, since it failed meanwhile.
        self._is_unsure = False
        self._changed = threading.Condition()
        self._running = 0
        # What the executor has, for units that it has done here.
        self._claims: dict[Unit, Claim] = {}
        self._warned: dict[int, str] = {}

    def run(self) -> None:
        """Have items done until it is time to stop, and wait for those that run."""
        self._context.repeat(self._dispatch_some, "the catalog gives no items")
        with self._changed:
            self._changed.wait_for(lambda: not self._running)

    def run_here(self, unit: Unit) -> None:
        """Do a unit in this process."""
        job, item, start = self._claims[unit]
        self._units.run_item(job, item, start, () if start.asked else self._starts_ahead())

    def _dispatch_some(self) -> float | None:
        """Claim items, where there are any, and give the executor each as soon as it has room."""
        if not self._has_room():
            return AT_ONCE
        # Not before there is room: others may have them sooner.
        self._claim_some()
        found = bool(self._claimed)
        while self._claimed and self._has_room():
            self._dispatch_one()
        return AT_ONCE if found else self._next_due()

    def _dispatch_one(self) -> None:
        with self._changed:
            job, item, _ = claim = self._claimed.popleft()
            unit = Unit(job.kind, job.number, item.position, self._context.worker)
            self._claims[unit] = claim
            self._running += 1
        try:
            future = self._executor.submit(self._work, unit)
        except Exception as error:
            future = Future()
            future.set_exception(error)
        future.add_done_callback(partial(self._ended, unit, claim))

    def _has_room(self) -> bool:
        """Wait until the executor has room, where one more is kept ready than it runs; False where it is time to stop."""
        with self._changed:
            self._changed.wait_for(self._room)
        return not self._context.signals.stopping

    def _room(self) -> int:
        """How many units the executor may be given now."""
        return max(self._executor.parallelism + 1 - self._running, 0)

    def _claim_some(self) -> None:
        context = self._context
        most = _CLAIMED_EACH * self._executor.parallelism
        with self._changed:
            at_once = min(self._room(), most)
            is_idle = not self._running and not self._claimed
        if self._is_unsure and is_idle:
            self._units.flush()
            context.claims.let_go(context.worker)
            self._is_unsure = False
        try:
            found = context.claims.claim(
                context.worker,
                list(context.kinds),
                self._served,
                at_once,
                most,
                self._units.resting.all(),
                context.only,
            )
            job = None if found is None else self._job(found.job)
        except PhotomillError:
            self._is_unsure = True
            raise
        before, self._drained = self._drained, found is None or not found.more
        if found is not None and job is not None:
            self._served = found.job
            self._claimed.extend((job, item, self._start_of(job, item)) for item in found.items)
            return
        # From the first on again, by one question.
        self._served = 0
        if not before:
            # Some may have ended since others took the rest.
            self._tell()

    def _start_of(self, job: Job, item: JobItem) -> PendingStart:
        return PendingStart(Start(job.number, item.position, self._context.worker))

    def _starts_ahead(self) -> list[PendingStart]:
        """The starts to be stored next; none where a process ended with one of the items: it shall be seen which began."""
        with self._changed:
            claims = [*self._claims.values(), *self._claimed]
        if any(item.interruptions for _, item, _ in claims):
            return []
        return [start for _, _, start in claims if not start.asked][:_STARTED_AT_ONCE]

    def _job(self, number: int) -> Job:
        if number not in self._jobs:
            if len(self._jobs) == _KNOWN_JOBS:
                del self._jobs[next(iter(self._jobs))]
            self._jobs[number] = self._context.table.get(number)
        return self._jobs[number]

    def _next_due(self) -> float | None:
        context, resting = self._context, self._units.resting.all()
        due = context.claims.next_due(list(context.kinds), resting, context.only)
        return min([*resting.values(), *([] if due is None else [due])], default=None)

    def _ended(self, unit: Unit, claim: Claim, future: "Future[None]") -> None:
        with self._changed:
            # An item that is tried again may have been claimed anew by now.
            if self._claims.get(unit) is claim:
                del self._claims[unit]
            self._running -= 1
            is_last = not any(each.job == unit.job for each in self._claims)
            self._changed.notify_all()
        if not future.cancelled() and (error := future.exception()) is not None:
            job, item, _ = claim
            self._not_started(job, item, error)
        if is_last and self._drained and not self._claimed:
            self._tell()

    def _tell(self) -> None:
        """Have it looked whether a job has ended."""
        self._units.flush()
        self._context.signals.notify()

    def _not_started(self, job: Job, item: JobItem, error: BaseException) -> None:
        """Note a failed attempt, unless the unit did start: then another worker has it, whose end is looked into."""
        tried = evolve(item, attempts=item.attempts + 1)
        outcome = outcome_of_error(error, self._context, job, tried)
        if not outcome.counts:
            self._units.resting.add(job.number, outcome.due)
        self._units.add(evolve(outcome, started=False))
        if isinstance(error, ResourcesMissing):
            self._warn(job, error)
        else:
            self._heartbeat.check()

    def _warn(self, job: Job, error: ResourcesMissing) -> None:
        """Say once that a job cannot go on for now, and why."""
        if self._warned.get(job.number) != str(error):
            self._warned[job.number] = str(error)
            logger.warning("job %d (%s) waits: %s", job.number, job.kind, error)


class _LocalWork(Work):
    """Does units with the engine that is open in this process; in another process, it becomes ``remote``."""

    def __init__(self, dispatcher: Dispatcher, remote: Work) -> None:
        self._dispatcher = dispatcher
        self._remote = remote

    def _run(self, unit: Unit) -> None:
        self._dispatcher.run_here(unit)

    def __reduce__(self) -> tuple[Any, ...]:
        return _same, (self._remote,)


def _same(work: Work) -> Work:
    return work

"""Listing what a job is to do, and finishing it."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from attrs import evolve

from photomill.errors import PhotomillError
from photomill.jobs.context import AT_ONCE, WorkerContext
from photomill.jobs.kind import JobKind
from photomill.jobs.model import SUSPECT_AFTER, Job, JobState
from photomill.jobs.store.jobs import JobEnd
from photomill.jobs.store.plans import PlanClaim, PlanTable
from photomill.jobs.working import describe_error, is_transient, rests_until

logger = logging.getLogger(__name__)

_AT_ONCE = 4
"""Jobs that one worker lists or finishes at once."""

_WAIT_SECONDS = 0.1
_PAUSE_SECONDS = 1.0
"""Before what failed by the catalog's fault is tried again."""


class Planner:
    """Lists and finishes jobs for one worker, several at once."""

    def __init__(
        self, context: WorkerContext, plans: PlanTable, ended: Callable[[Job], None]
    ) -> None:
        """
        :param ended: told of each job that ended here.
        """
        self._context = context
        self._plans = plans
        self._ended = ended
        self._free = threading.BoundedSemaphore(_AT_ONCE)
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="photomill-plan")
        self._lock = threading.Lock()
        self._planned: set[int] = set()
        # Whether the catalog may have jobs as this worker's of which nobody here knows, since it failed meanwhile.
        self._is_unsure = False

    def run(self) -> None:
        """List or finish one job after the other until it is time to stop, and wait for what is under way."""
        self._context.repeat(self._plan_one, "the catalog gives no jobs")
        self._pool.shutdown()

    def _plan_one(self) -> float | None:
        """Begin to list or to finish a job, where there is one, as soon as a thread is free to do it."""
        context, kinds = self._context, list(self._context.kinds)
        if self._is_unsure:
            self._let_go()
        due = self._plans.next_due(kinds, context.only)
        if due is None or due > time.time():
            return due
        if not self._free.acquire(timeout=_WAIT_SECONDS):
            return AT_ONCE
        claim = None
        entered = context.gate.enter()
        try:
            claim = self._plans.claim(context.worker, kinds, context.only) if entered else None
        except PhotomillError:
            self._is_unsure = True
            raise
        finally:
            if claim is None:
                self._free.release()
                if entered:
                    context.gate.leave()
        if claim is not None:
            with self._lock:
                self._planned.add(claim.job)
            self._pool.submit(self._plan, claim)
        return AT_ONCE

    def _let_go(self) -> None:
        """Give back what the catalog has as this worker's, and nobody here works on."""
        with self._lock:
            planned = list(self._planned)
            self._is_unsure = False
        try:
            due = time.time() + _PAUSE_SECONDS
            self._plans.let_go(self._context.worker, due, but=planned)
        except PhotomillError:
            self._is_unsure = True
            raise

    def _plan(self, claim: PlanClaim) -> None:
        """List or finish a job, in a thread of its own, which has passed the gate already."""
        inside, failed = True, False

        def leave() -> None:
            nonlocal inside
            if inside:
                inside = False
                self._context.gate.leave()

        def listed_some() -> None:
            # What it lists is done meanwhile, by suspects too.
            leave()
            self._context.signals.notify()

        try:
            if claim.interruptions >= SUSPECT_AFTER:
                leave()
                inside = self._context.gate.enter(alone=True)
            if inside:
                job = self._context.table.get(claim.job)
                kind = self._context.kinds[job.kind]
                if claim.unlisted:
                    self._list_items(kind, job, claim, listed_some)
                else:
                    self._finish(kind, job, claim)
        except Exception:
            logger.exception("job %d is listed or finished once more", claim.job)
            failed = True
        with self._lock:
            self._planned.discard(claim.job)
            self._is_unsure |= failed
        leave()
        self._free.release()
        self._context.signals.notify()

    def _list_items(
        self, kind: JobKind, job: Job, claim: PlanClaim, listed_some: Callable[[], None]
    ) -> None:
        """Store a job's items, from where an earlier listing broke off.

        They are worked on meanwhile. Where the listing fails for good, so does the job; what was done stays done.
        """
        if claim.deaths >= self._context.settings.max_deaths:
            self._give_up(kind, job, "its items were listed")
            return
        try:
            whole = self._listed(kind, job, listed_some)
        except Exception as error:
            self._failed(kind, job, claim, error)
            return
        if whole:
            self._plans.end_listing(job.number, self._context.worker)
        else:
            self._plans.give_back(job.number, self._context.worker)

    def _finish(self, kind: JobKind, job: Job, claim: PlanClaim) -> None:
        """End a job all of whose items have ended; one that lost some has failed, whatever its kind says."""
        if claim.deaths >= self._context.settings.max_deaths:
            self._give_up(kind, job, "it was finished")
            return
        try:
            result = kind.finish(job)
        except Exception as error:
            self._failed(kind, job, claim, error)
            return
        lost = job.progress.lost
        self._conclude(
            job,
            JobEnd(
                JobState.FAILED if lost else JobState.DONE,
                self._expires(kind),
                result,
                f"{lost} of its items were given up" if lost else "",
            ),
        )

    def _listed(self, kind: JobKind, job: Job, listed_some: Callable[[], None]) -> bool:
        """List; False where the job was paused, cancelled or taken over meanwhile, or it is time to stop."""
        last = self._plans.last_item(job.number)
        position = 0 if last is None else last.position + 1
        listed = iter(kind.items(job, last))
        while chunk := list(islice(listed, kind.listed_at_once)):
            if not self._plans.add_items(job.number, self._context.worker, position, chunk):
                return False
            position += len(chunk)
            listed_some()
            if self._context.signals.stopping:
                return False
        return True

    def _failed(self, kind: JobKind, job: Job, claim: PlanClaim, error: Exception) -> None:
        if not isinstance(error, PhotomillError):
            logger.error("job %d failed", job.number, exc_info=error)
        due = rests_until(error, self._context)
        if due is not None:
            self._plans.give_back(job.number, self._context.worker, due, attempts=claim.attempt - 1)
            return
        if is_transient(error) and claim.attempt < kind.max_attempts:
            due = self._context.retry_due(claim.attempt)
            self._plans.give_back(job.number, self._context.worker, due)
            return
        text, detail = describe_error(error)
        self._fail(kind, job, text, detail)

    def _give_up(self, kind: JobKind, job: Job, doing: str) -> None:
        error = (
            f"given up: the process ended {self._context.settings.max_deaths} times while {doing}"
        )
        self._fail(kind, job, error, None)

    def _fail(self, kind: JobKind, job: Job, error: str, detail: dict[str, str] | None) -> None:
        self._conclude(
            job, JobEnd(JobState.FAILED, self._expires(kind), error=error, error_detail=detail)
        )

    def _conclude(self, job: Job, end: JobEnd) -> None:
        if self._plans.conclude(job.number, self._context.worker, end):
            self._ended(evolve(job, state=end.state))

    def _expires(self, kind: JobKind) -> float:
        return expires_at(kind, self._context.settings.keep_seconds)


def expires_at(kind: JobKind, keep_seconds: float) -> float:
    """When a job that ends now may be forgotten, in seconds since the epoch.

    :param keep_seconds: for kinds that do not say so themselves.
    """
    return time.time() + (keep_seconds if kind.keep_seconds is None else kind.keep_seconds)

"""Doing units, and telling how they ended."""

import logging
import threading
import time
from collections.abc import Iterable
from typing import Any

from attrs import evolve

from photomill.components import Unit
from photomill.errors import (
    CapacityExceeded,
    CatalogError,
    CollectionOutdated,
    IndexUnavailable,
    NotFound,
    PhotomillError,
    ResourcesMissing,
    SourceUnreachable,
    StorageError,
    StorageFull,
)
from photomill.jobs.context import WorkerContext
from photomill.jobs.model import (
    SUSPECT_AFTER,
    ItemState,
    Job,
    JobItem,
    SkipItem,
    UnitIncomplete,
)
from photomill.jobs.store.claims import ItemOutcome, Start
from photomill.jobs.writing import OutcomeWriter, PendingStart

logger = logging.getLogger(__name__)

FULL_RESTS = 5
"""How many times ``retry_delay`` a job rests that met a full disk, lacks a machine, or whose files another one has."""

TRANSIENT_ERRORS = (
    CapacityExceeded,
    CatalogError,
    CollectionOutdated,
    SourceUnreachable,
    StorageError,
    UnitIncomplete,
)
"""Errors that may be gone the next time."""

_CHECK_SECONDS = 0.1
"""How long what is known of a job's state is good."""


class RestingJobs:
    """Jobs that met a full disk, an index that is behind or another machine's files, and when they go on. Thread-safe.

    Moments are in seconds since the epoch.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[int, float] = {}

    def add(self, job: int, until: float) -> None:
        with self._lock:
            self._until[job] = until

    def until(self, job: int) -> float | None:
        """When a job goes on; None where it does not rest."""
        return self.all().get(job)

    def all(self) -> dict[int, float]:
        """Those that rest now."""
        now = time.time()
        with self._lock:
            self._until = {job: until for job, until in self._until.items() if until > now}
            return self._until


class UnitWorker:
    """Does units for one worker of the catalog, in the process that an executor chose. Thread-safe."""

    def __init__(self, context: WorkerContext, writer: OutcomeWriter) -> None:
        self.resting = RestingJobs()
        self.add = writer.add
        self.flush = writer.flush
        self._context = context
        self._writer = writer
        self._going_on: dict[int, tuple[float, bool]] = {}

    def run(self, unit: Unit) -> None:
        """Do a unit that another process claimed; returns once its outcome is stored.

        :raises NotFound: no such kind, job or item is known here.
        """
        if unit.kind not in self._context.kinds:
            raise NotFound(f"the process that was to do it knows no kind of job {unit.kind!r}")
        table = self._context.table
        start = PendingStart(Start(unit.job, unit.item, unit.claimed_by))
        self.run_item(table.get(unit.job), table.item(unit.job, unit.item), start)
        self._writer.flush()

    def run_item(
        self, job: Job, item: JobItem, start: PendingStart, ahead: Iterable[PendingStart] = ()
    ) -> None:
        """Do an item that is claimed, alone where it is suspected; its outcome is stored soon.

        :param ahead: see :meth:`OutcomeWriter.start`.
        """
        gate = self._context.gate
        if gate.enter(alone=item.interruptions >= SUSPECT_AFTER):
            try:
                outcome = self._outcome(job, item, start, ahead)
            finally:
                gate.leave()
            if outcome is not None:
                self._writer.add(outcome)

    def _outcome(
        self, job: Job, item: JobItem, start: PendingStart, ahead: Iterable[PendingStart]
    ) -> ItemOutcome | None:
        """Do an item; None where it did not start, and is released with everything else that its worker holds."""
        context = self._context
        if context.signals.stopping:
            return None
        held_by = start.start.claimed_by
        rests = self.resting.until(job.number)
        if rests is not None or not self._may_go_on(job.number):
            # Its start may be stored already.
            return ItemOutcome(
                job.number,
                item.position,
                ItemState.WAITING,
                due=rests or 0.0,
                counts=False,
                held_by=held_by,
            )
        if item.deaths >= context.settings.max_deaths:
            return evolve(given_up(job, item), held_by=held_by)
        if not self._writer.start(start, ahead):
            return None
        outcome = run_item(context, job, evolve(item, attempts=item.attempts + 1))
        if not outcome.counts:
            self.resting.add(job.number, outcome.due)
        return outcome

    def _may_go_on(self, number: int) -> bool:
        """Whether a job was neither paused nor ended a moment ago."""
        now = time.monotonic()
        checked, going_on = self._going_on.get(number, (-_CHECK_SECONDS, False))
        if now - checked >= _CHECK_SECONDS:
            going_on = self._context.claims.may_go_on(number)
            self._going_on = {number: (now, going_on)}
        return going_on


def run_item(context: WorkerContext, job: Job, item: JobItem) -> ItemOutcome:
    """Do an item, and tell how it ended. Never raises."""
    try:
        result = context.kinds[job.kind].run(job, item)
    except SkipItem as skipped:
        return ItemOutcome(
            job.number,
            item.position,
            ItemState.SKIPPED,
            error=str(skipped),
            error_detail=skipped.detail,
        )
    except UnitIncomplete as error:
        return evolve(outcome_of_error(error, context, job, item), result=error.result)
    except Exception as error:
        return outcome_of_error(error, context, job, item)
    return ItemOutcome(job.number, item.position, ItemState.DONE, result=result)


def given_up(job: Job, item: JobItem) -> ItemOutcome:
    """The end of an item that ends its process again and again."""
    return ItemOutcome(
        job.number,
        item.position,
        ItemState.FAILED,
        error=f"given up: the process ended {item.deaths} times while it worked on nothing else",
        error_detail={"type": "GivenUp"},
        lost=True,
    )


def is_transient(error: BaseException) -> bool:
    """Whether another try may help."""
    return isinstance(error, TRANSIENT_ERRORS) or not isinstance(error, PhotomillError)


def rests_until(error: BaseException, context: WorkerContext) -> float | None:
    """When a job goes on that met what none of its items can help; None where the error is the item's own."""
    match error:
        case StorageFull() | ResourcesMissing():
            return time.time() + FULL_RESTS * context.settings.retry_delay
        case SourceUnreachable(elsewhere=True) if context.shared:
            return time.time() + FULL_RESTS * context.settings.retry_delay
        case IndexUnavailable():
            return time.time() + error.seconds
    return None


def describe_error(error: BaseException) -> tuple[str, dict[str, Any]]:
    """An error's text, its type, its path, and the image that it concerns."""
    expected = isinstance(error, PhotomillError)
    text = str(error) if expected else f"{type(error).__name__}: {error}"
    known = {"path": getattr(error, "path", ""), "picture": getattr(error, "picture", None)}
    detail = {name: value for name, value in known.items() if value}
    return text, {"type": type(error).__name__, **detail}


def outcome_of_error(
    error: BaseException, context: WorkerContext, job: Job, item: JobItem
) -> ItemOutcome:
    """Whether an item that failed is tried again, and when."""
    if not isinstance(error, PhotomillError):
        logger.error("item %d of job %d failed", item.position, job.number, exc_info=error)
    text, detail = describe_error(error)
    outcome = ItemOutcome(job.number, item.position, ItemState.WAITING, error=text)
    due = rests_until(error, context)
    if due is not None:
        return evolve(outcome, due=due, counts=False)
    if is_transient(error) and item.attempts < context.kinds[job.kind].max_attempts:
        return evolve(outcome, due=context.retry_due(item.attempts))
    return evolve(outcome, state=ItemState.FAILED, error_detail=detail)

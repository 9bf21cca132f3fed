"""A worker of the catalog: its threads, and how they start and stop."""

import logging
import threading
import time
from collections.abc import Callable
from enum import StrEnum

from attrs import frozen

from photomill.catalog import Catalog
from photomill.components import Executor, Unit, Work
from photomill.config.settings import JobSettings
from photomill.jobs.context import WorkerContext
from photomill.jobs.delivering import Deliverers, Deliveries
from photomill.jobs.dispatching import Dispatcher
from photomill.jobs.gate import Gate
from photomill.jobs.heartbeat import Cleanup, Heartbeat
from photomill.jobs.kind import Kinds
from photomill.jobs.model import Job
from photomill.jobs.planning import Planner
from photomill.jobs.repeated_errors import RepeatedErrors
from photomill.jobs.signals import Signals
from photomill.jobs.store.claims import JobClaims
from photomill.jobs.store.jobs import JobTable
from photomill.jobs.store.plans import PlanTable
from photomill.jobs.store.workers import WorkerTable
from photomill.jobs.working import UnitWorker
from photomill.jobs.writing import OutcomeWriter

logger = logging.getLogger(__name__)


class Role(StrEnum):
    """What a process does of jobs.

    ``all`` of it; only to ``deliver`` messages; or only the ``units`` that another process sends it.
    """

    ALL = "all"
    DELIVER = "deliver"
    UNITS = "units"


@frozen
class RunnerContext:
    """What a runner works with.

    :ivar executor: opened where items are claimed here.
    :ivar remote: does units in another process.
    :ivar ended: told of each job that ended here.
    """

    catalog: Catalog
    workers: WorkerTable
    executor: Callable[[], Executor]
    remote: Work
    deliveries: Deliveries
    kinds: Kinds
    settings: JobSettings
    ended: Callable[[Job], None]
    cleanup: Cleanup


class Runner:
    """Works on the jobs of a catalog until it is stopped.

    One of many: each process, on any machine that shares the catalog, may have one.
    """

    def __init__(self, context: RunnerContext, role: Role, only: int | None = None) -> None:
        """Become a worker, and begin; returns at once.

        :param only: work on this job alone.
        """
        executor = context.executor() if role is Role.ALL else None
        catalog = context.catalog
        self._workers = context.workers
        self._context = shared = WorkerContext(
            context.workers.join(),
            context.kinds,
            context.settings,
            JobClaims(catalog),
            JobTable(catalog),
            Signals(catalog),
            Gate(),
            RepeatedErrors(logger),
            only,
            catalog.is_shared,
        )
        self._writer = OutcomeWriter(shared.claims, shared.worker, shared.signals.wrote)
        self._units = UnitWorker(shared, self._writer)
        # Whoever is one of many, or there for one job, leaves the cleanup of what was before to others.
        self._heartbeat = Heartbeat(
            shared,
            context.workers,
            context.cleanup,
            clean_first=role is not Role.UNITS and only is None,
        )
        targets = {"heartbeat": self._heartbeat.run}
        if shared.signals.listener is not None:
            targets["listen"] = shared.signals.listener.run
        if role is not Role.UNITS and only is None:
            targets["deliver"] = Deliverers(shared, context.deliveries).run
        if executor is not None:
            targets["dispatch"] = Dispatcher(
                shared, executor, context.remote, self._units, self._heartbeat
            ).run
            targets["plan"] = Planner(shared, PlanTable(catalog), context.ended).run
        self._threads = [
            threading.Thread(target=target, name=f"photomill-{name}", daemon=True)
            for name, target in targets.items()
        ]
        for thread in self._threads:
            thread.start()

    def run_unit(self, unit: Unit) -> None:
        """Do a unit that another process claimed; returns once its outcome is stored."""
        self._units.run(unit)

    def notify(self) -> None:
        """Look for work now."""
        self._context.signals.notify()

    def wait(self, changes: int, seconds: float) -> None:
        """Return as soon as :attr:`changes` differs, or after so many seconds."""
        self._context.signals.wait_for_change(changes, seconds)

    @property
    def changes(self) -> int:
        """Counts what happens to jobs in this process."""
        return self._context.signals.count

    def stop(self) -> None:
        """Finish what runs, give everything else back, and end; no thread is left.

        An item that takes longer than ``stop_seconds`` is given back too, before it is waited for: its outcome is not
        stored any more.
        """
        context = self._context
        deadline = time.monotonic() + context.settings.stop_seconds
        context.signals.stop()
        context.gate.close()
        self._heartbeat.check()
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        context.gate.wait_empty(deadline - time.monotonic())
        self._writer.close()
        context.claims.release(context.worker)
        self._workers.leave(context.worker)
        for thread in self._threads:
            thread.join()

"""Jobs: the facade."""

import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from photomill.catalog import Catalog
from photomill.components import Unit, Work
from photomill.config.settings import JobSettings
from photomill.errors import InvalidInput, NotFound
from photomill.jobs.delivering import Deliveries, Render
from photomill.jobs.heartbeat import Cleanup
from photomill.jobs.kind import JobKind
from photomill.jobs.model import RUNNING_STATES, Callback, ItemState, Job, JobItem, JobState
from photomill.jobs.planning import expires_at
from photomill.jobs.runner import Role, Runner, RunnerContext
from photomill.jobs.store.counts import JobCounts, count_jobs
from photomill.jobs.store.deliveries import DeliveryTable
from photomill.jobs.store.jobs import JobTable
from photomill.jobs.store.workers import WorkerTable
from photomill.plugins import Components
from photomill.sources.credentials import refuse_credentials

_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.3


class Jobs:
    """Submits jobs, follows them, and works on them where it is told to. Thread-safe.

    Whoever submits need not be who works: jobs stand in the catalog until a process that shares it calls
    :meth:`start`.
    """

    def __init__(
        self,
        settings: JobSettings,
        catalog: Catalog,
        components: Components,
        data_dir: Path,
        remote: Work,
        cleanup: Cleanup = lambda before, is_stopping: None,
    ) -> None:
        """
        :param remote: does units where the executor has them done in another process; see :meth:`run_unit`.
        :param cleanup: called in the background when work begins, and whenever a process is found that was killed.
        """
        self._settings = settings
        self._catalog = catalog
        self._components = components
        self._data_dir = data_dir
        self.remote = remote
        self._cleanup = cleanup
        self._table = JobTable(catalog)
        self._deliveries = Deliveries(
            DeliveryTable(catalog),
            self._table,
            components,
            settings.delivery_delays,
            settings.deliveries_per_host,
        )
        self._kinds: dict[str, JobKind] = {}
        self._lock = threading.Lock()
        self._runner: Runner | None = None

    # ------------------------------------------------------------ what there is

    def register(self, kind: JobKind) -> None:
        """Make a kind of job known; before :meth:`start`."""
        self._kinds[kind.kind] = kind

    @property
    def kinds(self) -> list[str]:
        """The names of the kinds of job that there are, in alphabetical order."""
        return sorted(self._kinds)

    def register_message(
        self, format: str, render: Render, delays: Sequence[float] | None = None
    ) -> None:
        """Make known how the messages of a format are made.

        :param delays: seconds to wait after each failed try but the last; None for ``[jobs] delivery_delays``.
        """
        self._deliveries.register(format, render, delays)

    # ------------------------------------------------------------ jobs

    def submit(
        self,
        kind: str,
        plan: Mapping[str, Any],
        *,
        owner: str = "",
        idempotency_key: str = "",
        callback: Callback | None = None,
    ) -> Job:
        """Store a job; it is on disk when this returns.

        :param plan: what the kind is to do, as JSON.
        :param idempotency_key: the job that the same owner submitted with this key not long ago is returned instead.
        :raises NotFound: no such kind.
        :raises InvalidInput: nobody makes messages of the callback's format, or its address holds a password.
        :raises Conflict: the idempotency key was used for another plan.
        """
        if kind not in self._kinds:
            raise NotFound(f"no kind of job is called {kind!r}")
        if callback is not None and not self._deliveries.has_format(callback.format):
            raise InvalidInput(
                f"nobody makes messages of the format {callback.format!r}", path="callback"
            )
        if callback is not None:
            refuse_credentials(callback.uri, "callback")
        keep_keys = self._settings.keep_keys
        job = self._table.submit(kind, plan, owner, idempotency_key, callback, keep_keys)
        self._notify()
        return job

    def get(self, number: int, *, kind: str | None = None) -> Job:
        """A job by its number.

        :raises NotFound: there is no such job, or it is of another kind.
        """
        return self._table.get(number, kind)

    def has_ended(self, number: int) -> bool:
        """Whether a job has ended: what may be asked often.

        :raises NotFound: there is no such job.
        """
        return self._table.state(number).ended

    def find(self, job_id: str) -> Job:
        """Find a job by its id.

        :raises NotFound: there is none.
        """
        return self._table.find(job_id)

    def list_jobs(
        self,
        *,
        kind: str | None = None,
        states: Collection[JobState] | None = None,
        owner: str | None = None,
        limit: int = 100,
        before: int | None = None,
        unless_done: Collection[str] = (),
    ) -> list[Job]:
        """Jobs, the newest first; ``before`` goes on behind a number.

        :param unless_done: kinds whose jobs are left out once they are done.
        """
        return self._table.list_jobs(kind, states, owner, limit, before, unless_done)

    def items(
        self,
        number: int,
        *,
        state: ItemState | None = None,
        after: int = -1,
        limit: int | None = None,
    ) -> Iterator[JobItem]:
        """A job's items in their order, behind a position; read page by page."""
        return islice(self._table.items(number, state, after), limit)

    def waits_for(self, number: int) -> str:
        """Why what is left of a job is not being done: the last failure after which an item was put back; mostly empty.

        It is tried again by itself.
        """
        return self._table.waits_for(number)

    def has_item(self, number: int, names: Sequence[str]) -> bool:
        """Whether an item of one of these names was listed and stored."""
        return self._table.has_item(number, names)

    def unfinished(self, kind: str) -> int:
        """How many jobs of a kind have not ended."""
        return self._table.unfinished(kind)

    def counts(self) -> JobCounts:
        """How much there is to do: what monitoring asks for."""
        return count_jobs(self._catalog)

    def pause(self, number: int) -> Job:
        """Begin no further item until the job is resumed; those that run are finished.

        :raises NotFound: there is no such job.
        :raises Conflict: it has ended.
        """
        return self._moved(number, RUNNING_STATES, JobState.PAUSED)

    def resume(self, number: int) -> Job:
        """Go on with a job that was paused.

        :raises NotFound: there is no such job.
        :raises Conflict: it has ended.
        """
        return self._moved(number, (JobState.PAUSED,), JobState.PROCESSING)

    def cancel(self, number: int) -> Job:
        """Begin no further item; those that run are finished, and what was done stays done.

        :raises NotFound: there is no such job.
        :raises Conflict: it has ended.
        """
        job = self._table.get(number)
        kind = self._kinds.get(job.kind)
        keep = self._settings.keep_seconds
        expires = time.time() + keep if kind is None else expires_at(kind, keep)
        job = self._table.cancel(number, expires)
        self._ended(job)
        self._notify()
        return job

    def retry(self, number: int) -> Job:
        """Go on with a job that has ended, and do its failed items again; what was done stays done.

        A job that failed is listed or finished from where it broke off. Where somebody is told of its end, they are told
        again, by the same message.

        :raises NotFound: there is no such job.
        :raises Conflict: it has not ended, was cancelled, or nothing of it failed.
        """
        job = self._table.retry(number)
        self._notify()
        return job

    def delete(self, number: int) -> None:
        """Forget a job that has ended.

        :raises NotFound: there is no such job.
        :raises Conflict: it has not ended.
        """
        self._table.forget(number)

    def wait(self, number: int, timeout: float) -> Job:
        """Return a job as soon as it has ended, or after so many seconds."""
        deadline = time.monotonic() + timeout
        pause = _FIRST_PAUSE
        while True:
            runner = self._runner
            changes = 0 if runner is None else runner.changes
            ended = self.has_ended(number)
            left = deadline - time.monotonic()
            if ended or left <= 0:
                return self.get(number)
            pause = min(_LONGEST_PAUSE, 1.2 * pause)
            if runner is None:
                time.sleep(min(pause, left))
            else:
                runner.wait(changes, min(_LONGEST_PAUSE, left))

    # ------------------------------------------------------------ work

    def start(self, *, only_deliver: bool = False) -> None:
        """Begin to work on jobs, in the background. Does nothing twice.

        :param only_deliver: deliver the messages about the ends of jobs, and leave the jobs to others.
        """
        self._start(Role.DELIVER if only_deliver else Role.ALL)

    @contextmanager
    def working_on(self, number: int) -> Iterator[None]:
        """Work on one job meanwhile, unless this process works on jobs anyway."""
        started = self._start(Role.ALL, number)
        try:
            yield
        finally:
            if started:
                self.stop()

    def run_unit(self, unit: Unit) -> None:
        """Do a unit that another process claimed; returns once its outcome is stored.

        :raises NotFound: no such kind, job or item is known here.
        """
        self._start(Role.UNITS)
        runner = self._runner
        if runner is not None:
            runner.run_unit(unit)

    def stop(self) -> None:
        """Finish the items that run, and work no more. Does nothing twice."""
        with self._lock:
            runner, self._runner = self._runner, None
        if runner is not None:
            runner.stop()

    # ------------------------------------------------------------ inside

    def _start(self, role: Role, only: int | None = None) -> bool:
        """Begin to work; False where this process does already."""
        with self._lock:
            if self._runner is not None:
                return False
            self._runner = Runner(self._context(), role, only)
            return True

    def _context(self) -> RunnerContext:
        return RunnerContext(
            catalog=self._catalog,
            workers=WorkerTable(self._catalog, self._data_dir, self._settings.lease),
            executor=lambda: self._components.executor(self._settings.executor),
            remote=self.remote,
            deliveries=self._deliveries,
            kinds=self._kinds,
            settings=self._settings,
            ended=self._ended,
            cleanup=self._cleanup,
        )

    def _moved(self, number: int, states: tuple[JobState, ...], to: JobState) -> Job:
        job = self._table.move(number, states, to)
        self._notify()
        return job

    def _notify(self) -> None:
        runner = self._runner
        if runner is not None:
            runner.notify()

    def _ended(self, job: Job) -> None:
        self._components.job_finished(job.id, job.kind, job.state.value)

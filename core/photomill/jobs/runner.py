"""The threads that work on jobs."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from attrs import evolve, frozen

from photomill.catalog import Catalog
from photomill.components import Executor
from photomill.config.settings import JobSettings
from photomill.errors import PhotomillError
from photomill.jobs.complaints import Complaints
from photomill.jobs.gate import Gate
from photomill.jobs.listing import Stewarding
from photomill.jobs.model import SUSPECT_AFTER, ItemState, Job, JobItem
from photomill.jobs.recording import Recorder
from photomill.jobs.sending import Senders
from photomill.jobs.signals import Signals
from photomill.jobs.store.claims import Ending, JobClaims
from photomill.jobs.store.jobs import JobTable
from photomill.jobs.store.listers import JobStewards, Stewardship
from photomill.jobs.store.workers import WorkerTable
from photomill.jobs.telling import Telling
from photomill.jobs.units import Kinds, given_up, run_item

logger = logging.getLogger(__name__)

_PAUSE_SECONDS = 1.0
"""Before something is tried again that the catalog refused: what is due stays due, and would be tried at once."""

_STEWARDS = 4
"""Jobs that one worker lists or finishes at once."""
_SWEEP_SECONDS = 60.0
_CLAIMED_EACH = 4
"""Items claimed at once for each that runs: few enough for jobs to take turns."""
_CHECK_SECONDS = 0.1
"""How long what is known of a job's state is good."""

Claim = tuple[Job, JobItem]
Keep = Callable[[Callable[[], None]], None]
"""Lists or finishes a job; calls what it is given as soon as it got on."""


@frozen
class Surroundings:
    """What a runner works with.

    :ivar ended: told of each job that ended here.
    :ivar tidy: removes what processes left behind that ended before a moment.
    """

    catalog: Catalog
    workers: WorkerTable
    executor: Executor
    telling: Telling
    kinds: Kinds
    settings: JobSettings
    ended: Callable[[Job], None]
    tidy: Callable[[float], None]


class Runner:
    """Works on the jobs of a catalog until it is stopped: lists, does items, finishes, tells, forgets.

    One of many: each process, on any machine that shares the catalog, may have one.
    """

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._kinds = around.kinds
        self._settings = around.settings
        self._table = JobTable(around.catalog)
        self._claims = JobClaims(around.catalog)
        self._stewards = JobStewards(around.catalog)
        self._signals = Signals(around.catalog.watcher)
        self._claimed: deque[Claim] = deque()
        self._served = 0
        # Whether no item waited when somebody last looked: each that ends may then be its job's last.
        self._drained = True
        self._going_on: dict[int, tuple[float, bool]] = {}
        self._gate = Gate()
        # Jobs that met a full disk, and when they go on, in seconds since the epoch.
        self._resting: dict[int, float] = {}
        self._lock = threading.Lock()
        # When somebody may have left something behind; at the start, nobody knows.
        self._untidy = time.time()
        self._stewards_free = threading.BoundedSemaphore(_STEWARDS)
        self._complaints = Complaints(logger)

    def start(self, *, only_tell: bool = False) -> None:
        """Begin; returns at once.

        :param only_tell: send the messages about the ends of jobs, and leave the jobs to others.
        """
        self._worker = self._around.workers.join()
        settings = self._settings
        self._recorder = Recorder(self._claims, self._worker)
        self._stewarding = Stewarding(self._stewards, self._worker, settings, self._table.get)
        self._pool = ThreadPoolExecutor(_STEWARDS, thread_name_prefix="photomill-jobs")
        self._senders = Senders(
            self._around.telling, self._worker, settings.deliveries, self._signals, self._complaints
        )
        self._threads = [
            threading.Thread(target=target, name=f"photomill-{name}", daemon=True)
            for name, target in (
                ("tell", self._senders.run),
                ("alive", self._stay_alive),
                ("dispatch", self._dispatch),
                ("steward", self._steward),
            )[: 2 if only_tell else None]
        ]
        for thread in self._threads:
            thread.start()

    def notify(self) -> None:
        """Look for work now."""
        self._signals.notify()

    def stop(self) -> None:
        """Finish the items that run, give everything else back, and end.

        An item that takes longer than ``stop_seconds`` is given back too: its end is not noted any more.
        """
        self._signals.stop()
        self._gate.close()
        deadline = time.monotonic() + self._settings.stop_seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        late = any(thread.is_alive() for thread in self._threads)
        self._pool.shutdown(wait=not late)
        self._senders.close(deadline - time.monotonic())
        self._recorder.close()
        self._claims.release(self._worker)
        self._around.workers.leave(self._worker)

    # ------------------------------------------------------------ items

    def _dispatch(self) -> None:
        for outcome in self._around.executor.run(self._work, self._waiting_items()):
            if outcome.error is not None:
                logger.error("the end of an item was lost", exc_info=outcome.error)

    def _waiting_items(self) -> Iterator[Claim]:
        """Items to do, one after the other, until it is time to stop."""
        while not self._signals.stopping:
            seen = self._signals.seen()
            claim = self._next_claim()
            if claim is not None:
                yield claim
            else:
                self._signals.wait(seen, self._next_due)

    def _next_claim(self) -> Claim | None:
        if not self._claimed:
            try:
                self._claim_some()
            except PhotomillError as error:
                self._complaints.note("the catalog gives no items", error)
                self._signals.sleep(_PAUSE_SECONDS)
        return self._claimed.popleft() if self._claimed else None

    def _claim_some(self) -> None:
        count = _CLAIMED_EACH * self._around.executor.parallelism
        kinds, resting = list(self._kinds), self._who_rests()
        found = self._claims.claim(self._worker, kinds, self._served, count, resting)
        self._drained = found is None or len(found[1]) < count
        if found is not None:
            self._served, items = found
            job = self._table.get(self._served)
            self._claimed.extend((job, item) for item in items)

    def _who_rests(self) -> dict[int, float]:
        now = time.time()
        with self._lock:
            for job in [job for job, until in self._resting.items() if until <= now]:
                del self._resting[job]
            return dict(self._resting)

    def _next_due(self) -> float | None:
        resting = self._who_rests()
        due = self._claims.next_due(resting)
        return min([*resting.values(), *([] if due is None else [due])], default=None)

    def _work(self, claim: Claim) -> None:
        job, item = claim
        if self._gate.enter(alone=item.interruptions >= SUSPECT_AFTER):
            try:
                ending = self._done(job, item)
            finally:
                self._gate.leave()
            if ending is not None:
                self._recorder.add(ending)
        if self._drained and not self._claimed:
            self._recorder.flush()
            self.notify()

    def _done(self, job: Job, item: JobItem) -> Ending | None:
        """Do an item; None where it did not begin, and is released with everything else that this worker holds."""
        if self._signals.stopping:
            return None
        if job.number in self._resting or not self._may_go_on(job.number):
            return Ending(job.number, item.position, ItemState.WAITING)
        if item.deaths >= self._settings.max_deaths:
            return given_up(job, item)
        if not self._recorder.begin(job.number, item):
            return None
        begun = evolve(item, attempts=item.attempts + 1)
        ending = run_item(self._kinds[job.kind], job, begun, self._settings.retry_delay)
        if not ending.counts:
            with self._lock:
                self._resting[job.number] = ending.due
        return ending

    def _may_go_on(self, number: int) -> bool:
        """Whether a job was neither paused nor ended a moment ago."""
        now = time.monotonic()
        checked, going_on = self._going_on.get(number, (-_CHECK_SECONDS, False))
        if now - checked >= _CHECK_SECONDS:
            going_on = self._claims.may_go_on(number)
            self._going_on = {number: (now, going_on)}
        return going_on

    # ------------------------------------------------------------ jobs

    def _steward(self) -> None:
        self._repeat(self._steward_one, self._stewards.next_due, "the catalog gives no jobs")

    def _steward_one(self) -> bool:
        """Begin to list or to finish a job, where there is one, as soon as somebody is free to do it."""
        if not self._stewards_free.acquire(timeout=_CHECK_SECONDS):
            return not self._signals.stopping
        work = None
        entered = self._gate.enter()
        try:
            work = self._next_stewardship() if entered else None
        finally:
            if work is None:
                self._stewards_free.release()
                if entered:
                    self._gate.leave()
        if work is not None:
            self._pool.submit(self._keep, *work)
        return work is not None

    def _next_stewardship(self) -> tuple[Job, Stewardship, Keep] | None:
        kinds = list(self._kinds)
        unlisted = self._stewards.take_unlisted(self._worker, kinds)
        if unlisted is not None:
            job = self._table.get(unlisted.job)
            kind = self._kinds[job.kind]
            return (
                job,
                unlisted,
                lambda got_on: self._stewarding.list_items(kind, job, unlisted, got_on),
            )
        finished = self._stewards.take_finished(self._worker, kinds)
        if finished is not None:
            job = self._table.get(finished.job)
            kind = self._kinds[job.kind]
            return job, finished, lambda _: self._stewarding.finish(kind, job, finished)
        return None

    def _keep(self, job: Job, held: Stewardship, work: Keep) -> None:
        """List or finish a job, in a thread of its own, which has passed the gate already."""
        inside = True

        def leave() -> None:
            nonlocal inside
            if inside:
                inside = False
                self._gate.leave()

        def got_on() -> None:
            # What it lists is done meanwhile, by suspects too.
            leave()
            self.notify()

        try:
            if held.interruptions >= SUSPECT_AFTER:
                leave()
                inside = self._gate.enter(alone=True)
            if inside:
                work(got_on)
                now = self._table.get(job.number)
                if now.state.ended:
                    self._around.ended(now)
        except Exception:
            logger.exception("job %d is left to the next worker", job.number)
        leave()
        self._stewards_free.release()
        self.notify()

    # ------------------------------------------------------------ messages, life

    def _stay_alive(self) -> None:
        """Say that this worker lives, take over from those that do not, and forget old jobs."""
        swept = 0.0
        while not self._signals.stopping:
            try:
                self._take_over()
                self._tidy()
                if not swept or time.monotonic() - swept > _SWEEP_SECONDS:
                    swept = time.monotonic()
                    self._table.purge(time.time())
            except PhotomillError as error:
                self._complaints.note("the catalog takes no sign of life", error)
            self._signals.sleep(self._settings.lease / 4)

    def _tidy(self) -> None:
        """Remove what is left of those that died, in a thread of its own: folders may be large."""
        since, self._untidy = self._untidy, 0.0
        if since:
            tidy = threading.Thread(
                target=self._tidied, args=[since], name="photomill-tidy", daemon=True
            )
            tidy.start()

    def _tidied(self, since: float) -> None:
        try:
            # Who opened a file a moment ago may not have locked it yet.
            self._around.tidy(since - 1)
        except Exception as error:
            self._complaints.note("what others left behind is not removed", error)

    def _take_over(self) -> None:
        workers = self._around.workers
        workers.record_heartbeat(self._worker)
        dead = workers.dead()
        for each in dead:
            self._claims.reclaim(each, self._settings.retry_delay)
            workers.bury([each.id])
        if dead:
            self.notify()
            self._untidy = time.time()

    def _repeat(
        self, do_one: Callable[[], bool], next_due: Callable[[], float | None], failure: str
    ) -> None:
        """Do one after the other; where there is none, wait until there may be."""
        while not self._signals.stopping:
            seen = self._signals.seen()
            try:
                busy = do_one()
            except PhotomillError as error:
                self._complaints.note(failure, error)
                self._signals.sleep(_PAUSE_SECONDS)
                busy = False
            if not busy:
                self._signals.wait(seen, next_due)

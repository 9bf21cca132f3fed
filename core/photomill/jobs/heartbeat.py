"""The heartbeat of a worker, and what it does for those whose heartbeat expired."""

import threading
import time
from collections.abc import Callable

from photomill.errors import PhotomillError
from photomill.jobs.context import WorkerContext
from photomill.jobs.store.workers import WorkerTable

_PURGE_SECONDS = 60.0

Cleanup = Callable[[float, Callable[[], bool]], None]
"""Removes what processes left behind that ended before a moment, until it is told to stop."""


class Heartbeat:
    """Says that a worker lives, takes over from those that expired, and forgets old jobs."""

    def __init__(
        self, context: WorkerContext, workers: WorkerTable, cleanup: Cleanup, *, clean_first: bool
    ) -> None:
        """
        :param clean_first: clean up at the start too, as nothing is known of what happened before.
        """
        self._context = context
        self._workers = workers
        self._cleanup = cleanup
        self._checked = threading.Event()
        # When a process may have left something behind.
        self._left_behind = time.time() if clean_first else 0.0
        self._cleaning: threading.Thread | None = None

    def check(self) -> None:
        """Look now whether other workers live."""
        self._checked.set()

    def run(self) -> None:
        """Beat until it is time to stop, and wait for the cleanup that runs."""
        purged = 0.0
        while not self._context.signals.stopping:
            try:
                self._take_over()
                self._clean_up()
                if not purged or time.monotonic() - purged > _PURGE_SECONDS:
                    purged = time.monotonic()
                    self._context.table.purge(time.time())
            except PhotomillError as error:
                self._context.errors.log("the catalog takes no heartbeat", error)
            self._checked.wait(self._context.settings.lease / 4)
            self._checked.clear()
        if self._cleaning is not None:
            self._cleaning.join()

    def _take_over(self) -> None:
        self._workers.heartbeat(self._context.worker)
        expired = self._workers.expired()
        for each in expired:
            self._context.claims.reclaim(each, self._context.settings.retry_delay)
            self._workers.remove([each.id])
        if expired:
            self._context.signals.notify()
            self._left_behind = time.time()

    def _clean_up(self) -> None:
        """Remove what expired workers left, in a thread of its own: folders may be large."""
        if not self._left_behind or (self._cleaning is not None and self._cleaning.is_alive()):
            return
        since, self._left_behind = self._left_behind, 0.0
        self._cleaning = threading.Thread(
            target=self._clean, args=[since], name="photomill-cleanup", daemon=True
        )
        self._cleaning.start()

    def _clean(self, since: float) -> None:
        try:
            # A file that was opened a moment ago may not be locked yet.
            self._cleanup(since - 1, lambda: self._context.signals.stopping)
        except Exception as error:
            self._context.errors.log("what others left behind is not removed", error)

"""Sweeping now and then, as long as somebody serves albums."""

import logging
import threading
from collections.abc import Callable

from photomill.albums.sweeper import Swept
from photomill.retrying import Backoff

logger = logging.getLogger(__name__)

_LONGEST_PAUSE = 3600.0
"""Seconds between two sweeps where one after the other fails."""


class Upkeep:
    """A thread that sweeps. Thread-safe."""

    def __init__(self, sweep: Callable[[], Swept], interval: float) -> None:
        """
        :param interval: seconds between two sweeps; the first comes after as many.
        """
        self._sweep = sweep
        self._interval = interval
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, in the background. Does nothing twice."""
        with self._lock:
            if self._thread is None:
                self._stopping.clear()
                self._thread = threading.Thread(
                    target=self._run, name="photomill-sweep", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """End a sweep that is under way, and sweep no more. Does nothing twice."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._stopping.set()
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        backoff = Backoff(logger, "albums cannot be swept", longest=_LONGEST_PAUSE)
        pause = self._interval
        while not self._stopping.wait(pause):
            try:
                logger.info("swept albums: %s", self._sweep())
                backoff.succeeded()
                pause = self._interval
            except Exception as error:
                # The next sweep may find what was missing: the storage, the catalog.
                pause = max(self._interval, backoff.failed(error))

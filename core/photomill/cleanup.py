"""Cleaning up now and then, in a thread."""

import logging
import threading
from collections.abc import Callable

from photomill.retrying import Backoff

_LONGEST_PAUSE = 3600.0
"""Seconds between two cleanups where one after the other fails."""


class CleanupThread:
    """Cleans up now and then, while a server runs. Thread-safe."""

    def __init__(
        self, clean_up: Callable[[], object], interval: float, logger: logging.Logger, subject: str
    ) -> None:
        """
        :param interval: seconds between two cleanups; the first comes after as many.
        :param logger: of whoever cleans up.
        :param subject: what is cleaned up, for the log.
        """
        self._clean_up = clean_up
        self._interval = interval
        self._logger = logger
        self._subject = subject
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, in the background. Does nothing twice."""
        with self._lock:
            if self._thread is None:
                self._stopping.clear()
                self._thread = threading.Thread(
                    target=self._run, name=f"photomill-cleanup-{self._subject}", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """End a cleanup that is under way, and begin no other. Does nothing twice."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._stopping.set()
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        message = f"{self._subject} cannot be cleaned up"
        backoff = Backoff(self._logger, message, longest=_LONGEST_PAUSE)
        pause = self._interval
        while not self._stopping.wait(pause):
            try:
                self._logger.info("cleaned up %s: %s", self._subject, self._clean_up())
                backoff.succeeded()
                pause = self._interval
            except Exception as error:
                # The next cleanup may find what was missing: the storage, the catalog.
                pause = max(self._interval, backoff.failed(error))

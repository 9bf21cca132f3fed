"""Saying what goes wrong again and again, but not again and again."""

import logging
import threading
import time

_SECONDS = 60.0


class Complaints:
    """Logs each kind of failure at most once a minute, and how often it was met meanwhile. Thread-safe."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._lock = threading.Lock()
        self._said: dict[str, float] = {}
        self._unsaid: dict[str, int] = {}

    def note(self, message: str, error: Exception) -> None:
        """Log a failure with its traceback, unless the same was logged a moment ago."""
        now = time.monotonic()
        with self._lock:
            said = self._said.get(message)
            if said is not None and now - said < _SECONDS:
                self._unsaid[message] = self._unsaid.get(message, 0) + 1
                return
            self._said[message] = now
            unsaid = self._unsaid.pop(message, 0)
        more = f" ({unsaid} more times in the last minute)" if unsaid else ""
        self._logger.error("%s%s", message, more, exc_info=error)

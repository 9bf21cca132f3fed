"""Logging errors that repeat."""

import logging
import threading
import time

_SECONDS = 60.0


class RepeatedErrors:
    """Logs each kind of failure at most once a minute, and how often it occurred meanwhile. Thread-safe."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._lock = threading.Lock()
        self._logged: dict[str, float] = {}
        self._suppressed: dict[str, int] = {}

    def log(self, message: str, error: Exception) -> None:
        """Log a failure with its traceback, unless the same was logged a moment ago."""
        now = time.monotonic()
        with self._lock:
            logged = self._logged.get(message)
            if logged is not None and now - logged < _SECONDS:
                self._suppressed[message] = self._suppressed.get(message, 0) + 1
                return
            self._logged[message] = now
            suppressed = self._suppressed.pop(message, 0)
        more = f" ({suppressed} more times in the last minute)" if suppressed else ""
        self._logger.error("%s%s", message, more, exc_info=error)

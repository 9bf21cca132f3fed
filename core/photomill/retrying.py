"""What goes on after a failure: with pauses that grow, and without filling the log.

One full disk, tried again without a pause, once wrote a traceback 2 779 times.
"""

import logging
import threading
import time
from collections import OrderedDict

__all__ = ["Backoff", "RepeatedMessages"]

_FIRST_PAUSE = 0.05


class Backoff:
    """Counts the failures of a loop in a row: each pause is twice the last, and one message a minute says why.

    For one thread.
    """

    def __init__(
        self, logger: logging.Logger, message: str, *, longest: float = 30.0, quiet: float = 60.0
    ) -> None:
        """
        :param message: what does not work, as in ``the catalog gives no items``.
        :param longest: seconds of a pause.
        :param quiet: seconds between two messages.
        """
        self._logger = logger
        self._message = message
        self._longest = longest
        self._quiet = quiet
        self._pause = 0.0
        self._told: float | None = None
        self._untold = 0

    def failed(self, error: BaseException) -> float:
        """Note a failure; gives the seconds to wait before the next try."""
        now = time.monotonic()
        if self._told is None or now - self._told >= self._quiet:
            more = f" ({self._untold} times more since the last message)" if self._untold else ""
            self._logger.error("%s%s", self._message, more, exc_info=error)
            self._told, self._untold = now, 0
        else:
            self._untold += 1
        self._pause = min(self._longest, max(_FIRST_PAUSE, 2 * self._pause))
        return self._pause

    def succeeded(self) -> None:
        """Note that it works."""
        self._pause = 0.0


class RepeatedMessages(logging.Filter):
    """Lets a warning or an error pass a few times a minute, and says with the next how many it kept back. Thread-safe.

    Two are the same that come from one place in the code, with errors that were raised at one place.
    """

    def __init__(self, *, often: int = 5, seconds: float = 60.0, places: int = 500) -> None:
        """
        :param often: how many of a message pass in a period.
        :param seconds: of a period.
        :param places: messages that are remembered.
        """
        super().__init__()
        self._often = often
        self._seconds = seconds
        self._places = places
        self._lock = threading.Lock()
        self._seen: OrderedDict[tuple[object, ...], tuple[float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        place = _place(record)
        now = time.monotonic()
        with self._lock:
            began, count = self._seen.pop(place, (now, 0))
            kept_back = 0
            if now - began >= self._seconds:
                kept_back, began, count = max(0, count - self._often), now, 0
            self._seen[place] = (began, count + 1)
            if len(self._seen) > self._places:
                self._seen.popitem(last=False)
        if kept_back:
            record.msg = f"{record.getMessage()} ({kept_back} more like this were not logged)"
            record.args = None
        return count < self._often


def _place(record: logging.LogRecord) -> tuple[object, ...]:
    traceback = record.exc_info[2] if record.exc_info else None
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    raised = (
        None if traceback is None else (traceback.tb_frame.f_code.co_filename, traceback.tb_lineno)
    )
    return record.name, record.pathname, record.lineno, raised

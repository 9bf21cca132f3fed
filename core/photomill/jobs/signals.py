"""Waking threads that wait for work."""

import logging
import threading
import time

from photomill.catalog import Catalog
from photomill.jobs.listening import Listener

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.25
"""How often the catalog is asked whether another process changed it."""

_WRITING_SECONDS = 1.0
"""How often it is looked for what others changed while this process writes itself, as nothing tells the two apart."""

_LISTENING_SECONDS = 5.0
"""How often it is asked all the same where it notifies: a proxy may keep notifications to itself."""

Seen = tuple[int, int]


class Signals:
    """Tells threads of this process, and by the catalog those of others, that there may be work."""

    def __init__(self, catalog: Catalog) -> None:
        self._watcher = catalog.watcher
        self._changed = threading.Condition()
        self.count = 0
        self._writes = 0
        self.stopping = False
        self.listener = Listener.of(catalog, self.notify)
        """To be run by a thread until the stop; None where the catalog only answers."""

    def notify(self) -> None:
        """Wake every thread that waits."""
        with self._changed:
            self.count += 1
            self._changed.notify_all()

    def wrote(self) -> None:
        """Note that this process changed the catalog in a way that makes no work."""
        self._writes += 1

    def stop(self) -> None:
        """Wake every thread, for good."""
        if self.listener is not None:
            self.listener.stop()
        with self._changed:
            self.stopping = True
            self._changed.notify_all()

    def seen(self) -> Seen:
        """What a thread knows when it begins to look for work."""
        with self._changed:
            return self.count, self._watcher.version()

    def wait(self, seen: Seen, due: float | None) -> None:
        """Wait until something changed since ``seen``, or so many seconds since the epoch have passed."""
        began, writes = time.monotonic(), self._writes
        while not self.stopping and (due is None or due > time.time()):
            with self._changed:
                self._changed.wait_for(lambda: self._is_new(seen), self._pause(due))
            if self.count != seen[0]:
                return
            if self._writes != writes and time.monotonic() - began < _WRITING_SECONDS:
                continue
            if self._watcher.version() != seen[1]:
                return

    def wait_for_change(self, count: int, seconds: float) -> None:
        """Wait until a thread of this process notified since ``count``, but not longer than so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self.stopping or self.count != count, seconds)

    def sleep(self, seconds: float) -> None:
        """Wait, but not longer than until the stop."""
        with self._changed:
            self._changed.wait_for(lambda: self.stopping, seconds)

    def _pause(self, due: float | None) -> float:
        if self.listener is None or not self.listener.connected:
            return _POLL_SECONDS
        return (
            _LISTENING_SECONDS
            if due is None
            else min(_LISTENING_SECONDS, max(0.0, due - time.time()))
        )

    def _is_new(self, seen: Seen) -> bool:
        return self.stopping or self.count != seen[0]

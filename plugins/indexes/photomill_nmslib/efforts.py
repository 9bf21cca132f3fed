"""How hard nmslib looks is a setting of the whole index, not of one search."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class SharedEffort:
    """Lets searches of equal effort run together, and those of another after them, in turns."""

    def __init__(self, apply: Callable[[int], None], effort: int) -> None:
        """
        :param apply: changes the setting; no search runs meanwhile.
        :param effort: the first setting.
        """
        self._apply = apply
        self._effort = effort
        self._running = 0
        # Somebody waits for another effort: nobody joins those who run.
        self._closed = False
        self._condition = threading.Condition()
        apply(effort)

    @contextmanager
    def at(self, effort: int) -> Iterator[None]:
        """Search with this effort inside."""
        with self._condition:
            self._condition.wait_for(lambda: self._may_enter(effort))
            self._running += 1
        try:
            yield
        finally:
            with self._condition:
                self._running -= 1
                if self._running == 0:
                    self._condition.notify_all()

    def _may_enter(self, effort: int) -> bool:
        if self._running == 0:
            if effort != self._effort:
                self._apply(effort)
            self._effort, self._closed = effort, False
            return True
        if effort != self._effort:
            self._closed = True
        return not self._closed

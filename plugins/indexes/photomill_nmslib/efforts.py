"""How hard nmslib looks is a setting of the whole index, not of one search."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class SharedEffort:
    """Lets searches of equal effort run together, and those of another after them, in the order in which they came."""

    def __init__(self, apply: Callable[[int], None], effort: int) -> None:
        """
        :param apply: changes the setting; no search runs meanwhile.
        :param effort: the first setting.
        """
        self._apply = apply
        self._effort = effort
        self._running = 0
        self._waiting: list[tuple[int, threading.Event]] = []
        self._lock = threading.Lock()
        apply(effort)

    @contextmanager
    def at(self, effort: int) -> Iterator[None]:
        """Search with this effort inside."""
        turn = threading.Event()
        with self._lock:
            # Nobody overtakes who waits, or a stream of searches would keep out all of another effort.
            self._waiting.append((effort, turn))
            if len(self._waiting) == 1 and (self._running == 0 or effort == self._effort):
                self._admit()
        turn.wait()
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1
                if self._running == 0 and self._waiting:
                    self._admit()

    def _admit(self) -> None:
        """Let in the first who waits, and all of the same effort."""
        effort = self._waiting[0][0]
        if effort != self._effort:
            self._apply(effort)
            self._effort = effort
        admitted = [turn for wanted, turn in self._waiting if wanted == effort]
        self._waiting = [each for each in self._waiting if each[0] != effort]
        self._running += len(admitted)
        for turn in admitted:
            turn.set()

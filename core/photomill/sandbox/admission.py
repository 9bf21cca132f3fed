"""Who may start: a fair wait for something of which there is a fixed amount."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from attrs import define, field

_TURNS = 4
"""Of five that start while both kinds wait, four are interactive: nobody waits behind a batch, and no batch starves."""


@define(eq=False)
class _Waiter:
    """:ivar turn: free once it is admitted: each waits for its own, so that nobody wakes in vain."""

    amount: int
    admitted: bool = False
    turn: threading.Lock = field(factory=threading.Lock)


class Admission:
    """Lets callers in as long as what they hold together stays within a limit; the others wait their turn.

    Interactive callers and jobs wait in lines of their own. Within a line nobody overtakes, so that somebody who needs
    much is not passed by for ever.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._free = limit
        self._lock = threading.Lock()
        self._interactive: deque[_Waiter] = deque()
        self._jobs: deque[_Waiter] = deque()
        self._turn = 0

    @property
    def waiting(self) -> int:
        """How many callers wait to be let in."""
        with self._lock:
            return len(self._interactive) + len(self._jobs)

    @contextmanager
    def held(self, amount: int, *, interactive: bool) -> Iterator[None]:
        """Hold an amount while the block runs; more than the limit counts as the limit."""
        amount = min(amount, self._limit)
        self._enter(amount, interactive=interactive)
        try:
            yield
        finally:
            with self._lock:
                self._free += amount
                self._admit()

    def _enter(self, amount: int, *, interactive: bool) -> None:
        waiter = _Waiter(amount)
        waiter.turn.acquire()
        line = self._interactive if interactive else self._jobs
        with self._lock:
            line.append(waiter)
            self._admit()
        try:
            waiter.turn.acquire()
        except BaseException:
            with self._lock:
                self._leave(waiter, line)
            raise

    def _leave(self, waiter: _Waiter, line: "deque[_Waiter]") -> None:
        """Somebody was interrupted while waiting."""
        if waiter.admitted:
            self._free += waiter.amount
        else:
            line.remove(waiter)
        self._admit()

    def _admit(self) -> None:
        """Let in whoever is next, as long as there is room."""
        while (line := self._next_line()) and line[0].amount <= self._free:
            waiter = line.popleft()
            waiter.admitted = True
            self._free -= waiter.amount
            self._turn = (self._turn + 1) % (_TURNS + 1)
            waiter.turn.release()

    def _next_line(self) -> "deque[_Waiter]":
        if self._interactive and self._jobs:
            return self._jobs if self._turn == _TURNS else self._interactive
        return self._interactive or self._jobs

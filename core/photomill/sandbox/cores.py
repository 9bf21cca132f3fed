"""Which core a process of the sandbox shares with the thread that waits for it.

The two work in turns and wake each other, so Linux brings them to one core, even to one where another such pair works; and
a core that falls idle for moments takes over nothing from the others. Of two cores a tenth was idle for that.
"""

import ctypes
import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Set
from contextlib import contextmanager, suppress

_before = threading.local()
"""Where a thread that is pinned could run otherwise, as its ``cores``."""

_ALONE = 16
"""Pairs one after the other that met no other, after which Linux may choose: what works alone may use several cores."""


class Cores:
    """Shares the cores out among pairs of a process and a thread. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pairs: Counter[int | None] = Counter()
        self._alone = _ALONE

    @contextmanager
    def one(self) -> Iterator[int | None]:
        """Take the core that the fewest pairs work on; the one where this thread runs, if it is one of these.

        None where no pairs meet, where there is one core only, or where the system does not tell.
        """
        allowed = allowed_cores()
        with self._lock:
            core = self._core_of(allowed) if len(allowed) > 1 else None
            self._pairs[core] += 1
        try:
            yield core
        finally:
            with self._lock:
                self._pairs[core] -= 1

    def _core_of(self, allowed: Set[int]) -> int | None:
        self._alone = 0 if self._pairs.total() else self._alone + 1
        if self._alone > _ALONE:
            return None
        here = _present_core()
        return min(allowed, key=lambda core: (self._pairs[core], core != here))


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Keep this thread on a core; None leaves it where it is."""
    if core is None:
        yield
        return
    _before.cores = allowed_cores()
    move(0, {core})
    try:
        yield
    finally:
        move(0, _before.cores)
        del _before.cores


@contextmanager
def unpinned() -> Iterator[None]:
    """Let this thread run where it could before it was pinned, as threads that it starts stay where it is."""
    before = getattr(_before, "cores", None)
    if before is None:
        yield
        return
    present = allowed_cores()
    move(0, before)
    try:
        yield
    finally:
        move(0, present)


def allowed_cores() -> frozenset[int]:
    """The cores that this thread may use; none where the system does not tell."""
    return frozenset(os.sched_getaffinity(0)) if sys.platform == "linux" else frozenset()


def move(thread: int, cores: Set[int]) -> None:
    """Let a thread run on these cores only: 0 for this one.

    One that has ended needs none; where a container has lost them meanwhile, Linux has chosen others.
    """
    with suppress(OSError):
        os.sched_setaffinity(thread, cores)


def move_process(pid: int, cores: Set[int]) -> None:
    """Let all threads of a process run on these cores only."""
    # One that has ended is not there.
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            move(int(thread), cores)


def _present_core() -> int:
    return int(_libc.sched_getcpu())


# The lock of Python is not let go for so short a call.
_libc = ctypes.PyDLL(None)

"""How many bytes of bodies are worked on at once, and that they are given back."""

import ctypes
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from attrs import define, field

_MEBIBYTE = 1024 * 1024
# Of malloc.h.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3


@define(eq=False)
class _Waiting:
    amount: int
    turn: anyio.Event = field(factory=anyio.Event)


class BodyMemory:
    """Lets bodies in as long as there is room for them, in the order in which they came. For one event loop."""

    def __init__(self, capacity: int) -> None:
        """
        :param capacity: bytes.
        """
        self._capacity = self._free = capacity
        self._line: deque[_Waiting] = deque()

    @asynccontextmanager
    async def held(self, amount: int) -> AsyncIterator[None]:
        """Have room for a body while the block runs; one that is larger than everything has everything."""
        amount = min(amount, self._capacity)
        await self._acquire(amount)
        try:
            yield
        finally:
            self._free += amount
            self._let_in()

    async def _acquire(self, amount: int) -> None:
        waiting = _Waiting(amount)
        self._line.append(waiting)
        self._let_in()
        try:
            await waiting.turn.wait()
        except BaseException:
            if waiting.turn.is_set():
                self._free += amount
            else:
                self._line.remove(waiting)
            self._let_in()
            raise

    def _let_in(self) -> None:
        while self._line and self._line[0].amount <= self._free:
            first = self._line.popleft()
            self._free -= first.amount
            first.turn.set()


def return_freed_memory() -> None:
    """Have this process give freed memory back to the system early.

    glibc raises its own limits as large blocks are freed, and then keeps up to 64 MB for each thread that has worked on a
    large body. Other C libraries have no such call, and no need of it.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_M_MMAP_THRESHOLD, 4 * _MEBIBYTE)
        set_option(_M_TRIM_THRESHOLD, 8 * _MEBIBYTE)

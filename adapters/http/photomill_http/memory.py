"""How many bytes of bodies are worked on at once."""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from attrs import define, field


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

"""Threads that do the engine's work, so that the event loop does not wait for it."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

_SHORT = 0.015
"""Seconds after which work counts as long: a search has ended by then, and what has not may be waiting for others."""


class Threads:
    """Up to so many threads, which are started as they are needed; what is beyond them waits its turn.

    They are those of the standard library: to hand a search to another thread and back takes half the processor time
    that anyio's limited threads take for it, and that is a good part of what HTTP adds to a search.
    """

    def __init__(self, limit: int, *, short: int = 0) -> None:
        """
        :param short: so much work begins at once, and more as soon as some of it has ended or turns out to be long:
            searches that share a core in turns take longer together than one after the other, as each finds the caches
            full of what the others read, and all wait for Python's lock. 0 begins everything.
        """
        self._threads = ThreadPoolExecutor(limit, "engine")
        self._short = short
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()
        self._lock = threading.Lock()

    async def run(self, function: Callable[[], T]) -> T:
        """Run a function, and wait until it has ended, even if nobody wants its result any more."""
        if not self._short:
            return await self._run(function)
        turn = await self._turns_of_loop().take()
        try:
            return await self._run(function)
        finally:
            turn.end()

    def _turns_of_loop(self) -> "Turns":
        """Those of the running event loop: a server has one, and whoever tests an application may have many."""
        loop = asyncio.get_running_loop()
        with self._lock:
            turns = self._turns.get(loop)
            if turns is None:
                turns = self._turns[loop] = Turns(self._short)
            return turns

    async def _run(self, function: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        ended = loop.run_in_executor(self._threads, copy_context().run, function)
        try:
            return await asyncio.shield(ended)
        except asyncio.CancelledError:
            # What it works with must not be closed meanwhile.
            while not ended.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([ended])
            # Whatever it raised, nobody is there to hear of it.
            ended.exception()
            raise
        finally:
            # Its error holds this frame by its traceback.
            del ended


class Turns:
    """Who may begin on one event loop, in the order in which they came."""

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> "_Turn":
        """Wait for a turn."""
        if self._free:
            self._free -= 1
        else:
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            try:
                await waiting
            except BaseException:
                if not waiting.cancel() and not waiting.cancelled():
                    self.give()
                raise
        return _Turn(self)

    def give(self) -> None:
        """Let the next begin."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(None)
                return
        self._free += 1


class _Turn:
    """Given on when the work ends, or is long."""

    def __init__(self, turns: Turns) -> None:
        self._turns: Turns | None = turns
        self._timer = asyncio.get_running_loop().call_later(_SHORT, self._give)

    def end(self) -> None:
        self._timer.cancel()
        self._give()

    def _give(self) -> None:
        turns, self._turns = self._turns, None
        if turns is not None:
            turns.give()

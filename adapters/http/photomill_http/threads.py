"""Threads that do the engine's work, so that the event loop does not wait for it."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import copy_context
from time import monotonic
from typing import TypeVar
from weakref import WeakKeyDictionary

from photomill import WouldBlock, nonblocking

T = TypeVar("T")

_BRIEF = 0.003
"""Seconds of work on an event loop that are not felt there."""
_REST = 1.0
"""Seconds for which none is done there after some that took longer."""
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

    async def run_on_loop(self, function: Callable[[], T]) -> T:
        """Run a function on the event loop itself where nobody is held up by it, and else as :meth:`run` does.

        To hand a search to a thread and back takes a good part of the time that the search does. So what is asked for
        alone is begun on the loop. It is given up, and begun again in a thread, where it would wait; and what took long
        there is followed by nothing else for a while.

        :param function: changes nothing, so that it may be begun twice.
        """
        if not self._short:
            return await self._run(function)
        turns = self._turns_of_loop()
        with turns.asking():
            if turns.is_alone():
                # Requests that came together with this one begin meanwhile.
                await asyncio.sleep(0)
                if turns.is_alone():
                    with suppress(WouldBlock), turns.on_loop(), nonblocking():
                        return function()
            return await self.run(function)

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
        self._limit = self._free = limit
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._asking = 0
        self._rested = 0.0

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Count one that may be done on the loop."""
        self._asking += 1
        try:
            yield
        finally:
            self._asking -= 1

    def is_alone(self) -> bool:
        """Whether nothing is done but what one asks for, and the loop has time for it."""
        alone = self._asking == 1 and self._free == self._limit
        return alone and monotonic() >= self._rested

    @contextmanager
    def on_loop(self) -> Iterator[None]:
        """Do something on the loop, and nothing further for a while if that took long."""
        started = monotonic()
        try:
            yield
        finally:
            ended = monotonic()
            if ended - started > _BRIEF:
                self._rested = ended + _REST

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

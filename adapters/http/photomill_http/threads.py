"""Threads that do the engine's work, so that the event loop does not wait for it."""

import asyncio
import threading
import weakref
from collections.abc import Callable
from contextvars import Context, copy_context
from queue import SimpleQueue
from typing import Any, Generic, TypeAlias, TypeVar, cast

T = TypeVar("T")


class Threads:
    """Up to so many threads, which are started as they are needed; what is beyond them waits its turn.

    Handing a search to another thread and back is a good part of what HTTP adds to it: this does it with one queue, in half
    the processor time that a thread pool takes, and less than that where many are handed over at once.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._queue: _Queue = SimpleQueue()
        self._lock = threading.Lock()
        self._handed = 0
        self._started = 0
        weakref.finalize(self, self._queue.put, None)

    async def run(self, function: Callable[[], T]) -> T:
        """Run a function, and wait until it has ended, even if nobody wants its result any more."""
        loop = asyncio.get_running_loop()
        work = _Work(function, copy_context(), loop, loop.create_future())
        self._hand_over(work)
        cancelled = None
        try:
            while True:
                try:
                    result, error = await asyncio.shield(work.ended)
                    break
                except asyncio.CancelledError as reason:
                    # What it works with must not be closed meanwhile.
                    cancelled = reason
        finally:
            with self._lock:
                self._handed -= 1
        if cancelled is not None:
            raise cancelled
        if error is not None:
            try:
                raise error
            finally:
                # Its traceback holds this frame.
                del error
        return cast(T, result)

    def _hand_over(self, work: "_Work[Any]") -> None:
        with self._lock:
            self._handed += 1
            starts = self._started < min(self._handed, self._limit)
            self._started += starts
        if starts:
            name = f"engine {self._started}"
            threading.Thread(target=_serve, args=(self._queue,), name=name, daemon=True).start()
        self._queue.put(work)


class _Work(Generic[T]):
    """What is run, and the future that tells how it ended."""

    __slots__ = ("_context", "_function", "_loop", "ended")

    def __init__(
        self,
        function: Callable[[], T],
        context: Context,
        loop: asyncio.AbstractEventLoop,
        ended: "asyncio.Future[tuple[T | None, BaseException | None]]",
    ) -> None:
        self._function = function
        self._context = context
        self._loop = loop
        self.ended = ended

    def run(self) -> None:
        result, error = None, None
        try:
            result = self._context.run(self._function)
        except BaseException as raised:
            error = raised
        try:
            self._loop.call_soon_threadsafe(self._end, (result, error))
        except RuntimeError:
            pass  # The loop was closed: nobody waits any more.
        finally:
            del error

    def _end(self, outcome: tuple[T | None, BaseException | None]) -> None:
        if not self.ended.done():
            self.ended.set_result(outcome)


_Queue: TypeAlias = "SimpleQueue[_Work[Any] | None]"


def _serve(queue: _Queue) -> None:
    while True:
        work = queue.get()
        if work is None:
            # The next thread is to end as well.
            queue.put(None)
            return
        work.run()
        # Nothing that came with it is to stay until the next.
        del work

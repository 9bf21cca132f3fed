"""Threads that do the engine's work, so that the event loop does not wait for it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")


class Threads:
    """Up to so many threads, which are started as they are needed; what is beyond them waits its turn.

    They are those of the standard library: to hand a search to another thread and back takes half the processor time
    that anyio's limited threads take for it, and that is a good part of what HTTP adds to a search.
    """

    def __init__(self, limit: int) -> None:
        self._threads = ThreadPoolExecutor(limit, "engine")

    async def run(self, function: Callable[[], T]) -> T:
        """Run a function, and wait until it has ended, even if nobody wants its result any more."""
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

"""Doing several things at once in threads of this process."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

from photomill.errors import PhotomillError

Item = TypeVar("Item")
Result = TypeVar("Result")


class Parallel:
    """A pool of threads that all runs share. A run from inside the pool could wait for ever."""

    def __init__(self, threads: int = 0, name: str = "photomill") -> None:
        """
        :param threads: 0 takes one more than there are cores, as items often wait.
        """
        self._threads = threads or available_cores() + 1
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix=name)

    def run(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Result | PhotomillError]]:
        """Run a function over items, and yield each with its result or the error of one alone, in any order.

        What else is raised ends the run.

        Takes from ``items`` only as fast as they are done, so that an endless iterable costs no memory, and so that
        runs share the threads fairly. Closing the iterator takes no more, and waits for what runs.
        """
        waiting: dict[Future[Result], Item] = {}
        remaining = iter(items)
        try:
            while True:
                for item in islice(remaining, 2 * self._threads - len(waiting)):
                    waiting[self._pool.submit(function, item)] = item
                if not waiting:
                    return
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    item = waiting.pop(future)
                    error = future.exception()
                    yield item, error if isinstance(error, PhotomillError) else future.result()
        finally:
            for future in waiting:
                future.cancel()
            wait(waiting)

    def close(self) -> None:
        """Wait for what runs; what waits is never started."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

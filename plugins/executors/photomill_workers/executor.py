"""The executor."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice

from attrs import field, frozen, validators

from photomill.plugin import Executor, Item, OpenContext, Outcome, PluginError, Result


@frozen
class WorkersOptions:
    """
    :ivar threads: how many items run at once; 0 takes one more than there are cores, as items often wait.
    :ivar ahead: how many more items each run takes and holds ready; 0 takes one per thread.
    """

    threads: int = field(default=0, validator=validators.ge(0))
    ahead: int = field(default=0, validator=validators.ge(0))


class Workers(Executor):
    """Runs items in a pool of threads that all runs share.

    A run that starts inside another's item works in that item's own thread: waiting for a pool from within it could
    wait for ever.
    """

    name = "workers"
    Options = WorkersOptions

    def __init__(self, options: WorkersOptions) -> None:
        super().__init__(options)
        self._threads = options.threads or available_cores() + 1
        self._window = self._threads + (options.ahead or self._threads)
        self._pool: ThreadPoolExecutor | None = None
        self._inside = threading.local()

    @property
    def parallelism(self) -> int:
        return self._threads

    def open(self, context: OpenContext) -> None:
        self._pool = ThreadPoolExecutor(
            self._threads, thread_name_prefix=f"photomill-{context.instance}"
        )

    def close(self) -> None:
        """Wait for the items that run; those that wait are never started."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)

    def run(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Outcome[Item, Result]]:
        if self._pool is None:
            raise PluginError("the executor 'workers' is not open")
        if getattr(self._inside, "item", False):
            return (_outcome(function, item) for item in items)
        return self._run(self._pool, function, iter(items))

    def _run(
        self,
        pool: ThreadPoolExecutor,
        function: Callable[[Item], Result],
        items: Iterator[Item],
    ) -> Iterator[Outcome[Item, Result]]:
        waiting: set[Future[Outcome[Item, Result]]] = set()
        try:
            while True:
                for item in islice(items, self._window - len(waiting)):
                    waiting.add(pool.submit(self._work, function, item))
                if not waiting:
                    return
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            for future in waiting:
                future.cancel()
            wait(waiting)

    def _work(self, function: Callable[[Item], Result], item: Item) -> Outcome[Item, Result]:
        self._inside.item = True
        return _outcome(function, item)


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _outcome(function: Callable[[Item], Result], item: Item) -> Outcome[Item, Result]:
    try:
        return Outcome(item, result=function(item))
    except Exception as error:
        return Outcome(item, error=error)

"""Threads of this process."""

from concurrent.futures import Future, ThreadPoolExecutor

from attrs import field, frozen, validators

from photomill.plugin import Executor, OpenContext, PluginError, Unit, Work, available_cores


@frozen
class ThreadsOptions:
    """
    :ivar threads: how many units run at once; 0 takes one more than there are cores, as units often wait.
    """

    threads: int = field(default=0, validator=validators.ge(0))


class Threads(Executor):
    """Runs units in threads of this process, with the engine that is open in it."""

    name = "workers"
    Options = ThreadsOptions

    def __init__(self, options: ThreadsOptions) -> None:
        super().__init__(options)
        self._threads = options.threads or available_cores() + 1
        self._pool: ThreadPoolExecutor | None = None

    @property
    def parallelism(self) -> int:
        return self._threads

    def open(self, context: OpenContext) -> None:
        self._pool = ThreadPoolExecutor(self._threads, f"photomill-{context.instance}")

    def close(self) -> None:
        """Wait for the units that run; those that wait are never started."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(cancel_futures=True)

    def _submit(self, work: Work, unit: Unit) -> "Future[None]":
        if self._pool is None:
            raise PluginError("the executor 'workers' is not open")
        return self._pool.submit(work.run, unit)

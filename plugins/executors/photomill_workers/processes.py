"""Processes of this machine."""

import pickle
import signal
import threading
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, cast

from attrs import field, frozen, validators

from photomill.plugin import (
    Executor,
    OpenContext,
    PluginError,
    Unit,
    Work,
    available_cores,
    portable_error,
)

# Threads of this process hold locks that a fork would copy.
_SPAWN = get_context("spawn")


@frozen
class ProcessesOptions:
    """
    :ivar processes: how many units run at once, each in a process; 0 takes one for each core.
    """

    processes: int = field(default=0, validator=validators.ge(0))


class Processes(Executor):
    """Runs units in processes of this machine, each with an engine of its own.

    Processes start as they are needed, and stay. One that is killed takes its own unit along and no other; the next
    unit gets a new process. A program that opens the engine must have ``if __name__ == "__main__":``, as the processes
    import it.
    """

    name = "processes"
    Options = ProcessesOptions

    def __init__(self, options: ProcessesOptions) -> None:
        super().__init__(options)
        self._processes = options.processes or available_cores()
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()
        self._idle: list[_Child] = []

    @property
    def parallelism(self) -> int:
        return self._processes

    def open(self, context: OpenContext) -> None:
        # Each thread waits for one process.
        self._pool = ThreadPoolExecutor(self._processes, f"photomill-{context.instance}")

    def close(self) -> None:
        """Wait for the units that run, and end the processes."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(cancel_futures=True)
        with self._lock:
            children, self._idle = self._idle, []
        for child in children:
            child.close()

    def _submit(self, work: Work, unit: Unit) -> "Future[None]":
        if self._pool is None:
            raise PluginError("the executor 'processes' is not open")
        return self._pool.submit(self._run, pickle.dumps(work), unit)

    def _run(self, work: bytes, unit: Unit) -> None:
        with self._lock:
            child = self._idle.pop() if self._idle else None
        if child is not None and child.work != work:
            child.close()
            child = None
        child = child or _Child(work)
        try:
            error = child.run(unit)
        except (EOFError, OSError):
            code = child.close()
            raise BrokenExecutor(
                f"the process of item {unit.item} of job {unit.job} ended: {code}"
            ) from None
        with self._lock:
            self._idle.append(child)
        if error is not None:
            raise error


class _Child:
    """A process that does one unit after the other, until its connection is closed or this process ends."""

    def __init__(self, work: bytes) -> None:
        self.work = work
        self._connection, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(theirs, work), daemon=True)
        self._process.start()
        theirs.close()

    def run(self, unit: Unit) -> Exception | None:
        """Have a unit done; returns what it raised."""
        self._connection.send(unit)
        return cast("Exception | None", self._connection.recv())

    def close(self) -> int | None:
        """Let the process end, and return its exit code."""
        self._connection.close()
        self._process.join()
        code = self._process.exitcode
        self._process.close()
        return code


def _serve(connection: "Connection[Any, Any]", packed: bytes) -> None:
    """Do units until nobody sends any; one that runs is finished first."""
    stop = _StopBetweenUnits()
    work: Work | None = None
    try:
        while True:
            unit = connection.recv()
            with stop:
                error: Exception | None = None
                try:
                    work = work or cast(Work, pickle.loads(packed))
                    work.run(unit)
                except Exception as raised:
                    error = portable_error(raised)
                connection.send(error)
    except (EOFError, OSError):
        return
    finally:
        if work is not None:
            work.close()


class _StopBetweenUnits:
    """Puts off the end that a signal asks for until the unit is done; the other process tells of an interruption."""

    def __init__(self) -> None:
        self._busy = self._asked = False
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._stop)

    def __enter__(self) -> None:
        self._busy = True

    def __exit__(self, *error: object) -> None:
        self._busy = False
        if self._asked:
            raise SystemExit(0)

    def _stop(self, *signals: object) -> None:
        self._asked = True
        if not self._busy:
            raise SystemExit(0)

"""Further processes that serve at the same address: one process of Python answers with little more than one core.

The kernel spreads connections over the processes. The first one works on jobs and looks after the others: one that dies is
started again, and all end with it, whatever ends it.
"""

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import TypeAlias

from attrs import define, field

from photomill import Backoff

logger = logging.getLogger("photomill.http")

Work: TypeAlias = Callable[[], None]
"""What a process runs: a module's function, or a partial of one."""

_STARTED_SECONDS = 60.0
"""A process that lived so long had started well."""


@contextmanager
def more_workers(count: int, work: Work, seconds: float) -> Iterator[Work]:
    """Have further processes while the block runs; gives what tells them to end.

    :param seconds: that they may take to end before they are killed.
    """
    slots = [_Slot(work) for _ in range(count)]
    threads = [threading.Thread(target=slot.run, name="worker") for slot in slots]
    for thread in threads:
        thread.start()

    def stop() -> None:
        for slot in slots:
            slot.stop()

    try:
        yield stop
    finally:
        stop()
        for thread in threads:
            thread.join(seconds)
        for slot in slots:
            slot.kill()
        for thread in threads:
            thread.join()


def end_with_parent() -> None:
    """Have this process end as soon as the one that started it does, even if that was killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


@define(eq=False)
class _Slot:
    """One process, and after its death another."""

    _work: Work
    _process: BaseProcess | None = None
    _stopping: threading.Event = field(factory=threading.Event)
    _lock: threading.Lock = field(factory=threading.Lock)

    def run(self) -> None:
        """Keep a process running until it is told to end."""
        backoff = Backoff(logger, "a process of this server ended; another is started")
        while process := self._start():
            wait([process.sentinel], _STARTED_SECONDS)
            if process.is_alive():
                backoff.succeeded()
            process.join()
            if not self._stopping.is_set():
                self._stopping.wait(backoff.failed(ChildProcessError(_ending(process))))

    def stop(self) -> None:
        with self._lock:
            self._stopping.set()
            if self._process is not None:
                self._process.terminate()

    def kill(self) -> None:
        with self._lock:
            if self._process is not None:
                self._process.kill()

    def _start(self) -> BaseProcess | None:
        with self._lock:
            if self._stopping.is_set():
                return None
            # What threads hold at this moment, a fork would hold for ever.
            self._process = multiprocessing.get_context("spawn").Process(target=self._work)
            self._process.start()
            return self._process


def _ending(process: BaseProcess) -> str:
    code = process.exitcode or 0
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

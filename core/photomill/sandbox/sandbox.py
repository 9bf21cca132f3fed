"""The processes of the sandbox."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TypeVar

from photomill.errors import PhotomillError
from photomill.parallel import available_cores
from photomill.sandbox.admission import Admission
from photomill.sandbox.cores import Cores, allowed_cores, pinned
from photomill.sandbox.process import Call, ProcessKilled, SandboxProcess, Start

T = TypeVar("T")

_KILLED_TRIES = 3
"""How often work is tried whose process is killed."""
_LINGER_SECONDS = 30.0
"""How long more processes than one kind of work needs stay idle."""


class Sandbox:
    """Processes that do every kind of work on bytes of strangers. Thread-safe.

    They start when they are first needed and stay, as many as one verb may have at once: with decodes and edits at the
    same time there are more for a while, so that no decode waits for edits. The last one given back is the next one
    taken. One that dies or takes too long costs its own work only. Who comes when all of a verb are busy waits; who is
    waited for goes before jobs, four times of five. What jobs want done stays on one core each, with the thread that waits
    for it.
    """

    def __init__(self, start: Start, *, linger: float = _LINGER_SECONDS) -> None:
        """Start nothing yet.

        :param linger: seconds after which processes that are too many end.
        """
        self._start = start
        cores = available_cores()
        places = {name: verb.processes or cores for name, verb in start.verbs.items()}
        self._places = {name: Admission(count) for name, count in places.items()}
        self._enough = max(places.values())
        # Where fewer work than there are cores, each may use several.
        self._filling = {name for name, count in places.items() if count >= cores}
        self._cores = Cores()
        self._linger = linger
        self._lock = threading.Lock()
        self._idle: list[SandboxProcess] = []
        self._running: set[SandboxProcess] = set()
        self._timer: threading.Timer | None = None
        self._closed = False

    @property
    def pids(self) -> list[int]:
        """The processes that run."""
        with self._lock:
            return [process.pid for process in self._running]

    def call(self, call: Call[T], *, interactive: bool = True) -> T:
        """Have something done, when its turn comes.

        :param interactive: somebody waits for it.
        :raises PluginUnavailable: the processes do not start.
        :raises PhotomillError: what ``SandboxProcess.call`` raises; the sandbox is closed.
        """
        for _ in range(_KILLED_TRIES - 1):
            try:
                with self._process(call.verb, interactive=interactive) as process:
                    return process.call(call)
            except ProcessKilled:
                if self._closed:
                    raise
        with self._process(call.verb, interactive=interactive) as process:
            return process.call(call)

    def close(self) -> None:
        """End all processes; what they still do is lost. May be called twice."""
        with self._lock:
            self._closed = True
            running, self._running = self._running, set()
            self._idle.clear()
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        for process in running:
            process.kill()

    @contextmanager
    def _process(self, verb: str, *, interactive: bool) -> Iterator[SandboxProcess]:
        shared = nullcontext() if interactive or verb not in self._filling else self._cores.one()
        with self._places[verb].held(1, interactive=interactive), shared as core:
            process = self._take(core)
            try:
                with pinned(core):
                    process.stay_on(allowed_cores())
                    yield process
            finally:
                self._give_back(process)

    def _take(self, core: int | None) -> SandboxProcess:
        with self._lock:
            while self._idle:
                there = (each for each in reversed(self._idle) if each.cores == {core})
                process = next(there, self._idle[-1])
                self._idle.remove(process)
                if process.alive:
                    return process
                self._running.discard(process)
                process.kill()
            self._check_open()
        process = SandboxProcess(self._start)
        with self._lock:
            if not self._closed:
                self._running.add(process)
                return process
        process.kill()
        raise PhotomillError("the engine is closed")

    def _give_back(self, process: SandboxProcess) -> None:
        with self._lock:
            if process.alive and not self._closed:
                self._idle.append(process)
                if len(self._running) > self._enough and self._timer is None:
                    self._timer = threading.Timer(self._linger, self._end_surplus)
                    self._timer.daemon = True
                    self._timer.start()
                return
            self._running.discard(process)
        process.kill()

    def _end_surplus(self) -> None:
        with self._lock:
            self._timer = None
            surplus = self._idle[: max(0, len(self._running) - self._enough)]
            del self._idle[: len(surplus)]
            self._running.difference_update(surplus)
        for process in surplus:
            process.kill()

    def _check_open(self) -> None:
        if self._closed:
            raise PhotomillError("the engine is closed")

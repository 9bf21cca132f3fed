"""The engine's side of one child."""

import contextlib
import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from functools import cache
from typing import Any

from photomill.errors import ImageUnreadable, PluginUnavailable
from photomill.sandbox.protocol import Channel

logger = logging.getLogger(__name__)

_START_SECONDS = 60.0
"""Imports on a busy machine, from a cold disk."""

NONSENSE = (OSError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError)
"""What reading the answer of a process raises that has died, or was taken over by a picture."""

KILLED_TRIES = 3
"""How often a picture is tried whose process is killed."""
_LAST_SECONDS = 0.2

_INHERITED = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
_FRUGAL = {
    # Each would reserve address space by the core, which counts against the memory limit.
    "MALLOC_ARENA_MAX": "2",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}


class ProcessKilled(ImageUnreadable):
    """A process was killed from outside, by the system where memory is short for instance.

    That need not be its picture's fault: the picture is tried again.
    """


class GuardedProcess:
    """A child that runs one module. One thread at a time; it is of no more use once :attr:`alive` is False."""

    def __init__(self, module: str, start: Any, *, what: str, memory: str) -> None:
        """Start the process, and wait until it says that it is ready.

        :param module: run with the number of its socket as the one argument.
        :param start: the first message; it goes from the engine, which is trusted, to its own child.
        :param what: the process does, for messages: ``editing``.
        :param memory: the limit that it may have failed to start within, for the message.
        :raises PluginUnavailable: something that it needs cannot be opened in it.
        """
        self._what = what
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", module, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=_environment(),
                process_group=0,
            )
        self.channel = Channel(ours)
        try:
            self._start(pickle.dumps(start), module.rpartition(".")[0], memory)
        except BaseException:
            self.kill()
            raise

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def end(self) -> str:
        """How it ended, for messages; after :meth:`kill`."""
        code = self._process.returncode
        if code is not None and code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with status {code}"

    def end_of_nonsense(self) -> ImageUnreadable:
        """End a process that answers nothing of use, and say how it ended.

        :returns: a ``ProcessKilled`` where somebody else had killed it.
        """
        with contextlib.suppress(subprocess.TimeoutExpired):
            # One that closed its channel is about to end.
            self._process.wait(_LAST_SECONDS)
        killed = self._process.returncode == -signal.SIGKILL
        self.kill()
        kind = ProcessKilled if killed else ImageUnreadable
        return kind(f"the {self._what} process {self.end}")

    def kill(self) -> None:
        """End the process at once and reap it. May be called from any thread, and twice."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        self.channel.close()

    def _start(self, start: bytes, what: str, memory: str) -> None:
        deadline = time.monotonic() + _START_SECONDS
        try:
            self.channel.send({}, start, deadline=deadline)
            header, _ = self.channel.receive(0, deadline=deadline)
        except (TimeoutError, OSError) as error:
            failure = self.end_of_nonsense()
            if isinstance(failure, ProcessKilled):
                raise failure from error
            raise PluginUnavailable(
                f"{what}: the process does not start; it {self.end} ({memory})"
            ) from error
        if "unavailable" in header:
            raise PluginUnavailable(str(header["unavailable"]))
        if "unconfined" in header:
            _tell_once(str(header["unconfined"]))


@cache
def _tell_once(shortcoming: str) -> None:
    logger.warning("%s", shortcoming)


def _environment() -> dict[str, str]:
    """What the child needs of the environment; it has secrets that are none of a decoder's business."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
    return {**kept, **_FRUGAL, "PYTHONPATH": paths}

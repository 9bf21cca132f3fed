"""The engine's side of one process of the sandbox."""

import contextlib
import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Generic, TypeVar

from attrs import field, frozen

from photomill.errors import ImageTooLarge, ImageUnreadable, PhotomillError, PluginUnavailable
from photomill.sandbox.confinement import Access
from photomill.sandbox.cores import allowed_cores, move_process, unpinned
from photomill.sandbox.protocol import Channel
from photomill.sandbox.worker import Handler

logger = logging.getLogger(__name__)
T = TypeVar("T")

_START_SECONDS = 60.0
"""Imports on a busy machine, from a cold disk."""

PROTOCOL_ERRORS = (OSError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError)
"""What reading the answer of a process raises that has died, or was taken over by an image."""

_LAST_SECONDS = 0.2

_INHERITED = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
_FRUGAL = {
    # Each would reserve address space by the core, which counts against the memory limit.
    "MALLOC_ARENA_MAX": "2",
    # The pixels of one image become those of the next: by itself, glibc gives them back to the system again and again.
    "MALLOC_MMAP_THRESHOLD_": str(16 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(32 * 1024 * 1024),
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}


class ProcessKilled(ImageUnreadable):
    """A process was killed from outside, by the system where memory is short for instance.

    That need not be its image's fault: the image is tried again.
    """


@frozen
class Verb:
    """A kind of work, and its limits.

    :ivar noun: for messages: ``decoding``.
    :ivar memory: bytes of address space that a process may take for it.
    :ivar setting: what limits the memory, for messages: ``images.max_memory``.
    :ivar processes: how many work at once; 0 for one per core.
    """

    noun: str
    memory: int
    setting: str
    processes: int = 0


@frozen
class Start:
    """What a process is started with.

    :ivar setup: opens the handler of each verb, in the process; pickled, so the worker imports it by its path.
    :ivar verbs: by their names.
    """

    setup: Callable[[], Mapping[str, Handler]]
    verbs: Mapping[str, Verb]
    access: Access = field(factory=Access)


Answer = Callable[[Mapping[str, Any], Sequence[bytes], contextlib.ExitStack], Mapping[str, Any]]
"""Answers what the process asks meanwhile; what is entered into the stack is held until the call ends."""


def _refuse(
    question: Mapping[str, Any], parts: Sequence[bytes], held: contextlib.ExitStack
) -> Mapping[str, Any]:
    raise ValueError("the process asks, and nothing answers")


@frozen
class Call(Generic[T]):
    """Work for a process of the sandbox.

    :ivar verb: one of those that the sandbox knows.
    :ivar read: makes something of the answer; a malformed one raises what reading JSON of another shape raises.
    :ivar seconds: that it may take, without those in which the engine answers what the process asks.
    :ivar max_answer: bytes.
    """

    verb: str
    request: Mapping[str, Any]
    parts: Sequence[Any] = field(repr=False)
    read: Callable[[Mapping[str, Any], Sequence[bytes]], T]
    seconds: float
    max_answer: int
    answer: Answer = _refuse


class SandboxProcess:
    """A child that reads bytes of strangers.

    One thread at a time; it is of no more use once :attr:`alive` is False.

    :ivar cores: that it may use.
    """

    def __init__(self, start: Start) -> None:
        """Start the process, and wait until it says that it is ready.

        :raises PluginUnavailable: something that it needs cannot be opened in it.
        """
        self._verbs = start.verbs
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "photomill.sandbox.worker", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=_environment(),
                process_group=0,
            )
        self.cores = allowed_cores()
        self._channel = Channel(ours)
        try:
            self._start(start)
        except BaseException:
            self.kill()
            raise

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def call(self, call: Call[T]) -> T:
        """Have something done.

        :raises ImageTooLarge: it takes too long.
        :raises ImageUnreadable: the process died of it; ``ProcessKilled`` where somebody else ended it.
        :raises PhotomillError: what reading and answering raise.
        """
        deadline = time.monotonic() + call.seconds
        limits = {"seconds": call.seconds, "memory": self._verbs[call.verb].memory}
        header = {"verb": call.verb, "limits": limits, "request": call.request}
        try:
            with contextlib.ExitStack() as held:
                self._channel.send(header, *call.parts, deadline=deadline)
                while True:
                    answer, parts = self._channel.receive(call.max_answer, deadline=deadline)
                    if "asks" not in answer:
                        return self._read(call, answer, parts)
                    asked = time.monotonic()
                    with unpinned():
                        told = call.answer(answer["asks"], parts, held)
                    deadline += time.monotonic() - asked
                    self._channel.send(dict(told), deadline=deadline)
        except TimeoutError:
            self.kill()
            raise ImageTooLarge(f"takes more than {call.seconds:g} s to {call.verb}") from None
        except PROTOCOL_ERRORS:
            raise self._failure(self._verbs[call.verb].noun) from None
        except PhotomillError:
            raise
        except BaseException:
            # An answer may still come; nobody would read it.
            self.kill()
            raise

    def stay_on(self, cores: frozenset[int]) -> None:
        """Use these cores only."""
        if cores != self.cores:
            move_process(self.pid, cores)
            self.cores = cores

    def kill(self) -> None:
        """End the process at once and reap it. May be called from any thread, and twice."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        self._channel.close()

    def _read(self, call: Call[T], answer: Mapping[str, Any], parts: Sequence[bytes]) -> T:
        if answer.get("cramped"):
            # What earlier work left in memory took the room of this one: another process has it.
            self.kill()
            raise ProcessKilled("the process had no room left")
        return call.read(answer["answer"], parts)

    def _failure(self, noun: str) -> ImageUnreadable:
        """End a process that answers nothing of use, and say how it ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            # One that closed its channel is about to end.
            self._process.wait(_LAST_SECONDS)
        killed = self._process.returncode == -signal.SIGKILL
        self.kill()
        kind = ProcessKilled if killed else ImageUnreadable
        return kind(f"the {noun} process {self._end}")

    @property
    def _end(self) -> str:
        """How it ended, for messages."""
        code = self._process.returncode
        if code is not None and code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with status {code}"

    def _start(self, start: Start) -> None:
        deadline = time.monotonic() + _START_SECONDS
        memory = max(verb.memory for verb in start.verbs.values())
        # The only pickles go from the engine, which is trusted, to its own child.
        packed = pickle.dumps((start.setup, memory, start.access))
        try:
            self._channel.send({}, packed, deadline=deadline)
            header, _ = self._channel.receive(0, deadline=deadline)
        except (TimeoutError, OSError) as error:
            failure = self._failure("sandbox")
            if isinstance(failure, ProcessKilled):
                raise failure from error
            limits = (f"{v.setting} is {v.memory // 2**20} MiB" for v in start.verbs.values())
            raise PluginUnavailable(
                f"a process of the sandbox does not start; it {self._end} ({', '.join(limits)})"
            ) from error
        if "unavailable" in header:
            raise PluginUnavailable(str(header["unavailable"]))
        if "unconfined" in header:
            _warn_once(str(header["unconfined"]))


@cache
def _warn_once(shortcoming: str) -> None:
    logger.warning("%s", shortcoming)


def _environment() -> dict[str, str]:
    """What the child needs of the environment; it has secrets that are none of a decoder's business."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
    return {**kept, **_FRUGAL, "PYTHONPATH": paths}

"""What a sandboxed process denies itself before it reads bytes of strangers."""

import contextlib
import resource
import signal
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import field, frozen

from photomill.sandbox import landlock, seccomp
from photomill.sandbox.readable import wanted_by_the_system, without


@frozen
class Access:
    """What a sandboxed process may read beside Python and the system's libraries, fonts and colour profiles.

    :ivar readable: files and folders.
    :ivar private: folders of which nothing may be read but what ``readable`` names.
    """

    readable: tuple[Path, ...] = ()
    private: tuple[Path, ...] = ()


@frozen
class Confinement:
    """What the kernel keeps a sandboxed process from.

    :ivar network: making connections and sockets.
    :ivar writing: making, writing, renaming and removing files.
    :ivar reading: opening files of others than ``Access`` says.
    """

    network: bool
    writing: bool
    reading: bool
    missing: tuple[str, ...] = field(default=())

    @property
    def complete(self) -> bool:
        return self.network and self.writing and self.reading

    def shortcoming(self) -> dict[str, str]:
        """What a sandboxed process tells the engine of what it could not deny itself."""
        return {} if self.complete else {"unconfined": str(self)}

    def __str__(self) -> str:
        kept = {
            "the network": self.network,
            "writing files": self.writing,
            "reading other files": self.reading,
        }
        kept_from = [name for name, holds in kept.items() if holds]
        open_to = [name for name, holds in kept.items() if not holds]
        if not open_to:
            return f"the kernel keeps sandboxed processes from {', '.join(kept_from)}"
        missing = " and ".join(self.missing)
        return f"the kernel does not keep sandboxed processes from {', '.join(open_to)}: it offers no {missing}"


def offered_confinement() -> Confinement:
    """What this kernel can keep sandboxed processes from."""
    return _confinement(landlock.offered() > 0, seccomp.offered())


def confine(max_memory: int, access: Access | None = None) -> Confinement:
    """Bound this process, for ever: memory, no network, no files written or read but those that it needs, no core dumps.

    It is also the first that the kernel kills for memory. What the kernel does not offer is left out, and told.

    :param max_memory: bytes of address space.
    """
    # Terminals and service managers signal every process; an engine that drains still needs this one, and ends it.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")
    _lower(resource.RLIMIT_AS, max_memory)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_CORE, 0)
    files = _landlocked(_paths(access or Access()))
    calls = _filtered(opening=not files)
    return _confinement(files, calls)


def _confinement(files: bool, calls: bool) -> Confinement:
    absent = [name for name, there in (("Landlock", files), ("seccomp", calls)) if not there]
    return Confinement(network=calls, writing=files or calls, reading=files, missing=tuple(absent))


def _paths(access: Access) -> Sequence[Path]:
    system: Iterable[Path] = wanted_by_the_system()
    for private in access.private:
        system = [each for path in system for each in without(path, private)]
    return [*system, *access.readable]


def _landlocked(readable: Iterable[Path]) -> bool:
    if not landlock.offered():
        return False
    try:
        landlock.restrict(readable)
    except OSError:
        return False
    return True


def _filtered(*, opening: bool) -> bool:
    try:
        seccomp.restrict(opening=opening)
    except OSError:
        return False
    return True


class MemoryLimit:
    """The address space of this process, lowered for a while within what :func:`confine` left it."""

    def __init__(self) -> None:
        _, self._most = resource.getrlimit(resource.RLIMIT_AS)
        self._ready = _address_space()

    def lower(self, size: int) -> bool:
        """Leave as much room as a fresh process has of this size; True where there is not that much any more."""
        grown = max(0, _address_space() - self._ready)
        resource.setrlimit(resource.RLIMIT_AS, (min(size + grown, self._most), self._most))
        return size + grown > self._most

    def lift(self) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (self._most, self._most))


def _address_space() -> int:
    """Bytes; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb", buffering=0) as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _lower(limit: int, value: int) -> None:
    _, most = resource.getrlimit(limit)
    if most != resource.RLIM_INFINITY:
        value = min(value, most)
    resource.setrlimit(limit, (value, value))

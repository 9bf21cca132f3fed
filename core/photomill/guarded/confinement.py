"""What a decoding process denies itself before it reads bytes of strangers."""

import contextlib
import resource
import signal


def confine(max_memory: int) -> None:
    """Bound this process: memory, no files written, no core dumps; it is the first that the kernel kills for memory.

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


def _lower(limit: int, value: int) -> None:
    _, most = resource.getrlimit(limit)
    if most != resource.RLIM_INFINITY:
        value = min(value, most)
    resource.setrlimit(limit, (value, value))

"""Work that must not wait: such as is done on an event loop, which everybody else waits for."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class WouldBlock(Exception):
    """Work had to wait where it must not: for a database, a lock, or a long computation. Nothing was changed."""


class _Thread(threading.local):
    may_block = True


_thread = _Thread()


@contextmanager
def nonblocking() -> Iterator[None]:
    """Run a block in which whatever would keep this thread waiting raises :class:`WouldBlock` instead.

    What is held for microseconds is waited for all the same. What is begun in the block and given up must be safe to
    begin again: a search, for instance.
    """
    before, _thread.may_block = _thread.may_block, False
    try:
        yield
    finally:
        _thread.may_block = before


def check_may_block() -> None:
    """Make sure that this thread may wait: called before it does.

    :raises WouldBlock: it runs a :func:`nonblocking` block.
    """
    if not _thread.may_block:
        raise WouldBlock

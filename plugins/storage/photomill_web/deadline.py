"""One deadline for all that a fetch waits for."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpcore


class Deadline:
    """The deadline of this thread's fetch: a peer that sends a byte now and then does not move it."""

    def __init__(self) -> None:
        self._local = threading.local()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Set the deadline for what this thread does in the block."""
        self._local.end = time.monotonic() + seconds
        try:
            yield
        finally:
            del self._local.end

    def left(self) -> float:
        """The seconds that are left.

        :raises httpcore.TimeoutException: none.
        """
        left: float = self._local.end - time.monotonic()
        if left <= 0:
            raise httpcore.TimeoutException
        return left

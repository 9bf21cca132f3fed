"""How many threads a matrix product may take."""

import sys
import threading

from threadpoolctl import threadpool_limits


class MatrixThreads:
    """A limit for every BLAS that this process has loaded, also those that come with a component. Thread-safe.

    Searches run in many threads: a product that starts threads of its own makes all of them wait.
    """

    def __init__(self, limit: int) -> None:
        """
        :param limit: threads of one product; 0 limits nothing.
        """
        self._limit = limit
        self._lock = threading.Lock()
        self._modules = 0
        self._limited: list[threadpool_limits] = []

    def apply(self) -> None:
        """Limit what is loaded by now."""
        with self._lock:
            # To look for libraries takes a millisecond; without an import there is no new one.
            if self._limit and self._modules != len(sys.modules):
                self._modules = len(sys.modules)
                self._limited.append(threadpool_limits(self._limit, user_api="blas"))

    def restore(self) -> None:
        """Let every library take what it took before. May be called twice."""
        with self._lock:
            while self._limited:
                self._limited.pop().restore_original_limits()

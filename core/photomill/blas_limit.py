"""How many threads a matrix product may take."""

import sys
import threading
from typing import ClassVar

from threadpoolctl import threadpool_limits


class BlasLimit:
    """A limit for each BLAS that components bring, as soon as they are open. Thread-safe.

    Searches run in many threads: a product that starts threads of its own makes all of them wait. The limits are the whole
    process's: where several are set, the last one holds, and what was before comes back once none is set any more.
    """

    _lock: ClassVar[threading.Lock] = threading.Lock()
    _holders: ClassVar[set["BlasLimit"]] = set()
    _applied: ClassVar[list[threadpool_limits]] = []

    def __init__(self, threads: int) -> None:
        """
        :param threads: of one product; 0 limits nothing.
        """
        self._threads = threads
        self._modules = 0
        with self._lock:
            self._holders.add(self)

    def apply(self) -> None:
        """Limit what is loaded by now; nothing once the limit was lifted."""
        with self._lock:
            # To look for libraries takes a millisecond, and it is imports that bring them.
            if not self._threads or self._modules == len(sys.modules) or self not in self._holders:
                return
            self._modules = len(sys.modules)
            self._applied.append(threadpool_limits(self._threads, user_api="blas"))

    def lift(self) -> None:
        """Let every library take what it took before, unless others hold a limit too. May be called twice."""
        with self._lock:
            self._holders.discard(self)
            while self._applied and not self._holders:
                self._applied.pop().restore_original_limits()

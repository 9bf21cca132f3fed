"""Importing what stays, without looking for garbage among it."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Collector:
    """Python's garbage collection, that is off while any thread loads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loading = 0
        self._was_on = False

    @contextmanager
    def off(self) -> Iterator[None]:
        with self._lock:
            if not self._loading:
                self._was_on = gc.isenabled()
                gc.disable()
            self._loading += 1
        try:
            yield
        finally:
            with self._lock:
                self._loading -= 1
                if not self._loading and self._was_on:
                    gc.enable()


loading = _Collector().off
"""Import modules in this context. What they make stays: to look for garbage among it takes a fourth as long again."""

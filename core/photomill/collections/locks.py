"""A lock for many readers or one writer."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from photomill.blocking import check_may_block


class ReadWriteLock:
    """Readers share, a writer is alone; a waiting writer goes before new readers."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._reading = _Reading(self)
        self._readers = 0
        self._writing = False
        self._waiting = 0

    def reading(self) -> AbstractContextManager[None]:
        return self._reading

    def begin_reading(self) -> None:
        """Wait until nobody writes.

        :raises WouldBlock: somebody does, and this thread must not wait.
        """
        with self._condition:
            while self._writing or self._waiting:
                check_may_block()
                self._condition.wait()
            self._readers += 1

    def end_reading(self) -> None:
        with self._condition:
            self._readers -= 1
            if self._waiting and not self._readers:
                self._condition.notify_all()

    @contextmanager
    def writing(self) -> Iterator[None]:
        with self._condition:
            self._waiting += 1
            self._condition.wait_for(lambda: not self._writing and not self._readers)
            self._waiting -= 1
            self._writing = True
        try:
            yield
        finally:
            with self._condition:
                self._writing = False
                self._condition.notify_all()


class _Reading(AbstractContextManager[None]):
    """One for all readers: each search enters two of these, and a generator's context would take several times as long."""

    def __init__(self, lock: ReadWriteLock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        self._lock.begin_reading()

    def __exit__(self, *failure: object) -> None:
        self._lock.end_reading()

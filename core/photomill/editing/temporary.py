"""Results that nobody gave a place: kept for a day."""

import logging
import threading
import time
from io import BytesIO
from typing import BinaryIO

from photomill.components import Storage
from photomill.editing.destinations import temporary_key
from photomill.editing.results import StoredObject
from photomill.errors import NotFound, PhotomillError
from photomill.retrying import Backoff

logger = logging.getLogger(__name__)

_SWEEP_SECONDS = 600.0
_LONGEST_PAUSE = 6 * 3600.0
"""Seconds between two sweeps where one after the other fails."""


class TemporaryResults:
    """Keeps results under keys that nobody guesses, and removes them in time."""

    def __init__(self, storage: Storage, instance: str, keep: float) -> None:
        """
        :param keep: seconds after which a result may be removed.
        """
        self._storage = storage
        self._instance = instance
        self._keep = keep
        self._lock = threading.Lock()
        self._due = float("-inf")
        self._backoff = Backoff(
            logger, "temporary results cannot be removed", longest=_LONGEST_PAUSE
        )

    def put(self, name: str, data: bytes, *, folder: str = "") -> StoredObject:
        """Store a result.

        :param folder: one that nobody guesses, for a result that may be made again; empty makes one up.
        """
        key = f"{folder}/{name}" if folder else temporary_key(name)
        self._storage.put(key, BytesIO(data))
        self._sweep_sometimes()
        return StoredObject(self._instance, key, temporary=True)

    def open_object(self, key: str) -> BinaryIO:
        """Open a result.

        :raises NotFound: it is not there, or not any more; or its time is over.
        """
        modified = self._storage.stat(key).modified
        if modified is not None and modified < time.time() - self._keep:
            raise NotFound(f"the result {key!r} is past its time")
        return self._storage.open_object(key)

    def sweep(self) -> int:
        """Remove what is past its time, and return how many; one that cannot be removed keeps no other.

        :raises PhotomillError: the first that could not be removed.
        """
        oldest = time.time() - self._keep
        removed, failure = 0, None
        for found in self._storage.list_objects():
            if found.modified is not None and found.modified < oldest:
                try:
                    self._storage.delete(found.key)
                    removed += 1
                except PhotomillError as error:
                    failure = failure or error
        if failure is not None:
            raise failure
        return removed

    def _sweep_sometimes(self) -> None:
        with self._lock:
            if time.monotonic() < self._due:
                return
            # Not before this one has ended.
            self._due = float("inf")
        threading.Thread(target=self._sweep_quietly, name="photomill-sweep", daemon=True).start()

    def _sweep_quietly(self) -> None:
        pause = _SWEEP_SECONDS
        try:
            self.sweep()
            self._backoff.succeeded()
        except Exception as error:
            pause = max(pause, self._backoff.failed(error))
        finally:
            with self._lock:
                self._due = time.monotonic() + pause

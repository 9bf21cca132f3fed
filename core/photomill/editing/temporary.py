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

logger = logging.getLogger(__name__)

_SWEEP_SECONDS = 600.0


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
        self._swept = float("-inf")

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
        """Remove what is past its time, and return how many."""
        oldest = time.time() - self._keep
        removed = 0
        for found in self._storage.list_objects():
            if found.modified is not None and found.modified < oldest:
                self._storage.delete(found.key)
                removed += 1
        return removed

    def _sweep_sometimes(self) -> None:
        with self._lock:
            if time.monotonic() - self._swept < _SWEEP_SECONDS:
                return
            self._swept = time.monotonic()
        threading.Thread(target=self._sweep_quietly, name="photomill-sweep", daemon=True).start()

    def _sweep_quietly(self) -> None:
        try:
            self.sweep()
        except PhotomillError:
            logger.exception("temporary results cannot be removed")

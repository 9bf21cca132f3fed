"""Registered storages that are open."""

import logging
import threading
from collections.abc import Callable

from attrs import frozen

from photomill.components import Storage
from photomill.errors import PluginError
from photomill.storages.store import StoredStorage

logger = logging.getLogger(__name__)


@frozen
class _Opened:
    name: str
    revision: int
    storage: Storage


class OpenedStorages:
    """Opens each storage once, and anew when it was changed. Thread-safe."""

    def __init__(self, open_storage: Callable[[StoredStorage], Storage]) -> None:
        self._open_storage = open_storage
        self._lock = threading.Lock()
        self._opened: dict[int, _Opened] = {}
        self._closed = False

    def get(self, stored: StoredStorage) -> Storage:
        """Return a storage as it now stands in the catalog, open.

        :raises StorageError: it cannot be opened.
        """
        info = stored.info
        with self._lock:
            if self._closed:
                raise PluginError("the storages are closed")
            found = self._opened.get(info.id)
            if found is not None and found.revision == info.revision:
                return found.storage
            storage = self._open_storage(stored)
            self._opened[info.id] = _Opened(info.name, info.revision, storage)
        if found is not None:
            _close(info.name, found.storage)
        return storage

    def forget(self, storage_id: int) -> None:
        """Close a storage that is not registered any more, if it is open."""
        with self._lock:
            found = self._opened.pop(storage_id, None)
        if found is not None:
            _close(found.name, found.storage)

    def close(self) -> None:
        """Close every storage. May be called twice."""
        with self._lock:
            self._closed = True
            opened = list(self._opened.values())
            self._opened.clear()
        for each in opened:
            _close(each.name, each.storage)


def _close(name: str, storage: Storage) -> None:
    try:
        storage.close()
    except Exception:
        logger.exception("the storage %r cannot be closed", name)

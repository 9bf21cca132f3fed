"""Reads and writes files below one folder."""

from photomill.plugin import Storage, hookimpl
from photomill_local.storage import LocalOptions, LocalStorage

__all__ = ["LocalOptions", "LocalStorage"]


@hookimpl
def register_storages() -> list[type[Storage]]:
    return [LocalStorage]

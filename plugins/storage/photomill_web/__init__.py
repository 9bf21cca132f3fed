"""Reads http and https addresses, and no other address than the one that was checked."""

from photomill.plugin import Storage, hookimpl
from photomill_web.storage import WebStorage

__all__ = ["WebStorage"]


@hookimpl
def register_storages() -> list[type[Storage]]:
    return [WebStorage]

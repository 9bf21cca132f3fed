"""Storages that are registered while Photomill runs, beside those of ``plugins.toml``."""

from photomill.catalog.storages import StorageInfo
from photomill.storages.storages import Storages

__all__ = ["StorageInfo", "Storages"]

"""Storages that are registered while Photomill runs, beside those of ``plugins.toml``."""

from photomill.catalog.storages import StorageInfo
from photomill.storages.namespace import OPERATOR, Namespace
from photomill.storages.storages import Storages

__all__ = ["OPERATOR", "Namespace", "StorageInfo", "Storages"]

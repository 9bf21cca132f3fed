"""Storages that are registered while Photomill runs, beside those of ``plugins.toml``."""

from photomill.storages.namespace import OPERATOR, Namespace
from photomill.storages.sharing import sharing_problems
from photomill.storages.storages import Storages
from photomill.storages.store import StorageInfo

__all__ = ["OPERATOR", "Namespace", "StorageInfo", "Storages", "sharing_problems"]

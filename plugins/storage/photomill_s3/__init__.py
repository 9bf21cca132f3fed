"""Reads and writes objects of any S3-compatible service."""

from photomill.plugin import Storage, hookimpl
from photomill_s3.options import S3Options
from photomill_s3.storage import S3Storage

__all__ = ["S3Options", "S3Storage"]


@hookimpl
def register_storages() -> list[type[Storage]]:
    return [S3Storage]

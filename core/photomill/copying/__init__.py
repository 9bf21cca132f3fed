"""Copying the originals of records elsewhere, as jobs: into folders of storages, and into groups of owners."""

from photomill.copying.copying import Copying
from photomill.copying.into_groups import COPY_TO_GROUPS
from photomill.copying.into_storage import COPY_TO_STORAGE
from photomill.copying.model import GroupCopies, OriginalCopy

__all__ = ["COPY_TO_GROUPS", "COPY_TO_STORAGE", "Copying", "GroupCopies", "OriginalCopy"]

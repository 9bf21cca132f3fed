"""Edits of many pictures here and now, without a job: what the command line does."""

from photomill.editing.direct.originals import Original, find_originals
from photomill.editing.direct.runner import EditFailure, EditReport, edit_all
from photomill.editing.direct.targets import FolderTarget, StorageTarget, Target

__all__ = [
    "EditFailure",
    "EditReport",
    "FolderTarget",
    "Original",
    "StorageTarget",
    "Target",
    "edit_all",
    "find_originals",
]

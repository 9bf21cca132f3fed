"""Edits of many images here and now, without a job: what the command line does."""

from photomill.editing.direct.originals import Original, find_originals
from photomill.editing.direct.records import edit_digest
from photomill.editing.direct.runner import (
    DirectEdit,
    EditFailure,
    EditReport,
    PlannedEdit,
    edit_all,
    plan_all,
)
from photomill.editing.direct.standing import Standing, State
from photomill.editing.direct.targets import (
    FileTarget,
    FolderTarget,
    StorageTarget,
    StreamTarget,
    Target,
)

__all__ = [
    "DirectEdit",
    "EditFailure",
    "EditReport",
    "FileTarget",
    "FolderTarget",
    "Original",
    "PlannedEdit",
    "Standing",
    "State",
    "StorageTarget",
    "StreamTarget",
    "Target",
    "edit_all",
    "edit_digest",
    "find_originals",
    "plan_all",
]

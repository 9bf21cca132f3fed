"""API keys: random secrets, of which the catalog holds only a hash."""

from photomill.keys.keys import (
    ADMIN_SCOPE,
    ALBUMS_SCOPE,
    DEFAULT_SCOPES,
    GROUPING_SCOPE,
    IMAGE_EDITING_SCOPE,
    STORAGE_SCOPE,
    Key,
    Keys,
    NewKey,
)

__all__ = [
    "ADMIN_SCOPE",
    "ALBUMS_SCOPE",
    "DEFAULT_SCOPES",
    "GROUPING_SCOPE",
    "IMAGE_EDITING_SCOPE",
    "STORAGE_SCOPE",
    "Key",
    "Keys",
    "NewKey",
]

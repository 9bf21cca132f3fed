"""API keys: random secrets, of which the catalog holds only a hash."""

from photomill.keys.keys import (
    ADMIN,
    ALBUMS,
    DEFAULT_SCOPES,
    GROUPING,
    IMAGE_EDITING,
    STORAGE,
    Key,
    Keys,
    NewKey,
)

__all__ = [
    "ADMIN",
    "ALBUMS",
    "DEFAULT_SCOPES",
    "GROUPING",
    "IMAGE_EDITING",
    "STORAGE",
    "Key",
    "Keys",
    "NewKey",
]

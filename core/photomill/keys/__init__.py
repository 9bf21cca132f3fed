"""API keys: random secrets, of which the catalog holds only a hash."""

from photomill.keys.key import ADMIN_SCOPE, Key
from photomill.keys.keys import (
    ALBUMS_SCOPE,
    DEFAULT_SCOPES,
    GROUPING_SCOPE,
    IMAGE_EDITING_SCOPE,
    STORAGE_SCOPE,
    Keys,
    NewKey,
)
from photomill.keys.rates import Allowance, RateLimit
from photomill.keys.sessions import NewSession, Session, Sessions

__all__ = [
    "ADMIN_SCOPE",
    "ALBUMS_SCOPE",
    "DEFAULT_SCOPES",
    "GROUPING_SCOPE",
    "IMAGE_EDITING_SCOPE",
    "STORAGE_SCOPE",
    "Allowance",
    "Key",
    "Keys",
    "NewKey",
    "NewSession",
    "RateLimit",
    "Session",
    "Sessions",
]

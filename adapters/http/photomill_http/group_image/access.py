"""Who may group what."""

from collections.abc import Mapping

from photomill.engine import Engine
from photomill.grouping.inputs import CollectionInput, GroupingInputs, StorageInput, UriInputs
from photomill.keys import GROUPING, IMAGE_EDITING, STORAGE, Key
from photomill_http.auth import Authentication
from photomill_http.group_image.faults import rejected


def caller(authentication: Authentication, headers: Mapping[str, str]) -> Key:
    """The caller's key.

    :raises Rejected: there is none, it may not group pictures, or it calls too often.
    """
    key = authentication.known(headers)
    if key is None:
        challenge = {"WWW-Authenticate": "Bearer"}
        raise rejected(401, "unauthorized", "Authorization is required", challenge)
    wait = authentication.rates.seconds_to_wait(key.id)
    if wait:
        detail = f"Too many requests; the next is taken in {wait} seconds"
        raise rejected(429, "tooManyRequests", detail, {"Retry-After": str(wait)})
    if not _has(key, GROUPING):
        raise rejected(403, "forbidden", f"The key has no scope {GROUPING!r}")
    return key


def check_inputs(engine: Engine, key: Key, inputs: GroupingInputs) -> None:
    """
    :raises Rejected: the key may not read them.
    """
    match inputs:
        case CollectionInput(collection=collection):
            if not key.may("read", collection) or not engine.albums.owners.lets(key, collection):
                raise rejected(403, "forbidden", "The key may not read this collection")
        case StorageInput():
            _check_storages(key)
        case UriInputs(uris=uris):
            if any(uri.startswith("storage:") for uri in uris):
                _check_storages(key)


def may_see(key: Key, owner: str) -> bool:
    """Whether a key may see somebody's jobs."""
    return owner == key.principal or key.may("admin")


def _check_storages(key: Key) -> None:
    if not any(_has(key, scope) for scope in (STORAGE, IMAGE_EDITING)):
        raise rejected(403, "forbidden", "The key may not read storages")


def _has(key: Key, scope: str) -> bool:
    return scope in key.scopes or key.may("admin")

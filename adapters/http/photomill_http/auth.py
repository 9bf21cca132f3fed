"""Who is calling."""

from collections.abc import Mapping

from attrs import define

from photomill import Engine, Key
from photomill_http.answers import Answer, failure
from photomill_http.rates import RateLimit

_SCHEMES = frozenset({"token", "bearer", "jwt"})


class Refused(Exception):
    """The caller may not do this; carries the answer."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__()


@define
class Authentication:
    """Checks the header ``Authorization``: ``Token``, ``Bearer``, ``JWT`` or nothing before the key."""

    engine: Engine
    rates: RateLimit

    def key(self, headers: Mapping[str, str]) -> Key:
        """The caller's key.

        :raises Refused: there is none, or it is unknown, revoked or too fast.
        """
        key = self.known(headers)
        if key is None:
            secret = secret_of(headers.get("authorization", ""))
            detail = "Invalid token." if secret else "Authentication credentials were not provided."
            raise Refused(failure(401, "unauthorized", detail, {"WWW-Authenticate": "Token"}))
        wait = self.rates.seconds_to_wait(key.id)
        if wait:
            detail = f"Request was throttled. Expected available in {wait} seconds."
            raise Refused(failure(429, "too many requests", detail, {"Retry-After": str(wait)}))
        return key

    def known(self, headers: Mapping[str, str]) -> Key | None:
        """The caller's key; None where there is none, or an unknown or revoked one."""
        secret = secret_of(headers.get("authorization", ""))
        return self.engine.keys.verify(secret) if secret else None


def require(key: Key, scope: str, collection_id: str | None = None) -> None:
    """
    :raises Refused: the key does not allow this.
    """
    if not key.may(scope, collection_id):
        where = f"collection {collection_id!r}" if collection_id else "this server"
        raise Refused(failure(403, "forbidden", f"the key {key.name!r} may not {scope} in {where}"))


def require_collection(engine: Engine, key: Key, scope: str, collection_id: str) -> None:
    """
    :raises Refused: the key does not allow this, or the collection holds photos of another owner.
    """
    require(key, scope, collection_id)
    if not engine.albums.owners.lets(key, collection_id):
        detail = f"the collection {collection_id!r} belongs to another owner"
        raise Refused(failure(403, "forbidden", detail))


def secret_of(header: str) -> str:
    """The key in ``Authorization``: ``Token``, ``Bearer``, ``JWT`` or nothing may stand before it; empty for none."""
    words = header.split()
    if len(words) == 2 and words[0].lower() in _SCHEMES:
        return words[1]
    return words[0] if len(words) == 1 else ""

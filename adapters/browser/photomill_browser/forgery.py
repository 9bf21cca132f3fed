"""Whether a request that changes something comes from a page of ours."""

import hashlib
import hmac
from urllib.parse import urlsplit

from starlette.requests import Request

from photomill import Forbidden

FIELD = "form_token"
HEADER = "X-Form-Token"


def form_token(session_secret: str) -> str:
    """What the pages of a session send with every change, and no other page knows."""
    return hmac.new(session_secret.encode(), b"form", hashlib.sha256).hexdigest()


def check_origin(request: Request, server: str) -> None:
    """Refuse what a page of another server sends.

    :param server: this one's address, as browsers reach it.
    :raises Forbidden: it comes from elsewhere.
    """
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    if (origin is not None and _origin(origin) != _origin(server)) or site not in (
        "same-origin",
        "none",
    ):
        raise Forbidden("the request comes from another site's page")


def check_token(given: str, session_secret: str) -> None:
    """Make sure that a form comes from a page of this session.

    :raises Forbidden: no page of this session sent it.
    """
    if not hmac.compare_digest(given.encode(), form_token(session_secret).encode()):
        raise Forbidden("the page is out of date: load it again")


def _origin(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname or "", port

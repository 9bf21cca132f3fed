"""An endpoint that a stranger chose is reached at public addresses only."""

import socket
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from photomill.errors import SourceUnreachable
from photomill.sources.addresses import AddressRules


class AddressGuard:
    """Checks the addresses of a host before each request of a client.

    Over http the request then goes to an address that was checked. Over https the name is resolved once more: what
    answers at another address must prove by its certificate to be that host before anything is sent.
    """

    def __init__(self, allow: Sequence[str]) -> None:
        self._rules = AddressRules(allow)

    def __call__(self, request: Any, **_: Any) -> None:
        """Check one request and pin its address; called by botocore."""
        parts = urlsplit(request.url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = self._rules.check(host, _resolve(host, port))[0]
        if parts.scheme == "http":
            request.headers["Host"] = parts.netloc
            pinned = f"[{address}]" if ":" in address else address
            request.url = urlunsplit(parts._replace(netloc=f"{pinned}:{port}"))


def _resolve(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise SourceUnreachable(f"{host}: no address is known for this host") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))

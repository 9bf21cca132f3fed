"""Under which names this server is known: what a stranger writes into ``Host`` shapes no address in an answer."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_HOST = re.compile(r"(?P<name>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.IGNORECASE)


class KnownHosts:
    """Middleware: a ``Host`` that is not this server's gives way to the address at which the caller reached it.

    Its own are the names of loopback, ``host``, ``public_url`` and ``allowed_hosts``, and the address of the connection.
    """

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        """
        :param names: ``*.example.com`` is every name below; ``*`` is any.
        """
        self._app = app
        self._names = tuple(name.lower() for name in (*_LOOPBACK, *names))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope.get("server"):
            own = _bracketed(str(scope["server"][0]))
            given = Headers(scope=scope).get("host", "")
            found = _HOST.fullmatch(given)
            if found is None or not self._is_known(found["name"].lower(), own):
                port = scope["server"][1]
                scope = {**scope, "headers": list(scope["headers"])}
                MutableHeaders(scope=scope)["host"] = own if port is None else f"{own}:{port}"
        await self._app(scope, receive, send)

    def _is_known(self, name: str, own: str) -> bool:
        return name == own.lower() or is_among(name, self._names)


def is_among(name: str, known: Iterable[str]) -> bool:
    """Whether a host is one of some: ``*.example.com`` is every name below; ``*`` is any."""
    return any(
        each in ("*", name) or (each.startswith("*.") and name.endswith(each[1:])) for each in known
    )


def host_of(url: str) -> str:
    """The host that a URL names; empty for none."""
    try:
        return _bracketed(urlsplit(url).hostname or "")
    except ValueError:
        return ""


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host

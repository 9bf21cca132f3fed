"""An endpoint that a stranger chose is reached at public addresses only."""

import socket
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from photomill.plugin import AddressRules, SourceUnreachable


class AddressGuard:
    """Lets a client connect to checked addresses only.

    Each connection resolves its host once, checks every address, and goes to one of these very addresses, over http and
    https alike. What TLS, the Host header and the signature name stays the host.
    """

    def __init__(self, allow: Sequence[str]) -> None:
        self._rules = AddressRules(allow)

    def watch(self, client: Any) -> None:
        """Make a client of boto3 connect through this guard."""
        # Before anything is tried, so that an address that is not allowed is not tried again.
        client.meta.events.register("before-send.s3", self._check_request)
        session = client._endpoint.http_session
        session._manager.pool_classes_by_scheme = {
            scheme: _pinned(pool, self)
            for scheme, pool in session._manager.pool_classes_by_scheme.items()
        }

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host, each of which may be reached.

        :raises SourceForbidden: one of them may not.
        :raises SourceUnreachable: there is none.
        """
        return self._rules.check(host, _resolve(host, port))

    def _check_request(self, request: Any, **_: Any) -> None:
        parts = urlsplit(request.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        self.addresses(parts.hostname or "", port)


def _pinned(pool: Any, guard: AddressGuard) -> type:
    """A kind of connection pool whose connections ask the guard where to go."""

    class PinnedConnection(pool.ConnectionCls):  # type: ignore[misc]
        _dns_host: str

        def _new_conn(self) -> socket.socket:
            from urllib3.exceptions import HTTPError

            host = self._dns_host
            *others, last = guard.addresses(host, self.port)
            try:
                for address in others:
                    self._dns_host = address
                    try:
                        return self._connected()
                    except HTTPError:
                        continue
                self._dns_host = last
                return self._connected()
            finally:
                self._dns_host = host

        def _connected(self) -> socket.socket:
            connection: socket.socket = super()._new_conn()
            return connection

    class PinnedPool(pool):  # type: ignore[misc]
        ConnectionCls = PinnedConnection

    return PinnedPool


def _resolve(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise SourceUnreachable(f"{host}: no address is known for this host") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))

"""The storage of web addresses."""

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO

from photomill.plugin import OpenContext, Storage
from photomill_web.resolving import Resolver, resolve

if TYPE_CHECKING:
    from photomill_web.client import Client


class WebStorage(Storage):
    """Reads web addresses within the limits of ``[fetch]``; connections are kept and used again.

    No cookies, no proxies of the environment, no compression asked for.
    """

    name = "web"
    schemes = frozenset({"http", "https"})
    can_write = False
    can_list = False

    resolver: Resolver = staticmethod(resolve)
    """Who tells the addresses of a host."""

    _client: "Client | None" = None

    def open(self, context: OpenContext) -> None:
        # Imported here because most processes that know this storage read no address.
        from photomill_web.client import Client

        self._client = Client(context.fetch, self.resolver)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def open_object(self, key: str) -> BinaryIO:
        """Fetch a URL. The answer is read at once, so that whoever reads on slowly keeps no connection busy."""
        return io.BytesIO(self._opened().fetch(key))

    def send(self, uri: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send a message by POST; a redirect is an answer like any other, and is not followed."""
        return self._opened().send(uri, body, headers)

    def _opened(self) -> "Client":
        assert self._client is not None, "the storage is not open"
        return self._client

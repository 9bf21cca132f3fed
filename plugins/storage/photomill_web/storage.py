"""The storage: the only part that opens connections."""

import io
from typing import BinaryIO

import httpcore
import httpx

from photomill.components import OpenContext, Storage
from photomill.config.settings import FetchSettings
from photomill.errors import SourceForbidden, SourceUnreachable
from photomill_web.addresses import AddressRules
from photomill_web.answer import read_answer
from photomill_web.deadline import Deadline
from photomill_web.network import CheckedNetwork, Resolver, resolve
from photomill_web.urls import basic_authorization, parse, redirected

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_CONNECTIONS = 64
_KEEP_ALIVE_SECONDS = 15.0


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

    def open(self, context: OpenContext) -> None:
        self._fetch: FetchSettings = context.fetch
        self._deadline = Deadline()
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=_MAX_CONNECTIONS,
            keepalive_expiry=_KEEP_ALIVE_SECONDS,
            network_backend=CheckedNetwork(
                AddressRules(context.fetch.allow), self._deadline, self.resolver
            ),
        )

    def close(self) -> None:
        if hasattr(self, "_pool"):
            self._pool.close()

    def open_object(self, key: str) -> BinaryIO:
        """Fetch a URL. The answer is read at once, so that whoever reads on slowly keeps no connection busy."""
        url = parse(key)
        try:
            with self._deadline.within(self._fetch.timeout):
                return io.BytesIO(self._follow(url))
        except httpcore.TimeoutException:
            raise SourceUnreachable(
                f"{url.host}: timed out after {self._fetch.timeout:g} s"
            ) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            reason = str(error) or type(error).__name__
            raise SourceUnreachable(f"{url.host}: {reason}") from None

    def _follow(self, url: httpx.URL) -> bytes:
        for _ in range(self._fetch.max_redirects + 1):
            found = self._get(url)
            if isinstance(found, bytes):
                return found
            url = found
        raise SourceForbidden(f"{url.host}: more than {self._fetch.max_redirects} redirects")

    def _get(self, url: httpx.URL) -> bytes | httpx.URL:
        """Return the body, or the address that the answer redirects to."""
        request = httpcore.Request(
            "GET",
            httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=[
                (b"Host", url.netloc),
                (b"User-Agent", b"photomill"),
                (b"Accept", b"image/*"),
                (b"Accept-Encoding", b"identity"),
                *basic_authorization(url),
            ],
            extensions={"timeout": {"pool": self._deadline.left()}},
        )
        response = self._pool.handle_request(request)
        try:
            if response.status in _REDIRECTS:
                return redirected(url, response)
            return read_answer(url, response, self._fetch.max_bytes)
        finally:
            response.close()

"""What opens connections: the only part that does."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpcore
import httpx

from photomill.plugin import AddressRules, FetchSettings, SourceForbidden, SourceUnreachable
from photomill_web.answer import read_answer
from photomill_web.deadline import Deadline
from photomill_web.network import CheckedNetwork
from photomill_web.resolving import Resolver
from photomill_web.urls import basic_authorization, parse, redirected

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_CONNECTIONS = 64
_KEEP_ALIVE_SECONDS = 15.0
_SEND_SECONDS = 10.0


class Client:
    """Fetches and sends within the limits of ``[fetch]``; connections are kept and used again. Thread-safe."""

    def __init__(self, fetch: FetchSettings, resolver: Resolver) -> None:
        self._fetch = fetch
        self._deadline = Deadline()
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=_MAX_CONNECTIONS,
            keepalive_expiry=_KEEP_ALIVE_SECONDS,
            network_backend=CheckedNetwork(AddressRules(fetch.allow), self._deadline, resolver),
        )

    def close(self) -> None:
        self._pool.close()

    def fetch(self, uri: str) -> bytes:
        """Read what an address names."""
        url = parse(uri)
        with self._limits(url, self._fetch.timeout):
            return self._follow(url)

    def send(self, uri: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send a message by POST, and tell the status of the answer."""
        url = parse(uri)
        given = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
        with self._limits(url, _SEND_SECONDS):
            response = self._request("POST", url, given, body)
            response.close()
            return int(response.status)

    @contextmanager
    def _limits(self, url: httpx.URL, seconds: float) -> Iterator[None]:
        """Keep a deadline, and say what the network says in the engine's words."""
        try:
            with self._deadline.within(seconds):
                yield
        except httpcore.TimeoutException:
            raise SourceUnreachable(f"{url.host}: timed out after {seconds:g} s") from None
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
        accepted = [(b"Accept", b"image/*"), (b"Accept-Encoding", b"identity")]
        response = self._request("GET", url, accepted)
        try:
            if response.status in _REDIRECTS:
                return redirected(url, response)
            return read_answer(url, response, self._fetch.max_bytes)
        finally:
            response.close()

    def _request(
        self, method: str, url: httpx.URL, headers: list[tuple[bytes, bytes]], body: bytes = b""
    ) -> httpcore.Response:
        """Ask and return the answer, whose body waits to be read; whoever asked closes it."""
        length = [(b"Content-Length", str(len(body)).encode())] if method == "POST" else []
        request = httpcore.Request(
            method,
            httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=[
                (b"Host", url.netloc),
                (b"User-Agent", b"photomill"),
                *headers,
                *length,
                *basic_authorization(url),
            ],
            content=body or None,
            extensions={"timeout": {"pool": self._deadline.left()}},
        )
        return self._pool.handle_request(request)

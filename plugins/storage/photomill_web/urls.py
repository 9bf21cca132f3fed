"""Addresses as clients and servers write them."""

import base64
from urllib.parse import unquote

import httpcore
import httpx

from photomill.plugin import SourceForbidden, SourceUnreachable, without_credentials

_MAX_LENGTH = 8192


def parse(text: str) -> httpx.URL:
    """Parse an absolute http or https address.

    :raises SourceForbidden: anything else.
    """
    if len(text) > _MAX_LENGTH:
        raise SourceForbidden(f"the URL is longer than {_MAX_LENGTH} characters")
    try:
        return _checked(httpx.URL(text.strip()))
    except (httpx.InvalidURL, ValueError) as error:
        raise SourceForbidden(f"not a URL: {error}") from None


def redirected(url: httpx.URL, response: httpcore.Response) -> httpx.URL:
    """The address that an answer redirects to.

    :raises SourceUnreachable: it names none.
    :raises SourceForbidden: it is neither http nor https.
    """
    locations = [value for name, value in response.headers if name.lower() == b"location"]
    if not locations:
        raise SourceUnreachable(f"{url.host}: {response.status} without an address to go to")
    try:
        return _checked(url.join(locations[0].decode("latin-1")))
    except (httpx.InvalidURL, ValueError) as error:
        raise SourceForbidden(f"{url.host} redirects to what is not a URL: {error}") from None


def basic_authorization(url: httpx.URL) -> list[tuple[bytes, bytes]]:
    """The header for a name and a password in the address, as browsers send it."""
    if not url.userinfo:
        return []
    credentials = unquote(url.userinfo.decode()).encode()
    return [(b"Authorization", b"Basic " + base64.b64encode(credentials))]


def _checked(url: httpx.URL) -> httpx.URL:
    if url.scheme not in ("http", "https") or not url.host:
        shown = without_credentials(str(url))
        raise SourceForbidden(f"expected an http or https address, got {shown[:200]!r}")
    return url

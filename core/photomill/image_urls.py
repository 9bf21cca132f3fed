"""Signed addresses of images: who knows a key decides what is made of what."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from photomill.errors import Forbidden, InvalidInput

UNSIGNED = "unsigned"
"""Stands where a signature would, in addresses that need none."""
NO_OPTIONS = "_"

_BYTES = 16
"""Of a signature: half of HMAC-SHA256, as RFC 2104 allows."""


class ImageUrls:
    """Makes and checks addresses ``/images/<signature>/<options>/<source>``. Thread-safe.

    A source is ``record:<collection>/<record>``, ``photo:<id>``, ``storage://<storage>/<key>``, or an address on the web.
    """

    def __init__(
        self, keys: Mapping[str, bytes], unsigned: Sequence[str] = (), prefix: str = "/images"
    ) -> None:
        """
        :param keys: by their names; the first signs, all are good.
        :param unsigned: beginnings of sources that need no signature.
        """
        self._keys = dict(keys)
        self._unsigned = tuple(unsigned)
        self._prefix = prefix

    def url(
        self,
        source: str,
        options: str = "",
        *,
        expires: float | None = None,
        key: str = "",
        base: str = "",
    ) -> str:
        """Sign an address.

        :param options: ``w_400,h_300,f_auto``; empty for none.
        :param expires: seconds since the epoch, after which it is not served any more.
        :param key: the name of the one to sign with; empty for the first.
        :param base: ``https://host``, to put in front.
        :raises InvalidInput: no such key.
        """
        given = [options] if options else []
        if expires is not None:
            given.append(f"exp_{int(expires)}")
        text = ",".join(given) or NO_OPTIONS
        name = key or next(iter(self._keys), "")
        if name not in self._keys:
            raise InvalidInput(f"no key {name!r}; there are: {', '.join(self._keys)}", path="key")
        signature = _signature(self._keys[name], text, source)
        return f"{base}{self._prefix}/{signature}/{quote(text, safe=',:.')}/{_encoded(source)}"

    def srcset(
        self,
        source: str,
        options: str,
        widths: Sequence[int],
        *,
        expires: float | None = None,
        key: str = "",
        base: str = "",
    ) -> str:
        """The attribute ``srcset`` of an ``img``: the same image at several widths, each with its address.

        :param options: without a width.
        :param widths: in pixels.
        :raises InvalidInput: a width is less than 1, or no such key.
        """
        sized = []
        for width in widths:
            if width < 1:
                raise InvalidInput(f"expected widths of 1 or more, got {width}", path="widths")
            joined = ",".join(filter(None, (f"w_{width}", options)))
            url = self.url(source, joined, expires=expires, key=key, base=base)
            sized.append(f"{url} {width}w")
        return ", ".join(sized)

    def check(self, signature: str, options: str, source: str) -> None:
        """Make sure that an address was signed here.

        :param source: as it was signed: see :func:`decoded_source`.
        :raises Forbidden: the signature is not that of these options and this source.
        """
        if signature == UNSIGNED and self._unsigned and source.startswith(self._unsigned):
            return
        given = signature.encode("utf-8", "surrogateescape")
        good = [
            hmac.compare_digest(_signature(key, options, source).encode(), given)
            for key in self._keys.values()
        ]
        if not any(good):
            raise Forbidden("the signature is not good")


def decoded_source(text: str) -> str:
    """A source as it stands in an address: as it is, with escaped signs, or in URL-safe base64.

    :param text: after percent signs were decoded.
    :raises InvalidInput: it is neither.
    """
    if ":" in text:
        return text
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        return base64.b64decode(padded, b"-_", validate=True).decode("utf-8")
    except ValueError:
        raise InvalidInput("expected a source, escaped or in base64", path="source") from None


def _encoded(source: str) -> str:
    # Slashes in a row and dots are changed by proxies; this passes as it is.
    return base64.urlsafe_b64encode(source.encode()).decode().rstrip("=")


def _signature(key: bytes, options: str, source: str) -> str:
    # No options hold a slash, so that no two pairs are alike.
    signed = hmac.digest(
        key, f"{options}/{source}".encode(errors="surrogateescape"), hashlib.sha256
    )
    return base64.urlsafe_b64encode(signed[:_BYTES]).decode().rstrip("=")

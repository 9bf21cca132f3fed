"""The body of an answer, bounded as it was sent and as it unpacks."""

import zlib
from collections.abc import Iterable, Iterator
from http import HTTPStatus

import httpcore
import httpx

from photomill.plugin import SourceTooLarge, SourceUnreachable

_BUSY = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
"""A server that is busy, or slow, may not be so a little later."""


def read_answer(url: httpx.URL, response: httpcore.Response, max_bytes: int) -> bytes:
    """Read the body of an answer.

    :raises SourceUnreachable: the answer is a failure, or packed in a way that was not asked for.
    :raises SourceTooLarge: more bytes than the limit, announced or sent or unpacked.
    """
    if not 200 <= response.status < 300:
        answer = _status(response)
        refused = 400 <= response.status < 500 and response.status not in _BUSY
        raise SourceUnreachable(f"{url.host}: {answer}", answer=answer, temporary=not refused)
    headers = {name.lower(): value for name, value in response.headers}
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length) > max_bytes:
        raise SourceTooLarge(f"{url.host}: {int(length)} bytes are more than {max_bytes}")
    packing = headers.get(b"content-encoding", b"identity").strip().lower()
    if packing not in (b"identity", b"", b"gzip", b"deflate"):
        raise SourceUnreachable(f"{url.host}: unknown encoding {packing.decode('latin-1')!r}")
    sent: Iterable[bytes] = response.iter_stream()
    if packing in (b"gzip", b"deflate"):
        sent = _unpacked(url, sent, max_bytes)
    return _bounded(url, sent, max_bytes)


def _bounded(url: httpx.URL, chunks: Iterable[bytes], max_bytes: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            raise SourceTooLarge(f"{url.host}: more than {max_bytes} bytes")
    return bytes(body)


def _unpacked(url: httpx.URL, chunks: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    """Unpack what a server packed unasked, never more than one byte past the limit at once."""
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        for chunk in chunks:
            yield unpacker.decompress(chunk, max_bytes + 1)
    except zlib.error as error:
        raise SourceUnreachable(f"{url.host}: the answer cannot be unpacked: {error}") from None
    if not unpacker.eof:
        raise SourceUnreachable(f"{url.host}: the answer is truncated")


def _status(response: httpcore.Response) -> str:
    sent = response.extensions.get("reason_phrase", b"").decode("latin-1")[:100]
    if sent:
        return f"{response.status} {sent}"
    known = {status.value: status.phrase for status in HTTPStatus}
    return f"{response.status} {known.get(response.status, '')}".strip()

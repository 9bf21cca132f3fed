"""Answers that are files: streamed, in whole or in part."""

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

import anyio.to_thread
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from photomill_http.numbers import whole_number

_CHUNK = 256 * 1024
_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


class OpenFileResponse(StreamingResponse):
    """Sends an open file, and closes it however that ends: read to its end, broken off, or never begun."""

    def __init__(
        self,
        file: BinaryIO,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        *,
        span: tuple[int, int] | None = None,
    ) -> None:
        """
        :param span: the bytes to send, the last not included; None for all.
        """
        super().__init__(_chunks(file, span), status, headers, media_type)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await anyio.to_thread.run_sync(self._file.close)


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """The bytes that a header ``Range`` asks for, the last not included; None where there are none such.

    What is no range, or several, asks for everything: RFC 9110, section 14.2, lets a server do so.
    """
    found = _RANGE.fullmatch(header.strip())
    if found is None or found[0] == "bytes=-":
        return 0, size
    first, last = whole_number(found[1]), whole_number(found[2])
    if first is None:
        return max(0, size - (last or 0)), size
    end = size if last is None else min(last + 1, size)
    return (first, end) if first < end else None


def _chunks(file: BinaryIO, span: tuple[int, int] | None) -> Iterator[bytes]:
    if span is None:
        while chunk := file.read(_CHUNK):
            yield chunk
        return
    start, end = span
    _skip(file, start)
    left = end - start
    while left and (chunk := file.read(min(_CHUNK, left))):
        left -= len(chunk)
        yield chunk


def _skip(file: BinaryIO, count: int) -> None:
    if file.seekable():
        file.seek(count)
        return
    while count and (chunk := file.read(min(_CHUNK, count))):
        count -= len(chunk)

"""Reading what is sent to an upload address: a form of three parts, or the bare picture."""

import io
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from attrs import frozen
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from photomill.errors import InvalidInput
from photomill_http.bodies import bounded_stream

_IN_MEMORY = 1024 * 1024
_OVERHEAD = 64 * 1024
"""What a form may have beside its picture."""
_PIECE = 64 * 1024
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)


@frozen
class SentPhoto:
    """
    :ivar group: empty where the body is the bare picture; so is ``photo``.
    """

    file: BinaryIO
    filename: str
    group: str = ""
    photo: str = ""


@asynccontextmanager
async def sent_photo(request: Request, largest: int) -> AsyncIterator[SentPhoto]:
    """Receive a body, and keep it while the block runs; a large one lies on disk as it arrives.

    :param largest: bytes of a picture.
    :raises InvalidInput: a form that is broken, or lacks a part.
    :raises BodyTooLarge: over the limit.
    """
    with SpooledTemporaryFile(_IN_MEMORY) as spooled:
        body = cast(BinaryIO, spooled)
        async for chunk in bounded_stream(request, largest + _OVERHEAD):
            body.write(chunk)
        body.seek(0)
        kind = request.headers.get("content-type", "")
        if kind.partition(";")[0].strip().lower() != "multipart/form-data":
            yield SentPhoto(body, request.headers.get("x-file-name", ""))
            return
        form = await _form(request.headers, kind, body)
        try:
            yield _of_form(form)
        finally:
            await form.close()


async def _form(headers: Headers, kind: str, body: BinaryIO) -> FormData:
    found = _BOUNDARY.search(kind)
    if found is None:
        raise InvalidInput("the form has no boundary", path="body")
    if _has_bare_newlines(body, found[1]):
        body = _with_crlf(body, found[1])
    parser = MultiPartParser(headers, _pieces(body), max_files=1, max_fields=8)
    try:
        return await parser.parse()
    except MultiPartException as error:
        raise InvalidInput(f"the form cannot be read: {error.message}", path="body") from None


def _of_form(form: FormData) -> SentPhoto:
    parts = {name.lower(): value for name, value in form.multi_items()}
    missing = [name for name in ("GroupId", "PhotoId", "file") if name.lower() not in parts]
    if missing:
        raise InvalidInput("the part is missing", path=missing[0])
    file, group, photo = parts["file"], parts["groupid"], parts["photoid"]
    if not isinstance(file, UploadFile):
        raise InvalidInput("expected a file: a part with a filename", path="file")
    if not isinstance(group, str) or not isinstance(photo, str):
        raise InvalidInput("expected texts, without filenames", path="GroupId")
    return SentPhoto(file.file, file.filename or "", group.strip(), photo.strip())


async def _pieces(body: BinaryIO) -> AsyncGenerator[bytes, None]:
    while piece := body.read(_PIECE):
        yield piece


def _has_bare_newlines(body: BinaryIO, boundary: str) -> bool:
    """Whether lines of a form end without a carriage return, as some programs write them."""
    first = body.read(len(boundary) + 3)
    body.seek(0)
    return first == f"--{boundary}\n".encode()


def _with_crlf(body: BinaryIO, boundary: str) -> BinaryIO:
    """The same form as the standard wants it; what is in the parts stays as it is."""
    delimiter = f"--{boundary}".encode()
    written = io.BytesIO()
    for part in body.read().split(b"\n" + delimiter):
        lines, _, content = part.removeprefix(delimiter).partition(b"\n\n")
        if lines.startswith(b"--"):
            break
        written.write(delimiter + lines.replace(b"\n", b"\r\n") + b"\r\n\r\n" + content + b"\r\n")
    written.write(delimiter + b"--\r\n")
    written.seek(0)
    return written

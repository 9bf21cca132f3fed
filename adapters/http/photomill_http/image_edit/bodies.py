"""Reading the bodies of the image edit API."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from tempfile import SpooledTemporaryFile
from typing import Any, TypeVar

from attrs import frozen
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from photomill.editing.document import InvalidDocument, wording
from photomill.editing.document.converter import structured
from photomill.errors import InvalidInput, Problem
from photomill_http.bodies import bounded_stream, parse_json
from photomill_http.image_edit.faults import MALFORMED, Rejected, fault, invalid

T = TypeVar("T")
Json = Mapping[str, Any]

_MAX_DATA = 1024 * 1024
"""Bytes of what is said about an uploaded picture."""


@frozen
class Upload:
    """A picture and what is to be done with it, as a form has them.

    :ivar data: JSON; empty for nothing in particular.
    """

    file: UploadFile
    data: bytes


def json_object(body: bytes) -> Json:
    """Parse the body of a request.

    :raises Rejected: no JSON, or no object.
    """
    try:
        value = parse_json(body) if body.strip() else {}
    except InvalidInput as error:
        raise Rejected(fault(MALFORMED, error.message)) from None
    if not isinstance(value, dict):
        raise Rejected(invalid([Problem("body", wording.NO_OBJECT)]))
    return value


def read(value: Json, kind: type[T]) -> T:
    """Structure a request.

    :raises Rejected: with everything that is wrong with it.
    """
    try:
        return structured(value, kind)
    except InvalidDocument as error:
        raise Rejected(invalid(error.problems)) from None


@asynccontextmanager
async def received(request: Request, limit: int) -> AsyncIterator[Upload]:
    """Read a form, and keep it while the block runs; a large picture goes to disk as it arrives.

    :raises Rejected: no such form.
    :raises BodyTooLarge: it is larger than the limit.
    """
    form = await _form(request, limit)
    try:
        yield await _upload(form)
    finally:
        await form.close()


async def _upload(form: FormData) -> Upload:
    file, data = form.get("file"), form.get("data")
    problems = [
        Problem(name, wording.REQUIRED)
        for name, part in (("file", file), ("data", data))
        if part is None
    ]
    if isinstance(file, str):
        problems.append(Problem("file", "expected a file: a part with a file name"))
    if problems or not isinstance(file, UploadFile):
        raise Rejected(invalid(problems))
    # Some clients send what they say as a file too.
    said = await data.read() if isinstance(data, UploadFile) else str(data).encode()
    return Upload(file, said)


async def _form(request: Request, limit: int) -> FormData:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise Rejected(fault(MALFORMED, "expected a body of the type multipart/form-data"))
    parser = MultiPartParser(
        request.headers,
        bounded_stream(request, limit),
        max_files=2,
        max_fields=8,
        max_part_size=_MAX_DATA,
    )
    try:
        return await parser.parse()
    except (MultiPartException, KeyError) as error:
        message = getattr(error, "message", "the body has no boundary")
        raise Rejected(fault(MALFORMED, str(message))) from None


def whole(file: UploadFile) -> bytes:
    """Everything an upload holds, read again from its beginning."""
    held: SpooledTemporaryFile[bytes] = file.file  # type: ignore[assignment]
    held.seek(0)
    return held.read()

"""Edits whose result is waited for, and fetching results that nobody gave a place."""

import mimetypes
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response

from photomill import (
    BytesSource,
    InvalidInput,
    NotFound,
    Problem,
    Source,
    SourceError,
    SourceUnreachable,
    StorageError,
    UriSource,
    decode_json,
)
from photomill_http.bodies import Body
from photomill_http.contract import Call, Refused
from photomill_http.files import OpenFileResponse
from photomill_http.forms import FORM, Part, boundary_of, media_type, parsed_form
from photomill_http.image_edit import schema, wording
from photomill_http.image_edit.documents import Links, describe_stored
from photomill_http.image_edit.errors import (
    MALFORMED,
    NO_ROUTE,
    STORAGE_UNREACHABLE,
    fault,
    invalid,
)
from photomill_http.image_edit.reading import check_object, read
from photomill_http.image_edit.schema import ImageEditRequest, UploadedEditRequest
from photomill_http.image_edit.translate import Edit, edit_of

Json = Mapping[str, Any]

_HEADERS = {
    "Cache-Control": "private, max-age=3600",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
}


def edit(call: Call, asked: ImageEditRequest) -> Response | schema.Edited:
    """Edit an image, and wait for it."""
    wanted = edit_of(asked.operations, asked.output)
    source = UriSource(asked.input)
    try:
        return _edit(call, source, wanted)
    except SourceUnreachable as error:
        style = wanted.request.style
        sources = [source, *([style.reference] if style is not None else [])]
        if all(_in_storage(each) for each in sources):
            raise Refused(fault(STORAGE_UNREACHABLE, str(error))) from None
        raise


def upload(call: Call, sent: "Upload") -> Response | schema.Edited:
    """Edit an image that is sent along."""
    asked = read(sent.data, UploadedEditRequest)
    wanted = edit_of(asked.operations, asked.output)
    return _edit(call, BytesSource(sent.image), wanted, sent.filename)


def _edit(call: Call, source: Source, wanted: Edit, name: str = "") -> Response | schema.Edited:
    editing = call.engine.editing
    call.contract.spend(call.key)
    owner = call.key.principal
    if wanted.destination is None and _wants_image(call.request):
        edited = editing.edit(source, wanted.request, owner=owner)
        return Response(edited.data, media_type=schema.media_type(edited.output.format))
    result = editing.edit_to(source, wanted.request, wanted.destination, name=name, owner=owner)
    storages = call.engine.storages.namespace(owner)
    return schema.Edited(
        schema.Image.of(result.input),
        describe_stored(result.output, result.stored, storages, Links.of(call)),
        result.profiling.document(),
    )


def _in_storage(source: Source) -> bool:
    return isinstance(source, UriSource) and source.uri.startswith("storage://")


def _wants_image(request: Request) -> bool:
    """Whether an image is what the caller would rather have than JSON."""
    return request.headers.get("accept", "").lstrip().lower().startswith("image/")


# ---------------------------------------------------------------- images that are sent along


@frozen
class Upload:
    """An image and what is to be done with it, as a form has them.

    :ivar image: the encoded bytes.
    :ivar data: what is said about it.
    """

    image: bytes
    filename: str
    data: Json


def read_upload(body: Body, content_type: str) -> Upload:
    """Read a form.

    :raises Refused: no such form.
    """
    if media_type(content_type) != FORM:
        raise Refused(fault(MALFORMED, "expected a body of the type multipart/form-data"))
    with _parts(body, content_type) as parts:
        file, data = parts.get("file"), parts.get("data")
        problems = [
            Problem(name, wording.REQUIRED)
            for name, part in (("file", file), ("data", data))
            if part is None
        ]
        if file is not None and file.filename is None:
            problems.append(Problem("file", "expected a file: a part with a file name"))
        if problems or file is None or data is None:
            raise Refused(invalid(problems))
        return Upload(file.read(), file.filename or "", _said(data.read(), body))


def _said(text: bytes, body: Body) -> Json:
    try:
        value = decode_json(text, body.limits) if text.strip() else {}
    except InvalidInput as error:
        raise Refused(fault(MALFORMED, error.message)) from None
    return check_object(value)


@contextmanager
def _parts(body: Body, content_type: str) -> Iterator[Mapping[str, Part]]:
    """The parts of a form by their names, the last of each."""
    try:
        with parsed_form(body.file, boundary_of(content_type), "file") as parts:
            yield {part.name: part for part in parts}
    except InvalidInput as error:
        raise Refused(fault(MALFORMED, str(error))) from None


# ---------------------------------------------------------------- results


def result(call: Call) -> Response:
    """Fetch a result; whoever knows its address may."""
    key = call.parameters["key"]
    try:
        file = call.engine.editing.open_result(key)
    except (NotFound, SourceError):
        raise Refused(fault(NO_ROUTE, "There is no such result, or not any more.")) from None
    except StorageError as error:
        raise Refused(fault(STORAGE_UNREACHABLE, str(error))) from None
    kind, _ = mimetypes.guess_type(key)
    headers = {**_HEADERS, **_length(file)}
    return OpenFileResponse(file, headers=headers, media_type=kind or "application/octet-stream")


def _length(file: BinaryIO) -> dict[str, str]:
    if not file.seekable():
        return {}
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return {"Content-Length": str(size)}

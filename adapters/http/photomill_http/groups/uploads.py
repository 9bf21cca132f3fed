"""Receiving photos at the addresses that were given out for them: a form of three parts, or the bare image."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, TypeVar, cast

from attrs import frozen
from msgspec import UNSET
from starlette.responses import Response

from photomill import InvalidInput, Photo
from photomill_http.bodies import Body
from photomill_http.contract import Call
from photomill_http.forms import FORM, Part, boundary_of, media_type, parsed_form
from photomill_http.groups import schema

T = TypeVar("T")

FORM_OVERHEAD = 64 * 1024
"""Bytes that a form may have beside its image."""
CORS = {"Access-Control-Allow-Origin": "*"}

_IN_MEMORY = 1024 * 1024
_MOST_PARTS = 16
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "PUT, POST",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}


def find_reservation(call: Call) -> Photo:
    """What an address was given out for.

    :raises Forbidden: its time is over, or there is no such address.
    """
    return call.engine.albums.uploads.find(call.parameters["secret"])


async def preflight(_: Call) -> Response:
    """Let pages send from anywhere."""
    return Response(status_code=204, headers=_PREFLIGHT)


def upload(call: Call, body: Body) -> schema.PhotoId:
    """Send a photo to the address that was given out for it."""
    place: Photo = call.admitted

    def receive(sent: SentPhoto) -> Photo:
        return call.engine.albums.uploads.receive(
            call.parameters["secret"],
            sent.group or place.group,
            sent.photo or place.id,
            sent.file,
            sent.filename,
        )

    photo = receive_photo(body, call.request.headers, receive)
    return schema.PhotoId(photo.id, photo.duplicate_of or UNSET)


@frozen
class SentPhoto:
    """
    :ivar group: empty where the body is the bare image; so is ``photo``.
    """

    file: BinaryIO
    filename: str
    group: str = ""
    photo: str = ""


def receive_photo(body: Body, headers: Mapping[str, str], receive: Callable[[SentPhoto], T]) -> T:
    """Read a body, and hand its photo on. Work for a thread.

    :raises InvalidInput: a form that is broken, or lacks a part.
    """
    kind = headers.get("content-type", "")
    if media_type(kind) != FORM:
        return receive(SentPhoto(body.file, headers.get("x-file-name", "")))
    boundary = _boundary(kind)
    with (
        _with_crlf(body.file, boundary) as file,
        _in_body(),
        parsed_form(file, boundary, "file") as parts,
    ):
        return receive(_read_form(parts))


def _boundary(kind: str) -> bytes:
    with _in_body():
        return boundary_of(kind)


def _read_form(sent: list[Part]) -> SentPhoto:
    parts = {part.name.lower(): part for part in sent}
    missing = [name for name in ("GroupId", "PhotoId", "file") if name.lower() not in parts]
    if missing:
        raise InvalidInput("the part is missing", path=missing[0])
    file, group, photo = parts["file"], parts["groupid"], parts["photoid"]
    if file.filename is None:
        raise InvalidInput("expected a file: a part with a filename", path="file")
    if group.filename is not None or photo.filename is not None:
        raise InvalidInput("expected texts, without filenames", path="GroupId")
    return SentPhoto(file.file, file.filename, group.text().strip(), photo.text().strip())


@contextmanager
def _in_body() -> Iterator[None]:
    """Say of an error without a place that it is in the body."""
    try:
        yield
    except InvalidInput as error:
        raise error if error.path else InvalidInput(error.message, path="body") from None


@contextmanager
def _with_crlf(body: BinaryIO, boundary: bytes) -> Iterator[BinaryIO]:
    """The form as the standard wants it. Some programs end lines without a carriage return; what is in the parts stays."""
    delimiter = b"--" + boundary
    first = body.read(len(delimiter) + 1)
    body.seek(0)
    if first != delimiter + b"\n":
        yield body
        return
    with SpooledTemporaryFile(_IN_MEMORY) as spooled:
        written = cast(BinaryIO, spooled)
        for part in body.read().split(b"\n" + delimiter, _MOST_PARTS):
            lines, _, content = part.removeprefix(delimiter).partition(b"\n\n")
            if lines.startswith(b"--"):
                break
            written.write(delimiter + lines.replace(b"\n", b"\r\n") + b"\r\n\r\n")
            written.write(content)
            written.write(b"\r\n")
        written.write(delimiter + b"--\r\n")
        written.seek(0)
        yield written

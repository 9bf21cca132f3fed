"""Archives of photos: ordered by their owner, followed and fetched by whoever knows their address."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from photomill import Conflict, InvalidInput, NotFound, Zip, ZipEntry, show_value
from photomill_http.answers import Answer
from photomill_http.contract import Call
from photomill_http.groups import schema
from photomill_http.groups.groups import owned
from photomill_http.groups.links import Links
from photomill_http.groups.translate import describe_process
from photomill_http.groups.visit import Visit
from photomill_http.numbers import whole_number

_CHUNK = 256 * 1024
_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


def zip_photos(call: Visit, asked: schema.ZipOrder) -> schema.ZipStatus:
    """Pack photos."""
    group = owned(call, token_serves=True)
    photos: Any = asked.photos
    if not isinstance(photos, list):
        raise InvalidInput("expected a list of photos", path="Photos")
    entries = [_entry(place, photo) for place, photo in enumerate(photos)]
    wanted = call.albums.zips.create(group, entries, name=asked.name or "")
    return schema.ZipStatus(call.links.process(wanted.id))


def process(call: Call) -> Answer:
    """How far an archive is."""
    try:
        wanted = call.engine.albums.zips.get(call.parameters["id"])
    except NotFound:
        return Answer(schema.NoProcess("Process not found", 404), 404)
    ended = wanted.state in ("done", "failed")
    links = Links(call.server, call.services.settings.protocol_relative_downloads)
    return Answer(describe_process(wanted, links), 200, {} if ended else {"Retry-After": "1"})


def _entry(place: int, photo: Any) -> ZipEntry:
    path = f"Photos[{place}]"
    if not isinstance(photo, dict) or not isinstance(photo.get("File"), str):
        raise InvalidInput("expected an object with File", path=path)
    name = photo.get("FileName") or ""
    if not isinstance(name, str):
        raise InvalidInput(f"expected a text, got {show_value(name)}", path=f"{path}.FileName")
    return ZipEntry(photo["File"], name)


def download(call: Call) -> Response:
    """Fetch an archive."""
    zips, request = call.engine.albums.zips, call.request
    wanted = zips.get(call.parameters["id"])
    span = _span(request.headers.get("range", ""), wanted)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(wanted.name)}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    if span is None:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{wanted.bytes}"})
    start, end = span
    partial = (start, end) != (0, wanted.bytes)
    if partial:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{wanted.bytes}"
    headers["Content-Length"] = str(end - start)
    if request.method == "HEAD":
        return Response(status_code=200, headers=headers, media_type="application/zip")
    file = zips.open(wanted.id, count=start == 0)
    return StreamingResponse(
        _chunks(file, start, end), 206 if partial else 200, headers, "application/zip"
    )


def _span(header: str, wanted: Zip) -> tuple[int, int] | None:
    """The bytes asked for, the last not included; None where there are none such.

    :raises Conflict: the archive is not done.
    """
    if wanted.state != "done":
        raise Conflict("the archive is not done")
    found = _RANGE.fullmatch(header.strip())
    if found is None or found[0] == "bytes=-":
        return 0, wanted.bytes
    first, last = whole_number(found[1]), whole_number(found[2])
    if first is None:
        return max(0, wanted.bytes - (last or 0)), wanted.bytes
    start, end = first, wanted.bytes if last is None else min(last + 1, wanted.bytes)
    return (start, end) if start < end else None


def _chunks(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    with file:
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

"""Archives of photos: ordered by their owner, followed and fetched by whoever knows their address."""

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from photomill import Conflict, InvalidInput, NotFound, ZipEntry, show_value
from photomill_http.answers import Answer
from photomill_http.contract import Call
from photomill_http.files import OpenFileResponse, byte_range
from photomill_http.groups import schema
from photomill_http.groups.groups import owned
from photomill_http.groups.groups_call import GroupsCall
from photomill_http.groups.links import Links
from photomill_http.groups.translate import describe_process


def zip_photos(call: GroupsCall, asked: schema.ZipOrder) -> schema.ZipStatus:
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
    if wanted.state != "done":
        raise Conflict("the archive is not done")
    span = byte_range(request.headers.get("range", ""), wanted.bytes)
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
    return OpenFileResponse(
        file, 206 if partial else 200, headers, "application/zip", span=(start, end)
    )

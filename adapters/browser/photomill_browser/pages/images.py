"""The images of records: thumbnails, what a screen can show, originals."""

import hashlib
from collections.abc import Mapping

from starlette.responses import Response

from photomill import (
    BytesSource,
    EditRequest,
    Output,
    Webp,
)
from photomill_browser.asking import query_image
from photomill_browser.assets import FOREVER, is_known
from photomill_browser.frame import Page, View, Visit
from photomill_browser.pages.collection import ADDRESS, disposition

_BRIEFLY = "private, max-age=300"
SHOWABLE = ("jpeg", "png", "webp", "gif", "avif", "bmp")
"""What every browser shows by itself."""


def thumbnail(visit: Visit) -> Response:
    """A record's thumbnail; for ever where the address says which."""
    found = visit.collection().thumbnail(visit.required("id"))
    known = visit.query.get("v") == found.etag
    caching = FOREVER.replace("public", "private") if known else _BRIEFLY
    return answer_image(visit, found.data, found.media_type, f'"{found.etag}"', caching)


def screen(visit: Visit) -> Response:
    """A record's image in a format that browsers show: the original, if it is one."""
    data, image = visit.collection().original_image(visit.required("id"))
    format = image.format
    if format not in SHOWABLE:
        request = EditRequest(output=Output(format=Webp()))
        data, format = visit.engine.editing.edit(BytesSource(data), request).data, "webp"
    return _original(visit, data, format, {})


def original(visit: Visit) -> Response:
    """The file that a record was made from, to keep."""
    record_id = visit.required("id")
    data, image = visit.collection().original_image(record_id)
    name = record_id.rpartition("/")[2]
    headers = {"Content-Disposition": disposition(name)}
    return _original(visit, data, image.format, headers)


def searched_by(visit: Visit) -> Response:
    """An image that was given to search by."""
    collection = visit.collection()
    data = query_image(visit.engine, visit.query.get("name", ""))
    image = collection.decode(data, to_insert=False)
    return _original(visit, data, image.format, {})


def _original(visit: Visit, data: bytes, format: str, headers: Mapping[str, str]) -> Response:
    etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    response = answer_image(visit, data, f"image/{format}", etag, _BRIEFLY)
    response.headers.update(headers)
    return response


def answer_image(visit: Visit, data: bytes, media: str, etag: str, caching: str) -> Response:
    """An image that, opened by itself, may load and run nothing."""
    headers = {"ETag": etag, "Cache-Control": caching}
    if is_known(visit.request, etag):
        return Response(status_code=304, headers=headers)
    headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return Response(data, media_type=media, headers=headers)


PAGE = Page(
    "images",
    (
        View(f"{ADDRESS}/thumbnail", thumbnail),
        View(f"{ADDRESS}/screen", screen),
        View(f"{ADDRESS}/original", original),
        View(f"{ADDRESS}/search-image", searched_by),
    ),
)

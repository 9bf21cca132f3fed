"""Fetching results that nobody gave a place."""

import mimetypes
import os
from collections.abc import Iterator
from typing import BinaryIO

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from photomill import NotFound, SourceError, StorageError
from photomill_http.image_edit.faults import NO_ROUTE, STORAGE_UNREACHABLE, fault
from photomill_http.image_edit.links import RESULTS
from photomill_http.services import Services

_CHUNK = 256 * 1024
_HEADERS = {
    "Cache-Control": "private, max-age=3600",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
}


def result_routes(services: Services) -> list[Route]:
    """Without a key: whoever knows the address may have the picture."""

    async def result(request: Request) -> Response:
        request.state.operation = "image edit result"
        request.state.logged_path = f"{RESULTS}/…"
        return await services.in_thread(_opened, services, request.path_params["key"])

    return [Route(f"{RESULTS}/{{key:path}}", result, methods=["GET"])]


def _opened(services: Services, key: str) -> Response:
    try:
        file = services.engine.editing.open_result(key)
    except (NotFound, SourceError):
        return fault(NO_ROUTE, "There is no such result, or not any more.").response()
    except StorageError as error:
        return fault(STORAGE_UNREACHABLE, str(error)).response()
    kind, _ = mimetypes.guess_type(key)
    headers = {**_HEADERS, **_length(file)}
    return StreamingResponse(
        _chunks(file), media_type=kind or "application/octet-stream", headers=headers
    )


def _length(file: BinaryIO) -> dict[str, str]:
    if not file.seekable():
        return {}
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return {"Content-Length": str(size)}


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk

"""Photos' files, by their paths."""

from collections.abc import Iterator
from typing import BinaryIO

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from photomill_http.groups.endpoint import failed
from photomill_http.groups.links import FILES
from photomill_http.services import Services

_CHUNK = 256 * 1024


def file_routes(services: Services) -> list[Route]:
    """Without a key: paths cannot be guessed, and those in public views lead to what the public may see."""

    async def file(request: Request) -> Response:
        request.state.operation = "groups file"
        request.state.logged_path = f"{FILES}/…"
        try:
            return await services.in_thread(_opened, services, request)
        except Exception as error:
            return failed(error).response()

    return [Route(f"{FILES}/{{path:path}}", file, methods=["GET"])]


def _opened(services: Services, request: Request) -> Response:
    opened = services.engine.albums.files.open("/" + request.path_params["path"])
    headers = {
        "Cache-Control": "private, max-age=86400",
        "ETag": f'"{opened.tag}"',
        "X-Content-Type-Options": "nosniff",
        "Access-Control-Allow-Origin": "*",
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        opened.file.close()
        return Response(status_code=304, headers=headers)
    if opened.size is not None:
        headers["Content-Length"] = str(opened.size)
    return StreamingResponse(
        _chunks(opened.file), headers=headers, media_type=f"image/{opened.format}"
    )


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk

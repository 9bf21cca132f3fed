"""Static files: read once, at addresses that change with what they hold."""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from attrs import frozen
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from photomill_templates import STATIC

FOREVER = "public, max-age=31536000, immutable"

_SMALL = 1024

mimetypes.add_type("text/javascript", ".js")


@frozen(eq=False)
class Assets:
    """The static files. All have one hash in their addresses, so that a module finds the others beside it."""

    contents: Mapping[str, bytes]
    hash: str

    @classmethod
    @cache
    def load(cls) -> "Assets":
        contents = dict([*_files(files("photomill_browser") / "static"), *_files(STATIC)])
        digest = hashlib.sha256()
        for name, content in sorted(contents.items()):
            digest.update(f"{name} {len(content)}\n".encode() + content)
        return cls(contents, digest.hexdigest()[:16])

    def address(self, name: str) -> str:
        """Where a file is.

        :raises KeyError: there is no such file.
        """
        if name not in self.contents:
            raise KeyError(name)
        return f"/static/{self.hash}/{name}"

    @property
    def route(self) -> Route:
        return Route("/static/{hash}/{name:path}", self._serve, include_in_schema=False)

    async def _serve(self, request: Request) -> Response:
        name = request.path_params["name"]
        if request.path_params["hash"] != self.hash or name not in self.contents:
            raise HTTPException(404, "no such file")
        headers = {
            "ETag": f'"{self.hash}"',
            "Cache-Control": FOREVER,
            "X-Content-Type-Options": "nosniff",
        }
        if is_known(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        media = mimetypes.guess_type(name)[0] or "application/octet-stream"
        body, encoding = compressed(request, self.contents[name])
        return Response(body, media_type=media, headers=headers | encoding)


def compressed(request: Request, body: bytes) -> tuple[bytes, dict[str, str]]:
    """A body as the browser takes it, and the headers that say so.

    Never for what holds a secret beside words of the address: how small it becomes would tell the secret.
    """
    accepted = request.headers.get("accept-encoding", "")
    if len(body) < _SMALL or "gzip" not in accepted:
        return body, {"Vary": "Accept-Encoding"}
    return gzip.compress(body, 6, mtime=0), {"Vary": "Accept-Encoding", "Content-Encoding": "gzip"}


def is_known(request: Request, etag: str) -> bool:
    """Whether the browser has what this tag stands for."""
    given = request.headers.get("if-none-match", "")
    return any(each.strip().removeprefix("W/") in (etag, "*") for each in given.split(","))


def _files(folder: Traversable, prefix: str = "") -> "list[tuple[str, bytes]]":
    found = []
    for each in folder.iterdir():
        if each.is_dir():
            found += _files(each, f"{prefix}{each.name}/")
        else:
            found.append((f"{prefix}{each.name}", each.read_bytes()))
    return found

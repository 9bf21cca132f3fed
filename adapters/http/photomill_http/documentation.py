"""``/openapi.json``, and a page at ``/docs`` that shows it."""

from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from photomill_http.answers import Answer
from photomill_http.openapi import openapi_document


def documentation_routes() -> list[Route]:
    async def document(_: Request) -> Response:
        return Answer(_document()).response()

    async def page(_: Request) -> Response:
        return HTMLResponse(_page(), headers={"Content-Security-Policy": _POLICY})

    async def front(_: Request) -> Response:
        return RedirectResponse("/docs")

    return [
        Route("/", front, methods=["GET"]),
        Route("/openapi.json", document, methods=["GET"]),
        Route("/docs", page, methods=["GET"]),
    ]


# The page brings all it needs and talks to this server alone.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"
)

_document = cache(openapi_document)


@cache
def _page() -> str:
    return files("photomill_http").joinpath("static/docs.html").read_text("utf-8")

"""The direct way to a route leads where trying every route does."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, Router

from photomill.engine import Engine
from photomill_http.app import create_app
from photomill_http.routing import DirectRouter
from photomill_http.settings import HttpSettings

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest.fixture(scope="module")
def routes(engine: Engine) -> list[Route]:
    """Those of the whole server; each answers with its place."""
    return [
        Route(route.path, telling(place), methods=route.methods)
        for place, route in enumerate(create_app(engine, HttpSettings()).routes)
        if isinstance(route, Route)
    ]


def telling(place: int) -> Any:
    async def tell(request: Request) -> JSONResponse:
        return JSONResponse({"place": place, "parameters": request.path_params})

    return tell


def asked(router: Router, verb: str, path: str, root: str = "") -> tuple[int, Any, bytes]:
    """The status, the headers and the body."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": verb,
        "path": path,
        "root_path": root,
        "query_string": b"",
        "headers": [(b"host", b"example.com")],
        "scheme": "http",
    }
    asyncio.run(router(scope, receive, send))
    headers = {name: set(value.split(b", ")) for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, sent[-1]["body"]


def paths(routes: list[Route]) -> Iterator[str]:
    for route in routes:
        filled = re.sub(r"{\w+:path}", "some/where", route.path)
        filled = re.sub(r"{\w+(:\w+)?}", "12345678", filled)
        yield from (filled, filled.rstrip("/"), f"{filled}/", f"{filled}/more", filled.upper())
    yield from (
        "",
        "/",
        "//",
        "*",
        "/{id}",
        "/{id}/v2/ping",
        "/v2",
        "/v2/",
        "/a/b/v2/find",
        "/v2x/y",
    )


def test_every_address_leads_to_the_same_route(routes: list[Route]) -> None:
    direct, plain = DirectRouter(routes), Router(routes)
    found = set()
    for path in dict.fromkeys(paths(routes)):
        for verb in VERBS:
            answer = asked(direct, verb, path)
            assert answer == asked(plain, verb, path), (verb, path)
            found.add(answer[0])
    assert found == {200, 307, 404, 405}


def test_below_another_address_too(routes: list[Route]) -> None:
    direct, plain = DirectRouter(routes), Router(routes)
    answers = [asked(each, "POST", "/below/v2/ping", root="/below") for each in (direct, plain)]
    assert answers[0] == answers[1]
    assert answers[0][0] == 200

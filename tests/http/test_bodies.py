"""Bodies, at every route there is: who may not send one is told so before it is read, and none costs more than it may."""

import gc
import io
import re
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from photomill.engine import Engine
from photomill.errors import InvalidInput
from photomill.json_text import JsonLimits
from photomill_http.app import create_app
from photomill_http.bodies import Body, structured
from photomill_http.memory import BodyMemory
from photomill_http.settings import HttpSettings, OAuthClient
from photomill_http.similarity.schema import Knn

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
FORMS = ("/v1/auth/oauth2/authorize", "/v1/auth/oauth2/token", "/sign-in", "/g/12345678")
"""Whose key is in the body: they read 64 KiB of it."""
NAMES = {"secret": "s" * 40, "path": "a/b.jpg", "key": "a/b.jpg", "method": "insert"}


@pytest.fixture(scope="module")
def app(engine: Engine) -> Starlette:
    clients = (OAuthClient("club", "a long secret", ("https://club.example/",)),)
    return create_app(engine, HttpSettings(oauth_clients=clients, body_values=1000))


def addresses(app: Starlette) -> Iterator[tuple[str, str]]:
    """Every route, with every verb."""
    for route in app.routes:
        assert isinstance(route, Route)
        path = re.sub(r"{(\w+)(:\w+)?}", lambda found: NAMES.get(found[1], "12345678"), route.path)
        for verb in VERBS:
            if route.methods is None or verb in route.methods:
                yield verb, path


def ask(
    app: Starlette,
    verb: str,
    path: str,
    headers: dict[str, str],
    pieces: list[bytes],
    state: dict[str, Any] | None = None,
) -> tuple[int, int]:
    """Send a body piece by piece, the last one again and again; gives the status, and how many pieces were read before.

    :param state: gets what a connection keeps of its last request.
    """
    read, read_before, status = 0, 0, 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        last = read >= len(pieces) and len(pieces) > 1
        piece = pieces[min(read, len(pieces)) - 1]
        return {"type": "http.request", "body": piece, "more_body": not last}

    async def send(message: Any) -> None:
        nonlocal status, read_before
        if message["type"] == "http.response.start":
            status, read_before = message["status"], read

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": verb,
        "scheme": "http",
        "path": path.partition("?")[0],
        "raw_path": path.encode(),
        "query_string": path.partition("?")[2].encode(),
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
        "client": ("192.0.2.1", 1),
        "server": ("localhost", 8080),
        "state": {} if state is None else state,
    }
    anyio.run(app, scope, receive, send)
    return status, read_before


@pytest.mark.parametrize("length", ["62914560", "", "9" * 5000])
@pytest.mark.parametrize("authorization", ["", "Bearer wrong"])
def test_a_body_of_a_stranger_is_not_read(app: Starlette, length: str, authorization: str) -> None:
    headers = {"content-type": "application/json", "authorization": authorization}
    if length:
        headers["content-length"] = length
    for verb, path in addresses(app):
        status, read = ask(app, verb, path, headers, [b"[]," * 21_000])
        assert status < 500, (verb, path)
        if path.rstrip("/") in FORMS and verb == "POST" and not length:
            assert (status, read) == (413, 2) or status == 400, (verb, path)
            continue
        assert read == 0, (verb, path, status)
        assert verb == "GET" or status >= 400 or path.rstrip("/").endswith("/ping"), (verb, path)


def test_who_shows_no_key_is_told_so_before_the_least_body(app: Starlette) -> None:
    headers = {"content-type": "application/json", "content-length": "100"}
    answers = [ask(app, verb, path, headers, [b"[]"]) for verb, path in addresses(app)]
    refused = [read for status, read in answers if status == 401]
    assert len(refused) > len(answers) // 2
    assert not any(refused)


def test_no_route_builds_what_is_too_much(app: Starlette, engine: Engine) -> None:
    scopes = {"admin", "read", "write", "image_editing", "storage", "grouping"}
    key = engine.keys.create("all", scopes=scopes).secret
    owner = engine.albums.owners.create("Ann").secret
    collection = engine.collections.create("bodies").id
    bombs = [
        b'{"a":[' + b"[]," * 2000 + b"0]}",
        b'{"filter":{"a":{"$in":[' + b"0," * 2000 + b"0]}}}",
        b'{"records":[{"_id":"1","a":' + b'{"a":' * 500 + b"0" + b"}" * 502 + b"]}",
        b'{"input":{"urls":[' + b'"",' * 2000 + b'""]}}',
    ]
    tried = 0
    for verb, path in addresses(app):
        if verb not in ("POST", "PUT", "PATCH"):
            continue
        for bomb in bombs:
            for secret in (key, owner):
                headers = {
                    "authorization": f"Bearer {secret}",
                    "collection-id": collection,
                    "content-type": "application/json",
                }
                status, _ = ask(app, verb, path, headers, [bomb, b""])
                about_body = not path.rstrip("/").endswith(("ping", "authorize"))
                assert not about_body or 400 <= status < 500, (verb, path, status)
                tried += 1
    assert tried > 100


def test_a_connection_keeps_no_body(app: Starlette, engine: Engine) -> None:
    """Its last request stays with it until the next comes, or until the collector finds it."""
    scopes = {"admin", "read", "write", "image_editing", "storage", "grouping"}
    key = engine.keys.create("all", scopes=scopes).secret
    owner = engine.albums.owners.create("Ann").secret
    collection = engine.collections.create("kept").id
    text = "a" * 10_000
    for verb, path in addresses(app):
        for secret in (key, owner):
            headers = {
                "authorization": f"Bearer {secret}",
                "collection-id": collection,
                "content-type": "application/json",
            }
            for name in ("Name", "records", "unknown"):
                state: dict[str, Any] = {}
                body = f'{{"{name}": "{text}"}}'.encode()
                ask(app, verb, path, headers, [body, b""], state)
                assert text not in repr(state), (verb, path, name)


def form(name: str, filename: str, size: int) -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"{filename}\r\n\r\n'
    return head.encode() + b" " * size + b"\r\n"


@pytest.mark.parametrize("filename", ["", '; filename="data.json"'])
def test_what_is_said_about_an_upload_is_bounded_however_it_is_sent(
    app: Starlette, engine: Engine, filename: str
) -> None:
    key = engine.keys.create("edits", scopes={"image_editing"}).secret
    headers = {
        "authorization": f"Bearer {key}",
        "content-type": "multipart/form-data; boundary=b",
    }
    picture = form("file", '; filename="a.jpg"', 10)
    for size, expected in ((1000, 422), (1024 * 1024 + 1, 400)):
        body = picture + form("data", filename, size) + b"--b--\r\n"
        assert ask(app, "POST", "/v1/image/edit/upload", headers, [body, b""])[0] == expected
    many = b"".join(form(f"part{number}", filename, 1) for number in range(17)) + b"--b--\r\n"
    assert ask(app, "POST", "/v1/image/edit/upload", headers, [many, b""])[0] == 400


def test_a_caller_that_leaves_is_no_fault(
    app: Starlette, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    scopes = {"admin", "read", "write", "image_editing", "storage", "grouping"}
    key = engine.keys.create("all", scopes=scopes).secret
    owner = engine.albums.owners.create("Ann").secret
    collection = engine.collections.create("leaving").id
    for verb, path in addresses(app):
        if verb == "GET":
            continue
        for secret in (key, owner):
            headers = {"authorization": f"Bearer {secret}", "collection-id": collection}
            status = leave(app, verb, path, headers)
            assert status < 500, (verb, path)
    assert not [line for line in caplog.records if line.levelname in ("WARNING", "ERROR")]


def leave(app: Starlette, verb: str, path: str, headers: dict[str, str]) -> int:
    status = 0
    messages = iter(
        [
            {"type": "http.request", "body": b'{"records": [', "more_body": True},
            *[{"type": "http.disconnect"}] * 10,
        ]
    )

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": verb,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
        "client": ("192.0.2.1", 1),
        "server": ("localhost", 8080),
        "state": {},
    }
    anyio.run(app, scope, receive, send)
    return status


def test_large_bodies_take_turns() -> None:
    held, most, order = 0, 0, []

    async def work(memory: BodyMemory, amount: int, name: int) -> None:
        nonlocal held, most
        async with memory.held(amount):
            order.append(name)
            held += min(amount, 100)
            most = max(most, held)
            await anyio.sleep(0)
            held -= min(amount, 100)

    async def crowd() -> None:
        memory = BodyMemory(100)
        async with anyio.create_task_group() as group:
            for name, amount in enumerate([60, 50, 30, 1000, 10, 100, 40, 40, 40]):
                group.start_soon(work, memory, amount, name)
        with anyio.move_on_after(0):
            async with memory.held(100), memory.held(1):
                pytest.fail("there was no room")
        async with memory.held(100):
            pass

    anyio.run(crowd)
    assert order == sorted(order)
    assert most <= 100


@pytest.mark.parametrize("text", [b"[" * 10_000, b"[" * 50 + b"x" * 10_000, b'"' + b"a" * 10_000])
def test_an_error_holds_no_body(text: bytes) -> None:
    """Whoever keeps the error, a log or a future, would keep 60 MB with it."""
    body = Body(io.BytesIO(text), len(text), JsonLimits())
    with pytest.raises(InvalidInput) as refused:
        body.json()
    assert refused.value.__context__ is None
    for frame, _ in traceback.walk_tb(refused.value.__traceback__):
        if frame.f_globals["__name__"].startswith("photomill"):
            assert not any(isinstance(each, bytes) for each in frame.f_locals.values())


def test_a_body_of_the_wrong_kind_is_let_go() -> None:
    """Errors of the converter are circles, which the collector may find much later."""
    text = "a" * 10_000
    value = {"query_record": text, "filter": [text], "k": text}
    held = sys.getrefcount(text)
    gc.disable()
    try:
        with pytest.raises(InvalidInput, match="expected an object"):
            structured(value, Knn)
        assert sys.getrefcount(text) == held
    finally:
        gc.enable()


def test_names_of_keys_are_bounded(engine: Engine) -> None:
    with pytest.raises(InvalidInput, match="characters"):
        engine.keys.create("a" * 301)

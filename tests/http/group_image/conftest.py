"""The API over an engine that works, a web server of images, and a receiver of callbacks."""

import io
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

import pytest
from attrs import define, field, frozen
from PIL import Image
from starlette.testclient import TestClient

from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill_http.app import create_app
from photomill_http.settings import HttpSettings

Json = dict[str, Any]
LARGEST = 5 * 1024 * 1024

COLOURS = {"red": (200, 40, 30), "green": (40, 160, 60), "blue": (30, 60, 190)}


def coloured(
    colour: str, seed: int = 0, size: tuple[int, int] = (120, 100), form: str = "JPEG"
) -> bytes:
    """An image of shades of one colour; another seed gives other shades."""
    chance = Random(f"{colour}{seed}")
    shades = bytes(
        max(0, min(255, part + chance.randint(-25, 25)))
        for _ in range(8 * 6)
        for part in COLOURS[colour]
    )
    file = io.BytesIO()
    picture = Image.frombytes("RGB", (8, 6), shades).resize(size, Image.Resampling.BICUBIC)
    picture.save(file, form)
    return file.getvalue()


@frozen
class Received:
    """A message, as it came."""

    body: bytes
    headers: Mapping[str, str]


@define
class Web:
    """A web server that has some images, answers as it is told to, and notes what it is sent."""

    url: str = ""
    pictures: dict[str, bytes] = field(factory=dict)
    statuses: dict[str, list[int]] = field(factory=dict)
    asked: list[str] = field(factory=list)
    received: list[Received] = field(factory=list)
    changed: threading.Condition = field(factory=threading.Condition)

    def add(self, name: str, data: bytes) -> str:
        """Have an image; returns its address."""
        self.pictures[f"/{name}"] = data
        return f"{self.url}/{name}"

    def colours(self, *colours: str) -> list[str]:
        """One image of each of these colours, all unlike."""
        return [
            self.add(f"{index}-{colour}.jpg", coloured(colour, index))
            for index, colour in enumerate(colours)
        ]

    def wait_for_messages(self, count: int) -> list[Received]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.received) >= count, 10)
            return list(self.received)

    def status(self, path: str) -> int:
        statuses = self.statuses.get(path)
        return statuses.pop(0) if statuses else 200


@pytest.fixture
def web() -> Iterator[Web]:
    known = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known.asked.append(self.path)
            status = known.status(self.path)
            data = known.pictures.get(self.path, b"")
            self.answer(status if data or status != 200 else 404, data)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            with known.changed:
                known.received.append(Received(body, dict(self.headers.items())))
                status = known.status(self.path)
                known.changed.notify_all()
            self.answer(status, b"")

        def answer(self, status: int, data: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    yield known
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine that works on its jobs."""
    overrides = {
        "photomill.data_dir": str(tmp_path_factory.mktemp("data")),
        "embedders.main.use": "descriptor",
        "images.processes": 1,
        "jobs.retry_delay": 0.01,
        "fetch.allow": ["127.0.0.0/8"],
        "fetch.timeout": 5.0,
        "grouping.max_inputs": 50,
    }
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        engine.jobs.start()
        yield engine


@frozen
class Caller:
    """Somebody with a key."""

    client: TestClient
    headers: Mapping[str, str]

    def post(
        self, body: Any, *, path: str = "/v1/group-image", headers: Mapping[str, str] | None = None
    ) -> Any:
        """Submit; ``body`` is JSON, or bytes as they are."""
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        return self.client.post(path, headers={**self.headers, **(headers or {})}, **content)

    def get(self, job_id: str, **headers: str) -> Any:
        return self.client.get(f"/v1/group-image/{job_id}", headers={**self.headers, **headers})

    def delete(self, job_id: str) -> Any:
        return self.client.delete(f"/v1/group-image/{job_id}", headers=dict(self.headers))

    def grouped(self, urls: list[str], **constraints: Any) -> Json:
        """The final body of a request that must go well."""
        response = self.waited({"urls": urls, **constraints})
        assert response.status_code == 200, response.text
        return dict(response.json())

    def waited(self, input: Json, **more: Any) -> Any:
        return self.post({"input": input, **more}, headers={"Prefer": "wait=20"})


NewCaller = Callable[..., Caller]


@pytest.fixture
def new_caller(working: Engine) -> NewCaller:
    """Make a caller with a key of these rights, before an application with these settings."""

    def make(
        engine: Engine = working, scopes: tuple[str, ...] = ("grouping",), **settings: Any
    ) -> Caller:
        secret = engine.keys.create("test", scopes=scopes).secret
        client = TestClient(
            create_app(engine, HttpSettings(**settings)), raise_server_exceptions=False
        )
        return Caller(client, {"Authorization": f"Bearer {secret}"})

    return make


@pytest.fixture
def caller(new_caller: NewCaller) -> Caller:
    return new_caller()

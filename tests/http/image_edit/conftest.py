"""The image edit API over an engine with two folders as storages."""

import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from attrs import evolve, frozen
from PIL import Image
from starlette.testclient import TestClient

from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill_http.app import create_app
from photomill_http.settings import HttpSettings

from .contract import check

Json = dict[str, Any]


def picture(seed: int = 1, form: str = "PNG", size: tuple[int, int] = (60, 40)) -> bytes:
    """A small image of coloured tiles."""
    tiles = Image.frombytes("RGB", (6, 4), Random(seed).randbytes(6 * 4 * 3))
    file = io.BytesIO()
    tiles.resize(size, Image.Resampling.NEAREST).save(file, form)
    return file.getvalue()


@frozen
class Api:
    """The image edit API as one caller sees it.

    :ivar folder: holds the folders of the storages ``originals`` and ``results``.
    """

    client: TestClient
    engine: Engine
    headers: Mapping[str, str]
    folder: Path
    prefix: str = "/v1"

    def call(self, verb: str, path: str, **options: Any) -> Any:
        """Call, and hold what comes back against the contract's schemas."""
        headers = {**self.headers, **options.pop("headers", {})}
        response = self.client.request(verb, self.prefix + path, headers=headers, **options)
        check(verb, path, response)
        return response

    def data(self, verb: str, path: str, **options: Any) -> Any:
        """What an answer that must have gone well says."""
        response = self.call(verb, path, **options)
        assert response.status_code == 200, response.text
        return response.json()["data"]

    def edit(self, uri: str, operations: Json | None = None, **more: Any) -> Json:
        body = {"input": uri, "operations": operations or {}, **more}
        return dict(self.data("POST", "/image/edit", json=body))

    def refusal(self, verb: str, path: str, **options: Any) -> tuple[int, str, str]:
        """HTTP status, code and message of an answer that must have gone wrong."""
        response = self.call(verb, path, **options)
        body = response.json()
        return response.status_code, body["error_code"], body["error_message"]

    def with_key(self, secret: str) -> "Api":
        return evolve(self, headers={"Authorization": f"Bearer {secret}"})

    def write(self, name: str, data: bytes | None = None) -> str:
        """Write an image, or other bytes, into ``originals``; returns its URI."""
        path = self.folder / "originals" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture() if data is None else data)
        return f"storage://originals/{name}"

    def result(self, name: str) -> Any:
        """Open an image in ``results``."""
        return Image.open(io.BytesIO((self.folder / "results" / name).read_bytes()))

    def fetched(self, address: str) -> Any:
        """Fetch a result as anybody may."""
        response = self.client.get(address)
        assert response.status_code == 200, response.text
        return Image.open(io.BytesIO(response.content))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("edits")
    for name in ("originals", "results"):
        (folder / name).mkdir()
    return folder


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Engine]:
    overrides = {
        "photomill.data_dir": str(folder / "data"),
        "images.processes": 1,
        "editing.processes": 1,
        "jobs.retry_delay": 0.01,
        "jobs.delivery_delays": [0.01],
        "fetch.allow": ["127.0.0.0/8"],
    }
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        for name in ("originals", "results"):
            path = str(folder / name)
            engine.storages.operator.create(name, "local", {"path": path})
        yield engine


@pytest.fixture(scope="module")
def make_api(engine: Engine, folder: Path) -> Callable[..., Api]:
    """Make an application with these settings, and a key that may edit and register storages."""

    def make(**settings: Any) -> Api:
        app = create_app(engine, HttpSettings(**settings))
        key = engine.keys.create("test", owner="tester", scopes={"image_editing", "storage"})
        return Api(
            client=TestClient(app, raise_server_exceptions=False),
            engine=engine,
            headers={"Authorization": f"Bearer {key.secret}"},
            folder=folder,
        )

    return make


@pytest.fixture(scope="module")
def api(make_api: Callable[..., Api]) -> Api:
    return make_api()


@pytest.fixture(scope="module")
def make_picture() -> Callable[..., bytes]:
    return picture

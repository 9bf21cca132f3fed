"""The application over a real engine, and images to give it."""

import base64
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from attrs import evolve, frozen
from PIL import Image
from starlette.testclient import TestClient

from photomill.collections.collection import Collection
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill_http.app import create_app
from photomill_http.settings import HttpSettings

Json = dict[str, Any]


def picture(
    seed: str, size: tuple[int, int] = (96, 72), form: str = "PNG", **options: Any
) -> bytes:
    """An encoded image of coloured tiles; the same seed gives the same tiles."""
    tiles = Image.frombytes("RGB", (6, 5), Random(seed).randbytes(6 * 5 * 3))
    file = io.BytesIO()
    tiles.resize(size, Image.Resampling.BICUBIC).save(file, form, **options)
    return file.getvalue()


def text_of(encoded: bytes) -> str:
    return base64.b64encode(encoded).decode()


def record(identity: Any, seed: str | None = None, **attributes: Any) -> Json:
    """A record with the image of this seed, or that of its id."""
    return {"_id": identity, "_base64": text_of(picture(seed or str(identity))), **attributes}


@frozen
class Api:
    """The similarity API as one caller sees it: with its key and its collection."""

    client: TestClient
    engine: Engine
    collection: Collection
    headers: Mapping[str, str]
    prefix: str = "/similarity/photos/v2"

    def post(
        self, method: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Call a method; ``body`` is JSON, or bytes as they are."""
        content = {"content": body} if isinstance(body, bytes | None) else {"json": body}
        given = self.headers if headers is None else headers
        return self.client.post(f"{self.prefix}/{method}", headers=dict(given), **content)

    def answer(self, method: str, **parameters: Any) -> Json:
        """The body of an answer that must have gone well."""
        response = self.post(method, _with_from(parameters))
        assert response.status_code == 200, response.text
        return dict(response.json())

    def ids(self, method: str, **parameters: Any) -> list[str]:
        return [found["_id"] for found in self.answer(method, **parameters)["answer_records"]]

    def refusal(self, method: str, **parameters: Any) -> tuple[int, int, str]:
        """HTTP status, code and description of an answer that must have gone wrong."""
        response = self.post(method, _with_from(parameters))
        body = response.json()
        assert isinstance(body["statistics"]["OperationTime"], int)
        status = body["status"]
        return response.status_code, status["code"], status.get("error_description", status["text"])

    def with_key(self, secret: str) -> "Api":
        return evolve(self, headers={**self.headers, "Authorization": f"Token {secret}"})


def _with_from(parameters: Mapping[str, Any]) -> Json:
    return {"from" if name == "from_" else name: value for name, value in parameters.items()}


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    overrides = {
        "photomill.data_dir": str(tmp_path_factory.mktemp("data")),
        "images.processes": 1,
    }
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        yield engine


@pytest.fixture(scope="session")
def make_api(engine: Engine) -> Callable[..., Api]:
    """Make an empty collection, a key of all rights, and an application with these settings."""

    def make(collection: Mapping[str, Any] | None = None, **settings: Any) -> Api:
        made = engine.collections.create("test", **(collection or {}))
        secret = engine.keys.create(
            "test", owner="tester", scopes={"read", "write", "admin"}
        ).secret
        app = create_app(engine, HttpSettings(**settings))
        return Api(
            client=TestClient(app, raise_server_exceptions=False),
            engine=engine,
            collection=engine.collections.open(made.id),
            headers={"Authorization": f"Token {secret}", "collection-id": made.id},
        )

    return make


@pytest.fixture
def api(make_api: Callable[..., Api]) -> Api:
    """An empty collection."""
    return make_api()


@pytest.fixture
def gallery(_gallery: Api) -> Iterator[Api]:
    """The twelve records that all tests of the session see; a test that changes them fails."""
    before = _gallery.collection.find(limit=None)
    yield _gallery
    assert _gallery.collection.find(limit=None) == before


@pytest.fixture(scope="session")
def _gallery(make_api: Callable[..., Api]) -> Api:
    """Twelve records.

    ``0`` … ``8`` are images of their own; ``8-jpeg`` is the image of ``8``, encoded anew, ``8-twin`` the same file as
    ``8``; ``9`` has no attributes at all.
    """
    api = make_api()
    records = [
        record(
            str(number),
            number=number,
            colour=("red", "green", "blue")[number % 3],
            tags=["even" if number % 2 == 0 else "odd", "single"],
            product=f"p{number // 2}",
        )
        for number in range(9)
    ]
    small = picture("8", (80, 60), "JPEG", quality=85)
    records += [
        {
            "_id": "8-jpeg",
            "_base64": text_of(small),
            "number": 80,
            "product": "p4",
            "tags": ["Even"],
        },
        record("8-twin", "8", number=81, product="p4"),
        record("9"),
    ]
    assert api.answer("insert", records=records)["answer_count"] == 12
    return api


@pytest.fixture(scope="session")
def make_picture() -> Callable[..., bytes]:
    return picture


@pytest.fixture(scope="session")
def make_record() -> Callable[..., Json]:
    return record


@pytest.fixture(scope="session")
def as_base64() -> Callable[[bytes], str]:
    return text_of


@pytest.fixture(scope="session")
def placeholders() -> Callable[..., list[str]]:
    """Where an answer holds something that stands for nothing; texts that are always there may be empty."""

    def find(answer: Any, *required: str) -> list[str]:
        return list(_placeholders(answer, frozenset(required), ""))

    return find


def _placeholders(answer: Any, required: frozenset[str], path: str) -> Iterator[str]:
    if isinstance(answer, dict):
        for name, value in answer.items():
            if name not in required:
                yield from _placeholders(value, required, f"{path}.{name}")
    elif isinstance(answer, list):
        for place, value in enumerate(answer):
            yield from _placeholders(value, required, f"{path}[{place}]")
    elif answer is None or answer in ("", "unknown", "none", "null", "n/a"):
        yield path


@pytest.fixture
def picture_file(tmp_path: Path) -> Path:
    file = tmp_path / "image.png"
    file.write_bytes(picture("file"))
    return file

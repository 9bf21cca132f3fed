"""The Groups API over an engine that works on jobs, with one owner."""

import time
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from random import Random
from typing import Any

import pytest
from attrs import evolve, frozen
from PIL import Image
from starlette.testclient import TestClient

from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill_http.app import create_app
from photomill_http.settings import HttpSettings, OAuthClient

Json = dict[str, Any]


def picture(
    seed: str = "a", size: tuple[int, int] = (96, 72), form: str = "JPEG", **options: Any
) -> bytes:
    """An image of coloured tiles; the same seed gives the same tiles."""
    tiles = Image.frombytes("RGB", (6, 5), Random(seed).randbytes(6 * 5 * 3))
    file = BytesIO()
    tiles.resize(size, Image.Resampling.BICUBIC).save(file, form, **options)
    return file.getvalue()


@frozen
class Api:
    """The API as one caller sees it: an owner, or the public where there are no headers."""

    client: TestClient
    engine: Engine
    headers: Mapping[str, str]

    def call(self, verb: str, path: str, **options: Any) -> Any:
        headers = {**self.headers, **options.pop("headers", {})}
        return self.client.request(verb, path, headers=headers, **options)

    def ok(self, verb: str, path: str, status: int = 200, **options: Any) -> Json:
        """The body of an answer that must have gone well."""
        response = self.call(verb, path, **options)
        assert response.status_code == status, response.text
        body = response.json()
        assert "Error" not in body
        return dict(body)

    def refused(self, verb: str, path: str, **options: Any) -> tuple[int, str]:
        """Status and message of an answer that must have gone wrong."""
        response = self.call(verb, path, **options)
        assert response.status_code >= 400, response.text
        assert set(response.json()) == {"Error"}
        return response.status_code, response.json()["Error"]

    @property
    def public(self) -> "Api":
        return evolve(self, headers={})

    def with_key(self, secret: str) -> "Api":
        return evolve(self, headers={"Authorization": f"Bearer {secret}"})

    def group(self, **body: Any) -> Json:
        return self.ok("POST", "/v1/Group/", 201, json=body)

    def reserve(self, group: Json, count: int = 1) -> list[Json]:
        body = self.ok("POST", f"/v1/Group/{group['GroupId']}/Photo", json={"AddPhotos": count})
        return list(body["AddedPhotos"])

    def send(self, group: Json, place: Json, data: bytes, name: str = "IMG_01.jpg") -> Any:
        """Upload as the document says, without a key."""
        form = {"GroupId": group["GroupId"], "PhotoId": place["PhotoId"]}
        files = {"file": (name, data, "application/octet-stream")}
        return self.client.put(place["UploadUrl"], data=form, files=files)

    def upload(self, group: Json, data: bytes, name: str = "IMG_01.jpg") -> Json:
        """Upload a photo and wait until it is listed; gives it as its owner sees it."""
        (place,) = self.reserve(group)
        response = self.send(group, place, data, name)
        assert response.status_code == 200, response.text
        while True:
            photo = self.ok("GET", f"/v1/Photo/{place['PhotoId']}")
            if "WatermarkSquare" in photo:
                return photo
            time.sleep(0.05)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    overrides = {
        "photomill.data_dir": str(tmp_path_factory.mktemp("data")),
        "embedders.main": {"use": "descriptor"},
        "images.processes": 1,
        "editing.processes": 1,
        "jobs.retry_delay": 0.01,
        "albums.max_bytes": 400_000,
    }
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        engine.jobs.start()
        yield engine


@pytest.fixture(scope="module")
def make_api(engine: Engine) -> Iterator[Callable[..., Api]]:
    """The API with other settings; callers share one event loop, as those of a real server do."""
    opened: list[TestClient] = []

    def make(secret: str = "", **settings: Any) -> Api:
        settings.setdefault("lookups_per_minute", 0)
        app = create_app(engine, HttpSettings(**settings))
        client = TestClient(app, base_url="http://photos.example", follow_redirects=False)
        client.__enter__()
        opened.append(client)
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        return Api(client, engine, headers)

    yield make
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture(scope="module")
def new_owner(engine: Engine) -> Callable[..., str]:
    """Make an owner with a primary brand; gives the key."""

    def make(name: str = "Ann", timezone: str = "America/Vancouver") -> str:
        return engine.albums.owners.create(name, timezone=timezone).secret

    return make


@pytest.fixture(scope="module")
def api(make_api: Callable[..., Api], new_owner: Callable[..., str]) -> Api:
    """The API as its owner sees it."""
    return make_api(new_owner())


@pytest.fixture
def other(api: Api, new_owner: Callable[..., str]) -> Api:
    """The same as another owner sees it."""
    return api.with_key(new_owner("Bob"))


@pytest.fixture
def make_oauth_client() -> OAuthClient:
    return OAuthClient("shop", "a long secret", ("https://shop.example/back",), "The <shop>")

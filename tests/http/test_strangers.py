"""What strangers can find out or bring about without a key."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from photomill.engine import Engine
from photomill_http.app import create_app
from photomill_http.settings import HttpSettings


@pytest.fixture(scope="module")
def owner(engine: Engine) -> str:
    made = engine.albums.owners.create("Ann")
    if not engine.albums.brands.list_all(made.owner):
        engine.albums.brands.create(made.owner, "Ann", "ann")
    return made.secret


def upload_url(engine: Engine, owner: str, host: str, **settings: Any) -> str:
    client = TestClient(
        create_app(engine, HttpSettings(**settings)), base_url="http://127.0.0.1:8080"
    )
    headers = {"authorization": f"Bearer {owner}", "host": host}
    group = client.post("/v1/Group", headers=headers, json={"Name": "a"}).json()
    path = f"/v1/Group/{group['GroupId']}/Photo"
    added = client.post(path, headers=headers, json={"AddPhotos": 1}).json()["AddedPhotos"]
    return str(added[0]["UploadUrl"]).partition("/v1/")[0]


@pytest.mark.parametrize(
    ("host", "settings", "server"),
    [
        ("localhost:9000", {}, "http://localhost:9000"),
        ("127.0.0.1:8080", {}, "http://127.0.0.1:8080"),
        ("[::1]:8080", {}, "http://[::1]:8080"),
        ("evil.example", {}, "http://127.0.0.1:8080"),
        ("evil.example/x?", {}, "http://127.0.0.1:8080"),
        ("localhost@evil.example", {}, "http://127.0.0.1:8080"),
        ("localhost.evil.example", {}, "http://127.0.0.1:8080"),
        ("a.photos.example", {"allowed_hosts": ("*.photos.example",)}, "http://a.photos.example"),
        ("evilphotos.example", {"allowed_hosts": ("*.photos.example",)}, "http://127.0.0.1:8080"),
        ("any.example", {"allowed_hosts": ("*",)}, "http://any.example"),
        ("evil.example", {"public_url": "https://photos.example/"}, "https://photos.example"),
    ],
)
def test_host_shapes_no_links(
    engine: Engine, owner: str, host: str, settings: dict[str, Any], server: str
) -> None:
    assert upload_url(engine, owner, host, **settings) == server


def test_host_shapes_no_redirects(engine: Engine) -> None:
    app = create_app(engine, HttpSettings())
    client = TestClient(app, base_url="http://127.0.0.1:8080", follow_redirects=False)
    response = client.get("/healthz/", headers={"host": "evil.example"})
    assert "evil" not in response.headers.get("location", "")


def test_metrics_name_collections_to_administrators_only(
    api: Any, make_api: Callable[..., Any]
) -> None:
    api.answer("getRecordCount")
    name = api.headers["collection-id"]
    admin = api.engine.keys.create("admin", scopes={"admin"}).secret
    for authorization, named in (
        ("", False),
        ("Bearer wrong", False),
        (api.headers["Authorization"], api.engine.keys.verify(secret_of(api)).may("admin")),
        (f"Bearer {admin}", True),
    ):
        text = api.client.get("/metrics", headers={"Authorization": authorization}).text
        assert (name in text) == named
        assert "photomill_http_requests" in text


def secret_of(api: Any) -> str:
    return str(api.headers["Authorization"].split()[1])

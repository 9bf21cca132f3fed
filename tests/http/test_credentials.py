"""A name and a password in an address are stored nowhere and answered by nobody."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill_http.app import create_app
from photomill_http.settings import HttpSettings

SECRET = "hunter2"
URL = f"http://me:{SECRET}@127.0.0.1:9/a.jpg"

REQUESTS: list[tuple[str, dict[str, Any], int]] = [
    ("/v1/image/edit", {"input": URL, "operations": {}}, 400),
    ("/v1/image/edit/async", {"input": URL, "operations": {}}, 422),
    ("/v1/image/edit/batch", {"input": [URL], "operations": {}}, 422),
    (
        "/v1/image/edit/async",
        {
            "input": "https://h.example/a.jpg",
            "operations": {"generative": {"style_transfer": {"style_reference_image": URL}}},
        },
        422,
    ),
    ("/v1/group-image", {"input": {"urls": [URL], "totalGroups": 1}}, 400),
    (
        "/v1/group-image",
        {"input": {"urls": ["https://h.example/a.jpg"], "totalGroups": 1}, "callbackUrl": URL},
        400,
    ),
    (
        "/v1/storage/storages",
        {"name": "w", "type": "web_folder", "parameters": {"base_url": URL}},
        422,
    ),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    overrides = {
        "photomill.data_dir": str(tmp_path_factory.mktemp("credentials")),
        "embedders.main": {"use": "descriptor"},
        "fetch.allow": ["127.0.0.0/8"],
        "images.processes": 1,
    }
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        yield engine


@pytest.fixture(scope="module")
def client(engine: Engine) -> TestClient:
    scopes = ["read", "write", "image_editing", "storage", "grouping"]
    key = engine.keys.create("k", owner="ann", scopes=scopes).secret
    app = create_app(engine, HttpSettings())
    return TestClient(app, headers={"Authorization": f"Bearer {key}"})


def stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("place", range(len(REQUESTS)))
def test_no_request_keeps_it(client: TestClient, engine: Engine, place: int) -> None:
    path, body, status = REQUESTS[place]
    response = client.post(path, json=body)
    assert 400 <= response.status_code < 500
    assert response.status_code == status or place == 0
    assert SECRET not in response.text
    assert SECRET.encode() not in stored(engine.settings.data_dir)


def test_a_record_keeps_its_address_without_it(client: TestClient, engine: Engine) -> None:
    made = engine.collections.create("c")
    file = io.BytesIO()
    Image.effect_noise((64, 64), 60).convert("RGB").save(file, "PNG")
    record = {"_id": "1", "_url": URL, "_base64": base64.b64encode(file.getvalue()).decode()}
    headers = {"collection-id": made.id}
    for method, body in (("insert", {"records": [record]}), ("getRecords", {"ids": ["1"]})):
        response = client.post(f"/similarity/photos/v2/{method}", json=body, headers=headers)
        assert SECRET not in response.text
    (kept,) = engine.collections.open(made.id).get(["1"])
    assert kept is not None
    assert kept.attributes["_url"] == "http://127.0.0.1:9/a.jpg"
    assert SECRET.encode() not in stored(engine.settings.data_dir)


def test_a_webhook_with_a_password_is_refused() -> None:
    with pytest.raises(ValueError, match="webhook_secret"):
        HttpSettings(webhook_url=URL)

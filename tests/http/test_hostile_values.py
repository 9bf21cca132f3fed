"""Every parameter that the OpenAPI document names, with numbers, texts and paths that nobody means: never a fault."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from starlette.testclient import TestClient

from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill_http.app import create_app
from photomill_http.openapi import openapi_document
from photomill_http.settings import HttpSettings

Json = Any
Path_ = tuple[str | int, ...]

DOCUMENT = openapi_document()
DIGITS = "<digits>"
"""Stands for an integer of 5000 digits, which Python itself does not write."""
NUMBERS: list[Json] = [
    *(0, -1, 1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, DIGITS),
    *(0.5, 1e308, -1e308, 5e-324, float("nan"), float("inf"), float("-inf")),
]
TEXTS = [
    *("", "0", "-1", "9" * 5000, "1" * 400, "-" + "9" * 5000, "NaN", "1e999", "²", "٣"),
    *("a/" * 2000 + "x.jpg", "../" * 50, "/", "\0", "a" * 30_000, "é" * 300, "%", "\n", "{}", "*"),
    *("storage://originals/" + "a/" * 2000 + "x.jpg", "storage://originals/" + "a" * 300),
    *("storage://results/" + "é" * 600, "http://[", "data:", "#" * 300),
]
OTHERS: list[Json] = [None, True, [], {}, [[[[]]]], {"a": {"b": {}}}, [None], [0] * 300]
HEADERS = [
    *("range", "prefer", "idempotency-key", "x-file-name", "if-none-match", "x-request-id"),
    *("content-type", "authorization", "collection-id", "accept", "x-group-password", "host"),
]
LEFT_OUT = ("/v1-beta1", "/api/v1", "/group-image", "/v1/Upload")
"""Other addresses of the same operations; and one that takes no JSON."""


@frozen
class Place:
    """One value of one operation.

    :ivar where: ``body``, ``query``, ``path`` or ``header``.
    :ivar inner: the way to the value in the body; the name of a parameter elsewhere.
    """

    verb: str
    address: str
    where: str
    inner: Path_

    def __str__(self) -> str:
        return f"{self.verb} {self.address} {self.where} {'.'.join(map(str, self.inner))}"


@frozen
class World:
    client: TestClient
    names: dict[str, str]
    keys: dict[str, str]
    collection: str


def resolved(schema: Json) -> Json:
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = DOCUMENT["components"]["schemas"][name]
    return schema


def leaves(schema: Json, before: Path_ = (), levels: int = 6) -> Iterator[Path_]:
    """The ways to all that a body may hold."""
    schema = resolved(schema)
    yield before
    if levels == 0:
        return
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from (way for way in leaves(choice, before, levels - 1) if way != before)
    for name, inner in schema.get("properties", {}).items():
        yield from leaves(inner, (*before, name), levels - 1)
    if isinstance(schema.get("items"), dict):
        yield from leaves(schema["items"], (*before, 0), levels - 1)


def places() -> Iterator[Place]:
    for address, item in DOCUMENT["paths"].items():
        if address.startswith(LEFT_OUT):
            continue
        for verb, operation in item.items():
            if verb not in ("get", "post", "put", "patch"):
                continue
            for parameter in operation.get("parameters", ()):
                yield Place(verb, address, parameter["in"], (parameter["name"],))
            for header in HEADERS:
                yield Place(verb, address, "header", (header,))
            for media, content in operation.get("requestBody", {}).get("content", {}).items():
                if media == "application/json":
                    for way in dict.fromkeys(leaves(content["schema"])):
                        yield Place(verb, address, "body", way)


PLACES = sorted(set(places()), key=str)
BODIES = [place for place in PLACES if place.where == "body"]


def example(place: Place) -> Json:
    operation = DOCUMENT["paths"][place.address][place.verb]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    text = json.dumps(content.get("example", {}))
    return json.loads(text)


def put(body: Json, way: Path_, value: Json) -> Json:
    """The same with a value at the end of a way, whatever stood in it."""
    if not way:
        return value
    first, *rest = way
    if isinstance(first, int):
        members = list(body) if isinstance(body, list) else []
        inner = members[0] if members else None
        return [put(inner, tuple(rest), value), *members[1:]]
    named: dict[str, Json] = dict(body) if isinstance(body, dict) else {}
    return {**named, first: put(named.get(first), tuple(rest), value)}


def picture() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((60, 40), 80).convert("RGB").save(file, "JPEG")
    return file.getvalue()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("hostile")
    overrides = {
        "photomill.data_dir": str(folder / "data"),
        "embedders.main": {"use": "descriptor"},
        "images.processes": 1,
        "editing.processes": 1,
    }
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        for name in ("originals", "results"):
            (folder / name).mkdir()
            path = str(folder / name)
            engine.storages.operator.create(name, "local", {"path": path})
        (folder / "originals" / "1.jpg").write_bytes(picture())
        yield furnished(engine, folder)


def furnished(engine: Engine, folder: Path) -> World:
    app = create_app(engine, HttpSettings(lookups_per_minute=0, edits_per_minute=0))
    client = TestClient(app, base_url="http://localhost", raise_server_exceptions=False)
    scopes = {"admin", "read", "write", "image_editing", "storage", "grouping"}
    collection = engine.collections.create("hostile")
    owner = engine.albums.owners.create("Ann")
    if not engine.albums.brands.list_all(owner.owner):
        engine.albums.brands.create(owner.owner, "Ann", "ann")
    headers = {"authorization": f"Bearer {owner.secret}"}
    group = client.post("/v1/Group", headers=headers, json={"Name": "a"}).json()
    added = client.post(
        f"/v1/Group/{group['GroupId']}/Photo", headers=headers, json={"AddPhotos": 1}
    ).json()["AddedPhotos"][0]
    sent = client.put(added["UploadUrl"], content=picture())
    assert sent.status_code == 200, sent.text
    keys = {"all": engine.keys.create("all", scopes=scopes).secret, "owner": owner.secret}
    names = {
        "group": group["GroupId"],
        "photo": added["PhotoId"],
        "id": collection.id,
        "task_id": "1",
        "storage_id": "1",
        "brand": "1",
    }
    (folder / "originals" / "a").mkdir()
    return World(client, names, keys, collection.id)


def ask(world: World, place: Place, value: Json) -> tuple[int, str]:
    names = dict(world.names)
    query: dict[str, str] = {}
    owner = place.address.startswith(("/v1/Group", "/v1/Photo", "/v1/Owner", "/v1/Brand"))
    headers = {
        "authorization": f"Bearer {world.keys['owner' if owner else 'all']}",
        "collection-id": world.collection,
    }
    text = value if isinstance(value, str) else json.dumps(value)
    text = text.replace(DIGITS, "9" * 5000)
    body = None
    if place.where == "path":
        names[str(place.inner[0])] = text
    elif place.where == "query":
        query[str(place.inner[0])] = text
    elif place.where == "header":
        headers[str(place.inner[0])] = text.replace("\0", "").replace("\n", "")[:60_000]
    if place.verb != "get":
        document = example(place)
        if place.where == "body":
            document = put(document, place.inner, value)
        written = json.dumps(document).replace(f'"{DIGITS}"', "9" * 5000)
        body = written.replace("storage://photos", "storage://originals").encode()
        headers.setdefault("content-type", "application/json")
    path = place.address
    for name in [part.partition("}")[0] for part in path.split("{")[1:]]:
        path = path.replace(f"{{{name}}}", quote(names.get(name, "12345678"), safe=""))
    raw = {name.encode(): text.encode("utf-8", "replace") for name, text in headers.items()}
    response = world.client.request(
        place.verb.upper(), path[:60_000], params=query, headers=raw, content=body
    )
    return response.status_code, response.text[:300]


def test_the_document_has_places_of_every_kind() -> None:
    assert len(BODIES) > 250
    for contract in ("/similarity", "/admin", "/v1/image/edit", "/v1/group-image", "/v1/Group"):
        assert any(place.address.startswith(contract) for place in BODIES), contract
    assert {place.where for place in PLACES} >= {"body", "query", "path", "header"}


@pytest.mark.parametrize("number", NUMBERS, ids=str)
def test_numbers_everywhere(world: World, number: Json) -> None:
    """Each number at every place where the document has a number or allows anything."""
    for place in BODIES[NUMBERS.index(number) % 3 :: 3]:
        status, text = ask(world, place, number)
        assert status < 500, (str(place), text)


@pytest.mark.parametrize("place", [place for place in PLACES if place.where != "body"], ids=str)
def test_texts_in_addresses_and_headers(world: World, place: Place) -> None:
    shift = PLACES.index(place)
    for value in TEXTS if place.where != "header" else TEXTS[shift % 6 :: 6]:
        status, text = ask(world, place, value)
        assert status < 500 or (status == 503 and "readyz" in place.address), (value[:50], text)


@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow])
@given(
    place=st.sampled_from(BODIES),
    value=st.sampled_from(NUMBERS)
    | st.sampled_from(TEXTS)
    | st.sampled_from(OTHERS)
    | st.integers()
    | st.floats()
    | st.text(max_size=50),
)
def test_anything_anywhere_in_a_body(world: World, place: Place, value: Json) -> None:
    status, text = ask(world, place, value)
    assert status < 500, (str(place), text)

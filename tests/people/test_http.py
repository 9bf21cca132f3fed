"""What the similarity API tells of people: their names, and only where they are asked for."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from photomill import Collection, Engine
from photomill_http.app import create_app
from photomill_http.settings import HttpSettings

from .conftest import Insert


@pytest.fixture
def named(collection: Collection, insert: Insert) -> Collection:
    insert(collection, beach=["Anna"], hills=["Ben"])
    (face,) = collection.people.faces(ids=["beach"])
    collection.people.name(face.person, "Anna")
    return collection


def answered(engine: Engine, collection: Collection, method: str, **body: Any) -> Any:
    """The body of an answer of the API."""
    secret = engine.keys.create("test", owner="tester", scopes={"read", "write", "admin"}).secret
    headers = {"Authorization": f"Token {secret}", "collection-id": collection.info.id}
    client = TestClient(create_app(engine, HttpSettings()))
    response = client.post(f"/similarity/photos/v2/{method}", headers=headers, json=body)
    assert response.status_code in (200, 210, 220), response.text
    return response.json()


def test_names_are_exported_only_where_they_are_asked_for(
    engine: Engine, named: Collection
) -> None:
    folder = engine.collections.export_folder(named.info.id)
    for fields, expected in ((["*"], False), (["_id"], False), (["people"], True)):
        asked = {"fields_to_return": fields, "delete_file_after": False}
        written = folder / answered(engine, named, "allRecords", **asked)["output_file_name"]
        lines = [json.loads(line) for line in written.read_text(encoding="utf-8").splitlines()]
        assert [line.get("people") for line in lines] == (
            [["Anna"], []] if expected else [None, None]
        )
        assert_no_face(named, written)


def test_filters_and_texts_find_people(engine: Engine, named: Collection) -> None:
    found = answered(
        engine, named, "text", query_record={"_text_data": "Anna"}, fields_to_return=["people"]
    )
    assert found["answer_records"] == [{"_id": "beach", "people": ["Anna"]}]
    assert found["statistics"]["channels"] == ["people"]


def assert_no_face(collection: Collection, written: Path) -> None:
    """Neither a crop nor a vector is in a file."""
    data = written.read_bytes()
    for face in collection.people.faces():
        assert collection.people.crop(face.number) not in data
    assert b"vector" not in data

"""What the similarity API tells of the text in images: only where it is asked for, and to filters and words."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from photomill import BytesSource, Collection, Engine, NewRecord
from photomill_http.app import create_app
from photomill_http.settings import HttpSettings

from .drawing import saved, sign, window


@pytest.fixture
def read(collection: Collection) -> Collection:
    images = {"sign": sign("HARBOUR"), "window": window()}
    report = collection.insert(
        [NewRecord(name, BytesSource(saved(image))) for name, image in images.items()]
    )
    assert not report.skipped
    return collection


def answered(engine: Engine, collection: Collection, method: str, **body: Any) -> Any:
    """The body of an answer of the API."""
    secret = engine.keys.create("test").secret
    headers = {"Authorization": f"Token {secret}", "collection-id": collection.info.id}
    client = TestClient(create_app(engine, HttpSettings()))
    response = client.post(f"/similarity/photos/v2/{method}", headers=headers, json=body)
    assert response.status_code in (200, 210, 220), response.text
    return response.json()


def test_texts_are_exported_only_where_they_are_asked_for(engine: Engine, read: Collection) -> None:
    folder = engine.collections.export_folder(read.info.id)
    for fields, expected in (
        (["*"], {}),
        (["_id"], {}),
        (["text", "kind"], {"text": "HARBOUR", "kind": "photo"}),
    ):
        asked = {"fields_to_return": fields, "delete_file_after": False}
        written = folder / answered(engine, read, "allRecords", **asked)["output_file_name"]
        lines = [json.loads(line) for line in written.read_text(encoding="utf-8").splitlines()]
        told = next(line for line in lines if line.get("_id", "sign") == "sign")
        assert {name: told[name] for name in ("text", "kind") if name in told} == expected


def test_words_and_filters_find_what_is_written(engine: Engine, read: Collection) -> None:
    fields = ["kind", "text"]
    found = answered(
        engine, read, "text", query_record={"_text_data": "harbour"}, fields_to_return=fields
    )
    assert found["answer_records"] == [{"_id": "sign", "kind": "photo", "text": "HARBOUR"}]
    assert "text" in found["statistics"]["channels"]
    nothing = answered(
        engine,
        read,
        "text",
        query_record={"_text_data": "harbour"},
        filter={"kind": "screenshot"},
    )
    assert nothing["answer_records"] == []

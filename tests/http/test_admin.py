"""``/admin/v1``: collections and keys."""

from collections.abc import Callable
from typing import Any

import pytest


def admin(api: Any, verb: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": api.headers["Authorization"]}
    return api.client.request(verb, f"/admin/v1/{path}", headers=headers, json=body)


def test_the_life_of_a_collection(api: Any, make_record: Callable[..., Any]) -> None:
    response = admin(
        api,
        "POST",
        "collections",
        {"name": "shop", "index": "exact", "product_field": "product", "max_records": 5},
    )
    assert response.status_code == 201
    made = response.json()
    assert (made["name"], made["embedder"], made["index"]) == ("shop", "main", "exact")
    assert (made["product_field"], made["max_records"]) == ("product", 5)
    assert made in admin(api, "GET", "collections").json()["collections"]

    headers = {**api.headers, "collection-id": made["id"]}
    api.post("insert", {"records": [make_record("1"), make_record("2")]}, headers=headers)
    described = admin(api, "GET", f"collections/{made['id']}").json()
    assert (described["id"], described["records"]) == (made["id"], 2)
    assert described["state"].keys() == {"index", "indexed", "pending", "deleted"}

    cleared = admin(api, "POST", f"collections/{made['id']}/clear")
    assert (cleared.status_code, cleared.json()) == (200, {"removed": 2})
    assert api.post("getRecordCount", headers=headers).json()["answer_count"] == 0
    # What was cleared can be filled again.
    assert api.post("insert", {"records": [make_record("1")]}, headers=headers).status_code == 200

    assert admin(api, "DELETE", f"collections/{made['id']}").status_code == 200
    assert api.post("getRecordCount", headers=headers).status_code == 404
    for verb, path in (("GET", ""), ("DELETE", ""), ("POST", "/clear")):
        response = admin(api, verb, f"collections/{made['id']}{path}")
        assert (response.status_code, response.json()["status"]["code"]) == (404, 404)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "name"),
        ({"name": 3}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x", "embedder": "unknown"}, "unknown"),
        ({"name": "x", "index": "unknown"}, "unknown"),
        ({"name": "x", "max_records": -1}, "max_records"),
        ({"name": "x", "max_records": "many"}, "max_records"),
        ([], "object"),
    ],
)
def test_collections_that_cannot_be_made(api: Any, body: Any, named: str) -> None:
    before = admin(api, "GET", "collections").json()
    response = admin(api, "POST", "collections", body)
    assert response.status_code in {400, 404}, response.text
    assert response.json()["status"]["code"] == response.status_code
    assert named in response.json()["detail"]
    assert admin(api, "GET", "collections").json() == before


def test_the_life_of_a_key(api: Any) -> None:
    own = api.headers["collection-id"]
    response = admin(
        api,
        "POST",
        "keys",
        {"name": "importer", "owner": "shop", "scopes": ["read"], "collections": [own]},
    )
    assert response.status_code == 201
    made = response.json()
    secret = made.pop("key")
    assert (made["scopes"], made["collections"], made["owner"]) == (["read"], [own], "shop")
    assert made["revoked"] is None
    # The client takes longer ones for another kind of token.
    assert len(secret) < 70

    listed = admin(api, "GET", "keys")
    assert made in listed.json()["keys"]
    assert secret not in listed.text

    other = api.with_key(secret)
    assert other.answer("getRecordCount")["answer_count"] == 0
    assert other.post("deleteByFilter", {"delete_all": True}).status_code == 403
    assert admin(api, "DELETE", f"keys/{made['id']}").status_code == 200
    assert other.post("getRecordCount").status_code == 401
    assert admin(api, "DELETE", "keys/unknown").status_code == 404


def test_a_new_key_reads_and_writes_and_does_not_administer(api: Any) -> None:
    made = admin(api, "POST", "keys", {"name": "plain"}).json()
    assert (made["scopes"], made["collections"]) == (["read", "write"], None)
    assert admin(api.with_key(made["key"]), "GET", "collections").status_code == 403


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x", "scopes": ["all"]}, "scopes"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": "read"}, "scopes"),
        ({"name": "x", "collections": ["unknown"]}, "unknown"),
    ],
)
def test_keys_that_cannot_be_made(api: Any, body: Any, named: str) -> None:
    response = admin(api, "POST", "keys", body)
    assert response.status_code == 400, response.text
    assert named in response.json()["detail"]


def test_who_may_administer(api: Any) -> None:
    own = api.headers["collection-id"]
    keys = api.engine.keys
    writer = keys.create("writer", scopes={"read", "write"}).secret
    restricted = keys.create(
        "restricted", scopes={"read", "write", "admin"}, collections={own}
    ).secret
    for secret, expected in ((writer, 403), (restricted, 403), ("wrong", 401)):
        caller = api.with_key(secret)
        for verb, path in (
            ("GET", "collections"),
            ("POST", "collections"),
            ("DELETE", f"collections/{own}"),
            ("POST", f"collections/{own}/clear"),
            ("GET", "keys"),
            ("POST", "keys"),
        ):
            response = admin(caller, verb, path, {"name": "mine"} if verb == "POST" else None)
            assert response.status_code == expected, (verb, path)
            assert response.json()["status"]["code"] == expected
    assert own in {info.id for info in api.engine.collections.list_all()}


def test_unknown_paths_and_verbs(api: Any) -> None:
    assert admin(api, "GET", "unknown").status_code == 404
    response = admin(api, "PUT", "keys")
    assert (response.status_code, response.json()["status"]["code"]) == (405, 405)
    assert set(response.headers["Allow"].split(", ")) >= {"GET", "POST"}

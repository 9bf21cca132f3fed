"""Registering storages."""

from collections.abc import Iterator
from typing import Any

import pytest

BUCKET: dict[str, Any] = {
    "name": "shop",
    "type": "s3",
    "parameters": {
        "bucket": "pictures",
        "path": "/in/",
        "credentials": {"access_key": "AK", "secret_access_key": "very secret"},
    },
}
Json = dict[str, Any]


@pytest.fixture
def bucket(api: Any) -> Iterator[Json]:
    """A registered bucket."""
    made = api.data("POST", "/storage/storages", json=BUCKET)
    yield made
    api.call("DELETE", f"/storage/storages/{made['id']}")


@pytest.mark.parametrize("prefix", ["/v1", "/v1-beta1"])
def test_types(api: Any, prefix: str) -> None:
    response = api.client.get(f"{prefix}/storage/storage-types", headers=api.headers)
    assert response.json() == {"data": ["web_folder", "s3", "gcs"]}


def test_a_new_storage(bucket: Json) -> None:
    assert bucket["name"] == "shop"
    assert bucket["type"] == "s3"
    assert bucket["parameters"] == {
        "bucket": "pictures",
        "path": "/in/",
        "credentials": {"access_key": "AK"},
    }
    assert bucket["created_at"].endswith("+00:00")


def test_secrets_are_never_returned(api: Any, bucket: Json) -> None:
    number = bucket["id"]
    for verb, path, body in (
        ("GET", "/storage/storages", None),
        ("GET", f"/storage/storages/{number}", None),
        ("PATCH", f"/storage/storages/{number}", {"name": "shop"}),
        ("POST", "/storage/storages", BUCKET),
    ):
        assert "very secret" not in api.call(verb, path, json=body).text


def test_a_list_shows_no_credentials(api: Any, bucket: Json) -> None:
    (listed,) = api.data("GET", "/storage/storages")
    assert listed == {**bucket, "parameters": {"bucket": "pictures", "path": "/in/"}}


def test_a_web_folder(api: Any) -> None:
    parameters = {"base_url": "https://photos.example/all", "bucket": None, "path": "x"}
    body = {"name": "site", "type": "web_folder", "parameters": parameters}
    made = api.data("POST", "/storage/storages", json=body)
    assert made["parameters"] == {"base_url": "https://photos.example/all"}
    assert api.data("GET", f"/storage/storages/{made['id']}") == made
    assert api.data("DELETE", f"/storage/storages/{made['id']}") is None
    assert api.refusal("GET", f"/storage/storages/{made['id']}") == (
        404,
        "4004",
        "Storage not found.",
    )


def test_an_address_of_another_service(api: Any) -> None:
    parameters = {**BUCKET["parameters"], "endpoint": "https://s3.example", "region": "here"}
    body = {"name": "elsewhere", "type": "s3", "parameters": parameters}
    response = api.client.post("/v1/storage/storages", json=body, headers=api.headers)
    made = response.json()["data"]
    assert made["parameters"]["endpoint"] == "https://s3.example"
    assert api.data("DELETE", f"/storage/storages/{made['id']}") is None


@pytest.mark.parametrize(
    "change",
    [
        {"type": []},
        {"type": ""},
        {"type": "local"},
        {"name": ""},
        {"parameters": "x"},
        {"parameters": {"bucket": ""}},
        {"parameters": {"credentials": {"secret_access_key": ""}}},
        {"unknown": 1},
    ],
)
def test_wrong_changes(api: Any, bucket: Json, change: Json) -> None:
    path = f"/storage/storages/{bucket['id']}"
    assert api.refusal("PATCH", path, json=change)[:2] == (422, "9000")
    assert api.data("GET", path) == bucket


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": "store"}, {"name": "store"}),
        (
            {"parameters": {"bucket": "other", "credentials": {"secret_access_key": "new"}}},
            {"bucket": "other", "path": "/in/"},
        ),
        ({"parameters": {"path": ""}}, {"bucket": "pictures"}),
        (
            {"parameters": {"credentials": {"access_key": "B"}}},
            {"credentials": {"access_key": "B"}},
        ),
        ({"parameters": {"credentials": {"secret_access_key": "new"}}}, {"bucket": "pictures"}),
        (
            {"type": "gcs", "parameters": {"credentials": {"secret_access_key": "new"}}},
            {"type": "gcs", "bucket": "pictures"},
        ),
        ({}, {"name": "shop"}),
        ({"name": None, "parameters": None}, {"name": "shop"}),
    ],
)
def test_changes(api: Any, bucket: Json, change: Json, expected: Json) -> None:
    path = f"/storage/storages/{bucket['id']}"
    changed = api.data("PATCH", path, json=change)
    assert expected.items() <= {**changed, **changed["parameters"]}.items()
    assert api.data("GET", path) == changed


def test_another_type(api: Any, bucket: Json) -> None:
    path = f"/storage/storages/{bucket['id']}"
    response = api.call("PATCH", path, json={"type": "web_folder", "parameters": {"bucket": "b"}})
    assert response.json()["error_details"] == {"parameters.base_url": ["field required"]}
    change = {"type": "web_folder", "parameters": {"base_url": "https://photos.example"}}
    assert api.data("PATCH", path, json=change)["type"] == "web_folder"


def test_a_name_that_is_taken(api: Any, bucket: Json) -> None:
    assert api.refusal("POST", "/storage/storages", json=BUCKET)[:2] == (409, "4009")
    web = {"name": "free", "type": "web_folder", "parameters": {"base_url": "https://a.example"}}
    made = api.data("POST", "/storage/storages", json=web)
    path = f"/storage/storages/{made['id']}"
    assert api.refusal("PATCH", path, json={"name": "shop"})[:2] == (409, "4009")
    assert api.refusal("PATCH", path, json={"name": "temporary"})[:2] == (409, "4009")
    assert api.data("DELETE", path) is None


def test_the_documented_message(api: Any) -> None:
    body = {
        "name": 51 * "n",
        "type": "s3",
        "parameters": {"bucket": "b", "credentials": {"secret_access_key": "s"}},
    }
    response = api.call("POST", "/storage/storages", json=body)
    assert response.status_code == 422
    assert response.json() == {
        "error_code": "9000",
        "error_type": "validation",
        "error_message": "name: ensure this value has at most 50 characters. "
        "parameters.credentials.access_key: field required.",
        "error_details": {
            "name": ["ensure this value has at most 50 characters"],
            "parameters.credentials.access_key": ["field required"],
        },
    }


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "name"),
        ({**BUCKET, "type": "ftp"}, "type"),
        ({**BUCKET, "type": "local", "parameters": {"path": "/"}}, "type"),
        ({**BUCKET, "name": ""}, "name"),
        ({**BUCKET, "name": "a/b"}, "name"),
        ({**BUCKET, "extra": 1}, "extra"),
        ({**BUCKET, "parameters": []}, "parameters"),
        ({**BUCKET, "parameters": {"bucket": ""}}, "parameters.bucket"),
        ({**BUCKET, "parameters": {"bucket": "b", "acl": "x"}}, "parameters.acl"),
        (
            {"name": "w", "type": "web_folder", "parameters": {"base_url": "storage://a/b"}},
            "parameters.base_url",
        ),
        (
            {
                "name": "w",
                "type": "web_folder",
                "parameters": {"base_url": "https://u:p@a.example"},
            },
            "parameters.base_url",
        ),
    ],
)
def test_faults(api: Any, body: Json, path: str) -> None:
    response = api.call("POST", "/storage/storages", json=body)
    assert response.status_code == 422
    assert path in response.json()["error_details"]


@pytest.mark.parametrize("verb", ["GET", "PATCH", "DELETE"])
def test_nothing_there(api: Any, verb: str) -> None:
    options: Json = {"json": {}} if verb == "PATCH" else {}
    for number in ("999", "99999999999999999999"):
        assert api.refusal(verb, f"/storage/storages/{number}", **options)[:2] == (404, "4004")
    assert api.refusal(verb, "/storage/storages/x", **options) == (
        422,
        "9000",
        "storage_id: value is not a valid integer.",
    )


def test_the_operators_folders_are_not_shown(api: Any) -> None:
    hidden = next(
        info for info in api.engine.storages.operator.list_all() if info.name == "originals"
    )
    assert "originals" not in {each["name"] for each in api.data("GET", "/storage/storages")}
    assert api.refusal("DELETE", f"/storage/storages/{hidden.id}")[0] == 404


def test_a_batch_may_read_and_write_what_was_registered(api: Any, bucket: Json) -> None:
    body = {
        "input": "storage://shop/",
        "operations": {},
        "output": "storage://shop/results/",
    }
    assert api.data("POST", "/image/edit/batch", json=body)["status"] == "ACCEPTED"


def test_a_folder_that_is_taken_away_is_not_shown(api: Any, bucket: Json) -> None:
    path = f"/storage/storages/{bucket['id']}"
    changed = api.data("PATCH", path, json={"parameters": {"path": ""}})
    assert changed["parameters"] == {"bucket": "pictures", "credentials": {"access_key": "AK"}}

"""Who may call the image edit API, how often, and at which addresses."""

from collections.abc import Callable
from typing import Any

import pytest

EVERYWHERE = [
    ("POST", "/image/edit", "image_editing"),
    ("POST", "/image/edit/upload", "image_editing"),
    ("GET", "/image/edit/async", "image_editing"),
    ("POST", "/image/edit/async", "image_editing"),
    ("GET", "/image/edit/async/1", "image_editing"),
    ("DELETE", "/image/edit/async/1", "image_editing"),
    ("POST", "/image/edit/batch", "image_editing"),
    ("GET", "/image/edit/batch/1", "image_editing"),
    ("POST", "/image/edit/batch/1/pause", "image_editing"),
    ("POST", "/image/edit/batch/1/resume", "image_editing"),
    ("GET", "/capabilities", "image_editing"),
    ("GET", "/storage/storage-types", "storage"),
    ("GET", "/storage/storages", "storage"),
    ("POST", "/storage/storages", "storage"),
    ("GET", "/storage/storages/1", "storage"),
    ("PATCH", "/storage/storages/1", "storage"),
    ("DELETE", "/storage/storages/1", "storage"),
]


# ---------------------------------------------------------------- keys


@pytest.mark.parametrize(("verb", "path"), [each[:2] for each in EVERYWHERE])
@pytest.mark.parametrize("prefix", ["/v1", "/v1-beta1"])
@pytest.mark.parametrize("header", [None, "Bearer wrong"])
def test_no_good_key(api: Any, prefix: str, verb: str, path: str, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    response = api.client.request(verb, prefix + path, headers=headers)
    assert response.status_code == 401
    assert response.json() == {
        "error_code": "111",
        "error_type": "auth",
        "error_message": "Authorization is required.",
        "error_details": {},
    }
    assert response.headers["x-request-id"]


@pytest.mark.parametrize(("verb", "path", "scope"), EVERYWHERE)
def test_scopes(api: Any, verb: str, path: str, scope: str) -> None:
    other = "storage" if scope == "image_editing" else "image_editing"
    stranger = api.with_key(api.engine.keys.create("x", scopes={"read", "write", other}).secret)
    status, code, message = stranger.refusal(verb, path)
    assert (status, code) == (403, "112")
    assert scope in message


def test_administrators_may_do_everything(api: Any) -> None:
    administrator = api.with_key(api.engine.keys.create("boss", scopes={"admin"}).secret)
    assert administrator.data("GET", "/capabilities")
    assert "s3" in administrator.data("GET", "/storage/storage-types")


# ---------------------------------------------------------------- rates


def test_every_answer_tells_of_the_limit(make_api: Callable[..., Any]) -> None:
    api = make_api(edits_per_minute=5)
    remaining = []
    for path in ("/capabilities", "/storage/storages", "/image/edit/batch/x"):
        response = api.call("GET", path)
        assert response.headers["RateLimit-Limit"] == "5, 5;w=60"
        assert 1 <= int(response.headers["RateLimit-Reset"]) <= 60
        remaining.append(response.headers["RateLimit-Remaining"])
    assert remaining == ["4", "3", "2"]


def test_too_many_requests(make_api: Callable[..., Any]) -> None:
    api = make_api(edits_per_minute=2)
    statuses = [api.call("GET", "/capabilities").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    response = api.call("POST", "/image/edit", json={})
    assert response.headers["RateLimit-Remaining"] == "-1"
    assert int(response.headers["Retry-After"]) >= 1
    error = response.json()
    assert error.pop("detail") == error
    assert error == {
        "error_code": "2001",
        "error_type": "general",
        "error_message": "Too Many Requests. Rate limit exceeded.",
        "error_details": {},
    }
    other = api.engine.keys.create("other", scopes={"image_editing"})
    assert api.with_key(other.secret).call("GET", "/capabilities").status_code == 200


def test_no_limit(make_api: Callable[..., Any]) -> None:
    api = make_api(edits_per_minute=0)
    assert "RateLimit-Limit" not in api.call("GET", "/capabilities").headers


# ---------------------------------------------------------------- calls a day


def test_the_calls_of_a_day(make_api: Callable[..., Any]) -> None:
    api = make_api(edits_per_day=2)
    body = {"input": api.write("a.png"), "operations": {}}
    assert api.data("POST", "/image/edit", json=body)
    assert api.data("POST", "/image/edit/batch", json=body)
    # What is wrong with a request is told for nothing.
    assert api.refusal("POST", "/image/edit", json={})[0] == 422
    for path in ("/image/edit", "/image/edit/async", "/image/edit/batch"):
        response = api.call("POST", path, json=body)
        assert response.status_code == 402
        assert response.json() == {
            "error_code": "3001",
            "error_type": "billing",
            "error_message": "No API calls left.",
            "error_details": {},
        }
    parts = {"file": ("a.png", b"picture"), "data": (None, "{}")}
    assert api.refusal("POST", "/image/edit/upload", files=parts)[:2] == (402, "3001")
    assert api.data("GET", "/image/edit/batch")
    other = api.engine.keys.create("other", scopes={"image_editing"})
    assert api.with_key(other.secret).data("POST", "/image/edit", json=body)


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("verb", "path", "status", "code"),
    [
        ("POST", "/process", 404, "1404"),
        ("GET", "/tasks/1", 404, "1404"),
        ("GET", "/image/edit", 405, "1405"),
        ("PUT", "/storage/storages/1", 405, "1405"),
    ],
)
@pytest.mark.parametrize("prefix", ["/v1", "/v1-beta1"])
def test_nothing_there(api: Any, prefix: str, verb: str, path: str, status: int, code: str) -> None:
    response = api.client.request(verb, prefix + path, headers=api.headers)
    assert (response.status_code, response.json()["error_code"]) == (status, code)
    assert response.headers["content-type"].startswith("application/json")
    assert status != 405 or response.headers["Allow"]

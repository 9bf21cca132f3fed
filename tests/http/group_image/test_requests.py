"""What is refused before anything is fetched: the document's faults, word for word."""

from typing import Any

import pytest

from photomill.engine import Engine

from .conftest import Caller, NewCaller

URLS = ["http://127.0.0.1:9/a.jpg", "http://127.0.0.1:9/b.jpg", "http://127.0.0.1:9/c.jpg"]
NO_URLS = "Please provide the image URL as an input"
NO_JSON = "Request body is not a valid JSON"
MISSING = "Request parameter `url` is missing"
NO_NUMBER = "totalGroups must be a positive integer"
TOO_MANY_WANTED = "minImagesPerGroup × totalGroups exceeds the number of images"
TOO_FEW_WANTED = "maxImagesPerGroup × totalGroups is less than the number of images"


def asking(**given: Any) -> dict[str, Any]:
    return {"input": {"urls": URLS, "totalGroups": 2, **given}}


REFUSED: list[tuple[Any, str]] = [
    (b"", NO_JSON),
    (b"{", NO_JSON),
    (b'{"input": NaN}', NO_JSON),
    (b"\xff", NO_JSON),
    ([], NO_JSON),
    ({}, MISSING),
    ({"input": None}, MISSING),
    ({"input": []}, MISSING),
    ({"input": {"totalGroups": 2}}, MISSING),
    ({"input": {"urls": None, "totalGroups": 2}}, MISSING),
    (asking(urls=[]), NO_URLS),
    (asking(urls="http://a/"), NO_URLS),
    (asking(urls=[1]), NO_URLS),
    (asking(urls=[""]), NO_URLS),
    ({"input": {"url": 3, "totalGroups": 1}}, NO_URLS),
    (asking(totalGroups=None), NO_NUMBER),
    ({"input": {"urls": URLS}}, NO_NUMBER),
    (asking(totalGroups=0), NO_NUMBER),
    (asking(totalGroups=-1), NO_NUMBER),
    (asking(totalGroups="2"), NO_NUMBER),
    (asking(totalGroups=True), NO_NUMBER),
    (asking(totalGroups=2.5), NO_NUMBER),
    (b'{"input": {"urls": ["http://a/"], "totalGroups": 1e400}}', NO_JSON),
    (asking(minImagesPerGroup=0), "minImagesPerGroup must be a positive integer"),
    (asking(maxImagesPerGroup=0), "maxImagesPerGroup must be a positive integer"),
    (
        asking(minImagesPerGroup=2, maxImagesPerGroup=1),
        "maxImagesPerGroup is less than minImagesPerGroup",
    ),
    (asking(minImagesPerGroup=2), TOO_MANY_WANTED),
    (asking(totalGroups=4, minImagesPerGroup=1), TOO_MANY_WANTED),
    (asking(maxImagesPerGroup=1), TOO_FEW_WANTED),
    (asking(urls=URLS * 17), "urls must not be more than 50"),
    (asking(mode="smell"), "mode must be one of visual, time, time+visual, sequence"),
    (asking(collection="c"), "Give one of urls, collection and storage, not several"),
    (
        {"input": {"storage": "storage://folder"}},
        "storage must be a folder: storage://name/folder/",
    ),
    (
        {"input": {"collection": 3}},
        "collection must be the id of a collection, or an object with id and filter",
    ),
    (
        {"input": {"storage": "storage://a/", "recursive": "yes"}},
        "recursive must be true or false",
    ),
    *(
        (asking() | {"callbackUrl": url}, "callbackUrl must be an http or https URL")
        for url in ("", "ftp://example.org/", "example.org", "http://", "http://[", 3)
    ),
]


@pytest.mark.parametrize(("body", "detail"), REFUSED)
def test_the_first_mistake_is_named(caller: Caller, body: Any, detail: str) -> None:
    response = caller.post(body)
    assert response.json() == {"status": 404, "title": "invalidInput", "detail": detail}
    assert response.status_code == 400
    assert response.headers["content-type"].startswith("application/json")


def test_the_literal_reading_answers_404(new_caller: NewCaller) -> None:
    assert new_caller(group_image_errors="doc").post({}).status_code == 404


def test_a_key_is_needed(caller: Caller, new_caller: NewCaller) -> None:
    response = caller.post(asking(), headers={"Authorization": "Bearer wrong"})
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    assert response.json() == {
        "status": 401,
        "title": "unauthorized",
        "detail": "Authorization is required",
    }
    response = new_caller(scopes=("read", "write")).post(asking())
    assert (response.status_code, response.json()["title"]) == (403, "forbidden")


def test_a_key_may_call_so_often(new_caller: NewCaller) -> None:
    hasty = new_caller(requests_per_minute=1)
    assert hasty.get("unknown").status_code == 404
    response = hasty.get("unknown")
    assert (response.status_code, response.json()["title"]) == (429, "tooManyRequests")
    assert int(response.headers["retry-after"]) > 0


def test_a_large_body_is_refused(new_caller: NewCaller) -> None:
    response = new_caller(body_limit=100).post(asking())
    assert (response.status_code, response.json()["title"]) == (413, "requestTooLarge")


def test_a_full_queue_is_said(
    caller: Caller, working: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working.jobs, "unfinished", lambda kind: 1000)
    response = caller.post(asking())
    assert (response.status_code, response.json()["title"]) == (429, "tooManyRequests")
    assert response.headers["retry-after"]


def test_other_verbs_are_refused(caller: Caller) -> None:
    for method, path, allowed in (
        ("GET", "/v1/group-image", "POST"),
        ("POST", "/v1/group-image/x", "GET, DELETE"),
    ):
        response = caller.client.request(method, path, headers=dict(caller.headers))
        assert response.status_code == 405
        assert set(allowed.split(", ")) <= set(response.headers["allow"].split(", "))
        assert response.json()["title"] == "methodNotAllowed"
    response = caller.client.get("/v1/group-image/a/b", headers=dict(caller.headers))
    assert (response.status_code, response.json()["title"]) == (404, "notFound")


def test_an_unexpected_error_says_nothing_of_itself(
    caller: Caller, working: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working.jobs, "unfinished", None)
    response = caller.post(asking())
    assert response.status_code == 500
    assert response.json()["title"] == "internalError"
    assert "NoneType" not in response.text


def test_folders_and_collections_need_their_own_rights(caller: Caller, working: Engine) -> None:
    collection = working.collections.create("photos").id
    for given in (
        {"collection": collection},
        {"storage": "storage://originals/"},
        {"urls": ["storage://originals/a.jpg"], "totalGroups": 1},
    ):
        response = caller.post({"input": given})
        assert (response.status_code, response.json()["title"]) == (403, "forbidden")

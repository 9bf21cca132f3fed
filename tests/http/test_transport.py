"""Everything about a call but the method: keys, collections, verbs, bodies, statuses, headers."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from photomill.editing.request import EditRequest
from photomill_http.logs import JsonFormatter

QUERY = {"query_record": {"_id": "1"}, "k": 1}


# ---------------------------------------------------------------- keys


@pytest.mark.parametrize("scheme", ["Token ", "token ", "Bearer ", "JWT ", "", "  Token   "])
def test_schemes(gallery: Any, scheme: str) -> None:
    secret = gallery.headers["Authorization"].split()[1]
    headers = {**gallery.headers, "Authorization": scheme + secret}
    assert gallery.post("visualKNN", QUERY, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "header", [None, "", "Token", "Token wrong", "Basic {}", "Token {} more", "Token {}x"]
)
def test_no_good_key(gallery: Any, header: str | None) -> None:
    secret = gallery.headers["Authorization"].split()[1]
    headers = {"collection-id": gallery.headers["collection-id"]}
    if header is not None:
        headers["Authorization"] = header.format(secret)
    response = gallery.post("visualKNN", QUERY, headers=headers)
    assert response.status_code == 401
    assert response.json()["status"]["code"] == 401
    assert isinstance(response.json()["detail"], str)
    assert response.headers["WWW-Authenticate"]


def test_a_revoked_key(gallery: Any) -> None:
    made = gallery.engine.keys.create("short-lived")
    assert gallery.with_key(made.secret).post("visualKNN", QUERY).status_code == 200
    gallery.engine.keys.revoke(made.key.id)
    response = gallery.with_key(made.secret).post("visualKNN", QUERY)
    assert (response.status_code, response.json()["detail"]) == (401, "Invalid token.")


def test_a_key_that_may_only_read(api: Any, make_record: Callable[..., Any]) -> None:
    api.answer("insert", records=[make_record("1")])
    reader = api.with_key(api.engine.keys.create("reader", scopes={"read"}).secret)
    assert reader.ids("find", filter={}) == ["1"]
    for method in ("insert", "nearDupsInsert", "update", "delete", "deleteByFilter"):
        response = reader.post(method, {"records": [{"_id": "1"}], "delete_all": True})
        assert response.status_code == 403
        assert response.json()["status"]["text"] == "forbidden"
        assert response.json()["detail"]
    assert api.ids("allRecords") == ["1"]


def test_a_key_of_another_collection(gallery: Any, api: Any) -> None:
    own = api.headers["collection-id"]
    secret = gallery.engine.keys.create("restricted", collections={own}).secret
    restricted = gallery.with_key(secret)
    response = restricted.post("visualKNN", QUERY)
    assert (response.status_code, response.json()["status"]["text"]) == (403, "forbidden")
    assert api.with_key(secret).answer("getRecordCount")["answer_count"] == 0


def test_authorize(gallery: Any) -> None:
    url, body = (
        "/authorization/v2/authorize",
        {"service": "photo-search", "call_type": "authenticate"},
    )
    headers = {"Authorization": gallery.headers["Authorization"]}
    answer = gallery.client.post(url, json=body, headers=headers)
    assert (answer.status_code, answer.json()["user_id"]) == (200, "tester")
    assert answer.json()["status"]["code"] == 200
    refused = gallery.client.post(url, json=body, headers={"Authorization": "Token wrong"})
    assert (refused.status_code, refused.json()["detail"]) == (401, "Invalid token.")
    assert "user_id" not in refused.json()


def test_too_many_calls(make_api: Callable[..., Any]) -> None:
    api = make_api(requests_per_minute=20)
    statuses = [api.post("getRecordCount").status_code for _ in range(4)]
    assert statuses == [200, 200, 429, 429]
    response = api.post("getRecordCount")
    assert int(response.headers["Retry-After"]) >= 1
    assert response.json()["detail"]
    other = api.with_key(api.engine.keys.create("other").secret)
    assert other.post("getRecordCount").status_code == 200


def test_a_call_that_is_begun_twice_counts_once(make_api: Callable[..., Any]) -> None:
    api = make_api(requests_per_minute=40)
    query = {"query_record": {"_id": "a"}, "filter": {"colour": "red"}}
    statuses = [api.post("visualKNN", query).status_code for _ in range(5)]
    assert statuses[-1] == 429
    assert 429 not in statuses[:4]


def test_no_key_is_logged(gallery: Any, caplog: pytest.LogCaptureFixture) -> None:
    secret = gallery.headers["Authorization"].split()[1]
    headers = {**gallery.headers, "User-Agent": f"Ximilar Client/Python: {secret[:5]}"}
    with caplog.at_level(logging.DEBUG):
        gallery.post("visualKNN", QUERY, headers=headers)
        gallery.post("visualKNN", b"{", headers=headers)
        gallery.post("visualKNN", QUERY, headers={**headers, "Authorization": f"X {secret}"})
    formatter = JsonFormatter()
    lines = [formatter.format(line) for line in caplog.records if line.name.startswith("photomill")]
    assert len(lines) >= 3
    assert json.loads(lines[0])["status"] == 200
    assert not any(secret in line or "Ximilar Client" in line for line in lines)


# ---------------------------------------------------------------- collections


def test_no_collection(gallery: Any) -> None:
    headers = {"Authorization": gallery.headers["Authorization"]}
    response = gallery.post("visualKNN", QUERY, headers=headers)
    assert (response.status_code, response.json()["status"]["code"]) == (400, 402)
    assert "collection-id" in response.json()["status"]["error_description"]


@pytest.mark.parametrize("header", ["collection-id", "collection"])
def test_an_unknown_collection(gallery: Any, header: str) -> None:
    headers = {"Authorization": gallery.headers["Authorization"], header: "unknown"}
    response = gallery.post("visualKNN", QUERY, headers=headers)
    assert (response.status_code, response.json()["status"]["code"]) == (404, 402)
    assert "unknown" in response.json()["status"]["error_description"]


def test_a_collection_by_its_name(gallery: Any) -> None:
    collections = gallery.engine.collections
    own = collections.create("by name")
    headers = {"Authorization": gallery.headers["Authorization"], "collection": "by name"}
    response = gallery.post("getRecordCount", headers=headers)
    assert (response.status_code, response.json()["answer_count"]) == (200, 0)
    assert response.headers["Deprecation"] == "true"

    both = {**headers, "collection-id": gallery.headers["collection-id"]}
    response = gallery.post("getRecordCount", headers=both)
    assert response.json()["answer_count"] == 12
    assert "Deprecation" not in response.headers

    collections.create("by name")
    response = gallery.post("getRecordCount", headers=headers)
    assert (response.status_code, response.json()["status"]["code"]) == (400, 402)
    # A key that sees one of them only has no doubt.
    secret = gallery.engine.keys.create("one", collections={own.id}).secret
    response = gallery.post(
        "getRecordCount", headers={**headers, "Authorization": f"Token {secret}"}
    )
    assert response.status_code == 200


# ---------------------------------------------------------------- paths and verbs


@pytest.mark.parametrize(
    "path",
    [
        "/similarity/photos/v2/visualKNN",
        "/similarity/products-new/v2/visualKNN/",
        "/photo/search/v2/visualKNN",
        "/image_matching/v2/visualKNN",
        "/v2/visualKNN",
        "/a/b/c/d/v2/visualKNN/",
    ],
)
def test_any_prefix(gallery: Any, path: str) -> None:
    response = gallery.client.post(
        path, json=QUERY, headers=dict(gallery.headers), follow_redirects=False
    )
    assert response.status_code == 200
    assert response.json()["answer_records"] == [{"_id": "1"}]


@pytest.mark.parametrize("path", ["/similarity/photos/v2/unknown", "/nowhere", "/v2", "/v2/a/b"])
def test_unknown_paths(gallery: Any, path: str) -> None:
    response = gallery.client.post(path, json={}, headers=dict(gallery.headers))
    assert (response.status_code, response.json()["status"]["code"]) == (404, 404)


@pytest.mark.parametrize(
    ("method", "verb", "allowed"),
    [
        ("visualKNN", "GET", "POST"),
        ("insert", "PUT", "POST"),
        ("getRecordCount", "DELETE", "GET, POST"),
        ("ping", "PATCH", "GET, POST"),
    ],
)
def test_wrong_verbs(gallery: Any, method: str, verb: str, allowed: str) -> None:
    url = f"{gallery.prefix}/{method}"
    response = gallery.client.request(verb, url, headers=dict(gallery.headers))
    assert (response.status_code, response.json()["status"]["code"]) == (405, 405)
    assert response.headers["Allow"] == allowed


# ---------------------------------------------------------------- bodies


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"3",
        b'{"k": NaN}',
        b'{"k": Infinity}',
        b'\xff\xfe{"k": 1}',
        b'{"a": "\xc3\x28"}',
        b'{"query_record": {"_id": "1"}} {}',
        b"[" * 100_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b"_id=1&k=3",
    ],
)
def test_bodies_that_are_none(gallery: Any, body: bytes) -> None:
    response = gallery.post("visualKNN", body)
    assert response.status_code == 400, response.text
    status = response.json()["status"]
    assert (status["code"], status["text"]) == (402, "aborted by error")
    assert status["error_description"]
    assert "Traceback" not in response.text


@pytest.mark.parametrize("body", [None, b"", b"  \n", b"{}"])
def test_an_empty_body_is_an_empty_object(gallery: Any, body: bytes | None) -> None:
    assert gallery.post("allRecords", body).json()["answer_count"] == 12
    assert gallery.post("ping", body).status_code == 200


def test_unknown_parameters_are_ignored(gallery: Any) -> None:
    answer = gallery.answer("visualKNN", **QUERY, custom_flow="x", extract_tags=None, deep=[{}])
    assert answer["answer_count"] == 1


def test_null_counts_as_not_given(gallery: Any) -> None:
    nothing = dict.fromkeys(("from_", "filter", "radius", "fields_to_return", "product_field"))
    assert gallery.ids("visualKNN", **QUERY, **nothing) == ["1"]


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_limit(make_api: Callable[..., Any], announced: bool) -> None:
    api = make_api(body_limit=1000)
    content: Any = b" " * 2000 if announced else iter([b" " * 600] * 3)
    response = api.client.post(
        f"{api.prefix}/getRecordCount", content=content, headers=dict(api.headers)
    )
    assert (response.status_code, response.json()["status"]["code"]) == (413, 402)


def test_too_many_records(make_api: Callable[..., Any]) -> None:
    api = make_api(max_records=2)
    records = [{"_id": str(number)} for number in range(3)]
    for method in ("insert", "nearDupsInsert", "get", "update", "delete"):
        assert api.refusal(method, records=records)[:2] == (413, 402)
    assert api.refusal("visualRankRecords", query_record={"_id": "1"}, records=records)[:2] == (
        413,
        402,
    )
    assert api.refusal("visualKNNMulti", query_records=records)[:2] == (413, 402)


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("mapped", [200, 200, 409, 403, 400]),
        ("always200", [200, 200, 200, 200, 200]),
        ("mirror", [210, 205, 411, 403, 402]),
    ],
)
def test_http_statuses(
    make_api: Callable[..., Any],
    make_record: Callable[..., Any],
    mode: str,
    expected: list[int],
) -> None:
    api = make_api(http_status_mode=mode)
    calls = [
        ("insert", {"records": [make_record("1")]}),
        ("get", {"records": [{"_id": "1"}]}),
        ("insert", {"records": [make_record("1")]}),
        ("visualKNN", {"query_record": {"_id": "none"}}),
        ("visualKNN", {}),
    ]
    responses = [api.post(method, body) for method, body in calls]
    assert [response.status_code for response in responses] == expected
    codes = [response.json()["status"]["code"] for response in responses]
    assert codes == [210, 205, 411, 403, 402]


def test_content_type(gallery: Any) -> None:
    for response in (gallery.post("visualKNN", QUERY), gallery.post("visualKNN", b"{")):
        assert response.headers["Content-Type"] == "application/json;charset=UTF-8"


def test_request_ids(gallery: Any) -> None:
    for given, kept in (("from-caller.1", True), ("bad id\t", False), ("x" * 65, False)):
        response = gallery.post("ping", headers={"X-Request-ID": given})
        assert (response.headers["X-Request-ID"] == given) == kept
    first, second = (gallery.post("ping").headers["X-Request-ID"] for _ in range(2))
    assert first != second


def test_cors(make_api: Callable[..., Any]) -> None:
    origin = {"Origin": "https://shop.example"}
    preflight = {
        **origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,collection-id",
    }
    api = make_api(cors_origins=("https://shop.example",))
    url = f"{api.prefix}/visualKNN"
    allowed = api.client.options(url, headers=preflight)
    assert allowed.status_code == 200
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "collection-id" in allowed.headers["Access-Control-Allow-Headers"].lower()
    other = api.client.get(f"{api.prefix}/ping", headers={"Origin": "https://other.example"})
    assert "Access-Control-Allow-Origin" not in other.headers

    closed = make_api().client.get(f"{api.prefix}/ping", headers=origin)
    assert "Access-Control-Allow-Origin" not in closed.headers


def test_unexpected_errors_show_no_stack_trace(
    api: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(type(api.collection), "count", broken)
    with caplog.at_level(logging.ERROR):
        response = api.post("getRecordCount", headers={**api.headers, "X-Request-ID": "broken-1"})
    assert (response.status_code, response.json()["status"]["code"]) == (500, 500)
    assert response.json()["status"]["text"] == "unknown error"
    assert isinstance(response.json()["statistics"]["OperationTime"], int)
    assert "secret" not in response.text
    assert response.headers["X-Request-ID"] == "broken-1"
    assert "a secret detail" in caplog.text


# ---------------------------------------------------------------- operation


def test_health_readiness_and_metrics(gallery: Any) -> None:
    assert gallery.client.get("/healthz").json()["status"] == "ok"
    ready = gallery.client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ok")
    assert ready.json()["parts"]["catalog"]["ok"]
    gallery.answer("visualKNN", **QUERY)
    metrics = gallery.client.get("/metrics")
    assert metrics.headers["Content-Type"].startswith("text/plain")
    assert "visualKNN" in metrics.text


def test_metrics_tell_of_jobs_and_of_the_disk(make_api: Any) -> None:
    api = make_api()
    job = api.engine.editing.submit(["http://127.0.0.1/a.jpg"], EditRequest())
    kind = job.kind
    text = api.client.get("/metrics", headers=api.headers).text
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if line[:1] not in ("", "#"))
    assert float(values["photomill_disk_free_bytes"]) > 0
    assert float(values[f'photomill_jobs{{kind="{kind}",state="accepted"}}']) >= 1
    assert float(values[f'photomill_job_oldest_seconds{{kind="{kind}"}}']) >= 0
    assert "photomill_deliveries_pending" in values
    api.engine.jobs.cancel(job.number)

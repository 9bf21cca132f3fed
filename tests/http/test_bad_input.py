"""What a careless or hostile caller sends: a clear error, nothing lost, the server goes on."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

PARAMETERS: dict[str, dict[str, Any]] = {
    "insert": {"records": []},
    "nearDupsInsert": {"records": [], "radius": 5.0, "fields_to_return": ["*"]},
    "get": {"records": []},
    "update": {"records": []},
    "delete": {"records": []},
    "find": {"filter": {}, "limit": 1, "from": 0, "skip": 0},
    "random": {"count": 1, "seed": 1, "filter": {}},
    "getRecordCount": {"filter": {}, "facet": "colour"},
    "allRecords": {"filter": {}, "output_file_name": "x", "delete_file_after": True},
    "deleteByFilter": {"filter": {"a": 1}, "delete_all": False},
    "visualKNN": {
        "query_record": {"_id": "1"},
        "k": 1,
        "from": 0,
        "radius": 1.0,
        "filter": {},
        "product_field": "product",
        "fields_to_return": ["_id"],
        "diversity": 0.5,
        "ranking": "visual",
    },
    "visualTagsKNN": {"query_record": {"_id": "1"}, "tags_weight": 0.5},
    "visualKNNMulti": {"query_records": [{"_id": "1"}], "aggregate": "min"},
    "range": {"query_record": {"_id": "1"}, "radius": 1.0},
    "nearDuplicates": {"query_record": {"_id": "1"}, "radius": 1.0},
    "allNearDupPairs": {"radius": 1.0, "k": 1, "from": 0, "clusters": False},
    "visualRankRecords": {"query_record": {"_id": "1"}, "records": []},
}
WRONG: dict[type, list[Any]] = {
    list: ["text", 3, {"a": 1}, True],
    dict: ["text", 3, [1], True],
    str: [3, [1], {"a": 1}, True],
    int: ["3", 1.5, [1], {"a": 1}, True],
    float: ["3", [1], {"a": 1}, True],
    bool: ["true", 1, [1], {"a": 1}],
}
TYPED = [(method, name) for method, given in PARAMETERS.items() for name in given]


@pytest.mark.parametrize(("method", "name"), TYPED)
def test_parameters_of_a_wrong_type(gallery: Any, method: str, name: str) -> None:
    given = PARAMETERS[method]
    for wrong in WRONG[type(given[name])]:
        response = gallery.post(method, {**given, name: wrong})
        status = response.json()["status"]
        assert (response.status_code, status["code"]) == (400, 402), (wrong, response.text)
        assert status["text"] == "aborted by error"
        assert name in status["error_description"], (wrong, status)


@pytest.mark.parametrize("method", sorted(PARAMETERS))
def test_fields_to_return_of_a_wrong_type(gallery: Any, method: str) -> None:
    if method in {"getRecordCount", "deleteByFilter"}:
        return
    for wrong in ("_id", 3, {"a": 1}, [3], [["_id"]]):
        body = {**PARAMETERS[method], "fields_to_return": wrong}
        assert gallery.refusal(method, **body)[:2] == (400, 402)


def test_every_mistake_is_named_at_once(gallery: Any) -> None:
    _, _, description = gallery.refusal("visualKNN", k="x", radius=-1, diversity=7)
    for name in ("query_record", "k", "radius", "diversity"):
        assert name in description


# ---------------------------------------------------------------- images


def pictures(make_picture: Callable[..., bytes], encode: Callable[[bytes], str]) -> dict[str, Any]:
    good = make_picture("good", form="JPEG")
    return {
        "not base64": "!!!not base64!!!",
        "half base64": encode(good)[:41],
        "empty": "",
        "only a prefix": "data:image/png;base64,",
        "no image": encode(b"plain text, and not an image"),
        "zero bytes": encode(bytes(1000)),
        "truncated": encode(good[: len(good) // 4]),
        "a program": encode(b"\x7fELF" + bytes(500)),
        "vector graphics": encode(
            b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
        ),
        "a number": 12,
        "a list": ["AAAA"],
    }


def test_bad_pictures_do_not_stop_the_others(
    api: Any,
    make_picture: Callable[..., bytes],
    make_record: Callable[..., Any],
    as_base64: Callable[[bytes], str],
) -> None:
    bad = pictures(make_picture, as_base64)
    records = [{"_id": name, "_base64": content} for name, content in bad.items()]
    records.insert(5, make_record("good"))
    answer = api.answer("insert", records=records)
    assert answer["status"] == {"code": 211, "text": "some records inserted"}
    assert answer["answer_records"] == [{"_id": "good"}]
    assert {skipped["_id"] for skipped in answer["skipped_records"]} == set(bad)
    for skipped in answer["skipped_records"]:
        status = skipped["_reason"]["status"]
        assert (status["code"], status["text"]) == (402, "aborted by error")
        assert status["error_description"]
        assert "/" not in status["error_description"]
    assert api.ids("allRecords") == ["good"]


def test_a_bad_picture_as_query(
    gallery: Any, make_picture: Callable[..., bytes], as_base64: Callable[[bytes], str]
) -> None:
    for name, content in pictures(make_picture, as_base64).items():
        response = gallery.post("visualKNN", {"query_record": {"_base64": content}})
        assert response.json()["status"]["code"] in {402, 403}, name
        assert response.status_code in {400, 403}, name
        assert response.json()["status"]["error_description"], name


def test_records_that_are_none(api: Any, make_record: Callable[..., Any]) -> None:
    records = [None, 3, "text", [], {}, make_record("good"), {"_base64": "AAAA"}]
    answer = api.answer("insert", records=records)
    assert answer["answer_records"] == [{"_id": "good"}]
    assert len(answer["skipped_records"]) == 6
    assert all(skip["_reason"]["status"]["code"] == 402 for skip in answer["skipped_records"])
    for method in ("get", "update", "delete"):
        assert api.refusal(method, records=[None])[:2] == (400, 402)


@pytest.mark.parametrize(
    "address", ["127.0.0.1:1", "localhost:1", "10.0.0.1", "169.254.169.254", "[::1]"]
)
def test_private_addresses_are_not_reached(api: Any, address: str) -> None:
    response = api.post("insert", {"records": [{"_id": "1", "_url": f"http://{address}/a.png"}]})
    assert response.status_code == 400
    (skipped,) = response.json()["skipped_records"]
    status = skipped["_reason"]["status"]
    assert (status["code"], skipped["_id"]) == (402, "1")
    assert status["error_description"]
    query = {"query_record": {"_url": f"http://{address}/a.png"}}
    assert api.refusal("visualKNN", **query)[:2] == (403, 403)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.com/a.png", "nonsense", "", "http://"]
)
def test_urls_that_nothing_serves(api: Any, url: str) -> None:
    response = api.post("insert", {"records": [{"_id": "1", "_url": url}]})
    assert (response.status_code, response.json()["status"]["code"]) == (400, 402)
    (skipped,) = response.json()["skipped_records"]
    assert skipped["_reason"]["status"]["code"] == 402


def test_files_are_not_read(api: Any, picture_file: Path) -> None:
    for path in (str(picture_file), "/etc/passwd", "../../etc/passwd", "\0", "/dev/zero"):
        response = api.post("insert", {"records": [{"_id": "1", "_file": path}]})
        (skipped,) = response.json()["skipped_records"]
        assert (response.status_code, skipped["_reason"]["status"]["code"]) == (400, 402)
        assert api.refusal("visualKNN", query_record={"_file": path})[:2] == (403, 403)


# ---------------------------------------------------------------- filters


def nested(depth: int) -> dict[str, Any]:
    filter: dict[str, Any] = {"a": 1}
    for _ in range(depth):
        filter = {"$and": [filter]}
    return filter


@pytest.mark.parametrize(
    ("filter", "named"),
    [
        ({"a": {"$near": 3}}, "$near"),
        ({"$where": "sleep(1)"}, "$where"),
        ({"a": {"$in": 3}}, "$in"),
        ({"$or": []}, "$or"),
        ({"$and": {"a": 1}}, "$and"),
        ({"a": {"$not": 5}}, "$not"),
        ({"a": {"$regex": "("}}, "$regex"),
        (nested(30), "20"),
        ({"$or": [{"a": number} for number in range(2000)]}, "1000"),
    ],
)
@pytest.mark.parametrize("method", ["find", "visualKNN", "deleteByFilter", "allNearDupPairs"])
def test_wrong_filters(gallery: Any, method: str, filter: Any, named: str) -> None:
    body = {**PARAMETERS[method], "filter": filter}
    http_status, code, description = gallery.refusal(method, **body)
    assert (http_status, code) == (400, 402)
    assert named in description
    assert gallery.answer("getRecordCount")["answer_count"] == 12


def test_a_regular_expression_that_would_never_end(gallery: Any) -> None:
    filter = {"colour": {"$regex": "^(([a-z])+.)+[A-Z]([a-z])+$"}}
    assert gallery.ids("find", filter=filter) == []


# ---------------------------------------------------------------- sizes


def test_ids_of_10_kilobytes(api: Any, make_record: Callable[..., Any]) -> None:
    long = "x" * 10_000
    answer = api.answer("insert", records=[make_record(long), make_record("good")])
    assert answer["answer_records"] == [{"_id": "good"}]
    assert "512" in answer["skipped_records"][0]["_reason"]["status"]["error_description"]
    for method in ("get", "update", "delete"):
        assert api.refusal(method, records=[{"_id": long}])[1] in {402, 404}
    assert api.refusal("visualKNN", query_record={"_id": long})[1] in {402, 403}


def test_100_000_records_in_one_call(api: Any) -> None:
    records = [{"_id": str(number)} for number in range(100_000)]
    for method in ("insert", "get", "update", "delete"):
        http_status, code, description = api.refusal(method, records=records)
        assert (http_status, code) == (413, 402)
        assert "1000" in description


@pytest.mark.parametrize(
    "identity", ["é\n\tx", "a/b?c#d", "\ud7ff", "\U0001d518", " ", "$ne", "a.b", "'; --"]
)
def test_odd_ids(api: Any, make_record: Callable[..., Any], identity: str) -> None:
    assert api.ids("insert", records=[make_record(identity)]) == [identity]
    assert api.ids("get", records=[{"_id": identity}]) == [identity]
    assert api.ids("find", filter={"_id": identity}) == [identity]
    assert api.ids("visualKNN", query_record={"_id": identity}) == [identity]
    assert api.ids("delete", records=[{"_id": identity}]) == [identity]


def test_lone_surrogates_are_refused(api: Any) -> None:
    response = api.post("get", b'{"records": [{"_id": "\\ud800"}]}')
    assert (response.status_code, response.json()["status"]["code"]) == (400, 402)


def test_numbers_beyond_64_bits(api: Any, make_record: Callable[..., Any]) -> None:
    big = 2**70
    api.post("insert", {"records": [make_record("1", big=big), make_record("2", small=1)]})
    assert "2" in api.ids("allRecords")
    assert api.ids("find", filter={"small": {"$lt": big}}) == ["2"]
    assert api.refusal("find", filter={}, limit=big)[:2] == (400, 402)
    assert api.refusal("random", seed=big)[:2] == (400, 402)


def _jpeg() -> bytes:
    file = io.BytesIO()
    PIL.Image.effect_noise((96, 160), 60).convert("RGB").save(file, "JPEG")
    return file.getvalue()


def test_a_truncated_picture_is_inserted_with_a_note(
    api: Any, as_base64: Callable[..., str]
) -> None:
    whole = _jpeg()
    cut = whole[:-2]
    answer = api.answer("insert", records=[{"_id": "cut", "_base64": as_base64(cut)}])
    assert answer["notes"] == [
        {"_id": "cut", "notes": ["The file ends too early; no row of pixels is missing."]}
    ]
    assert "notes" not in api.answer("insert", records=[{"_id": "b", "_base64": as_base64(whole)}])
    for end in (b"", b"\xff\xd9"):
        half = whole[: len(whole) * 2 // 3] + end
        body = api.post("insert", {"records": [{"_id": "half", "_base64": as_base64(half)}]}).json()
        (skipped,) = body["skipped_records"]
        said = skipped["_reason"]["status"]["error_description"]
        assert "the file ends too early" in said

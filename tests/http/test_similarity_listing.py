"""ping, find, random, getRecordCount, allRecords."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EVERYONE = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "8-jpeg", "8-twin", "9"]


# ---------------------------------------------------------------- find


def test_find_in_the_order_of_insertion(gallery: Any) -> None:
    answer = gallery.answer("find", filter={})
    assert answer["status"] == {"code": 200, "text": "OK"}
    assert [found["_id"] for found in answer["answer_records"]] == EVERYONE[:10]
    assert answer["answer_count"] == 10
    assert answer["answer_records"][1] == {
        "_id": "1",
        "number": 1,
        "colour": "green",
        "tags": ["odd", "single"],
        "product": "p0",
    }


def test_find_a_page(gallery: Any) -> None:
    assert gallery.ids("find", filter={}, limit=2, from_=3) == ["3", "4"]
    assert gallery.ids("find", filter={}, limit=2, skip=3) == ["3", "4"]
    assert gallery.ids("find", filter={}, limit=0) == []
    assert gallery.ids("find", filter={}, limit=10_000) == EVERYONE
    assert gallery.ids("find", filter={}, from_=100) == []


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"colour": "red"}, ["0", "3", "6"]),
        ({"number": {"$gte": 7, "$lt": 80}}, ["7", "8"]),
        ({"$gte": {"number": "80"}}, ["8-jpeg", "8-twin"]),
        ({"tags": "Even"}, ["8-jpeg"]),
        ({"_id": {"$in": ["9", "2"]}}, ["2", "9"]),
        ({"number": None}, ["9"]),
        ({"$not": {"number": {"$exists": True}}}, ["9"]),
        ({"$or": [{"number": 0}, {"$and": [{"colour": "blue"}, {"number": 5}]}]}, ["0", "5"]),
    ],
)
def test_find_by_filter(gallery: Any, filter: dict[str, Any], expected: list[str]) -> None:
    assert gallery.ids("find", filter=filter) == expected


def test_find_needs_a_filter(gallery: Any) -> None:
    http_status, code, description = gallery.refusal("find")
    assert (http_status, code) == (400, 402)
    assert "filter" in description


@pytest.mark.parametrize("limit", [-1, 10_001, 1.5, "2", True])
def test_find_with_a_limit_that_is_none(gallery: Any, limit: Any) -> None:
    http_status, code, description = gallery.refusal("find", filter={}, limit=limit)
    assert (http_status, code) == (400, 402)
    assert "limit" in description


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (["number"], {"_id": "1", "number": 1}),
        (["_id"], {"_id": "1"}),
        ([], {"_id": "1"}),
        (["unknown", "_base64"], {"_id": "1"}),
        (["colour", "*"], {"_id": "1", "number": 1, "colour": "green", "product": "p0"}),
    ],
)
def test_fields_to_return(gallery: Any, fields: list[str], expected: dict[str, Any]) -> None:
    (found,) = gallery.answer("find", filter={"_id": "1"}, fields_to_return=fields)[
        "answer_records"
    ]
    found.pop("tags", None)
    assert found == expected


# ---------------------------------------------------------------- random


def test_random_gives_one_whole_record(gallery: Any) -> None:
    answer = gallery.answer("random", filter={"_id": "5"})
    assert answer["status"] == {"code": 200, "text": "OK"}
    (found,) = answer["answer_records"]
    assert (found["_id"], found["number"]) == ("5", 5)


def test_random_repeats_none(gallery: Any) -> None:
    assert sorted(gallery.ids("random", count=1000)) == EVERYONE
    some = gallery.ids("random", count=6)
    assert len(set(some)) == 6
    assert set(gallery.ids("random", count=5, filter={"colour": "red"})) == {"0", "3", "6"}
    assert gallery.ids("random", count=0) == []


def test_random_with_a_seed(gallery: Any) -> None:
    chosen = [gallery.ids("random", count=6, seed=seed) for seed in (1, 1, 2, 3, 4)]
    assert chosen[0] == chosen[1]
    assert len({tuple(ids) for ids in chosen}) > 1


# ---------------------------------------------------------------- getRecordCount


def test_count(gallery: Any) -> None:
    answer = gallery.answer("getRecordCount")
    assert answer.pop("statistics").keys() == {"OperationTime"}
    assert answer == {"status": {"code": 200, "text": "OK"}, "answer_count": 12}
    assert gallery.answer("getRecordCount", filter={"colour": "red"})["answer_count"] == 3


def test_count_by_get(gallery: Any) -> None:
    url = f"{gallery.prefix}/getRecordCount"
    response = gallery.client.get(url, headers=dict(gallery.headers))
    assert response.status_code == 200
    assert response.json()["answer_count"] == 12


def test_count_by_value(gallery: Any) -> None:
    answer = gallery.answer("getRecordCount", facet="colour")
    assert answer["facet"] == [
        {"value": "blue", "count": 3},
        {"value": "green", "count": 3},
        {"value": "red", "count": 3},
    ]
    tags = gallery.answer("getRecordCount", facet="tags", filter={"number": {"$lt": 9}})["facet"]
    assert tags == [
        {"value": "single", "count": 9},
        {"value": "even", "count": 5},
        {"value": "odd", "count": 4},
    ]


# ---------------------------------------------------------------- allRecords


def test_all_records_at_once(gallery: Any) -> None:
    answer = gallery.answer("allRecords")
    assert answer["answer_records"] == [{"_id": identity} for identity in EVERYONE]
    assert answer["answer_count"] == 12
    assert "next" not in answer
    assert "output_file_name" not in answer
    assert gallery.ids("allRecords", filter={"colour": "red"}) == ["0", "3", "6"]


@pytest.mark.parametrize(("size", "pages"), [(5, [5, 5, 2]), (6, [6, 6]), (12, [12]), (99, [12])])
def test_next_is_there_exactly_while_more_pages_remain(
    gallery: Any, size: int, pages: list[int]
) -> None:
    seen: list[str] = []
    for page, count in enumerate(pages, start=1):
        answer = gallery.answer(f"allRecords?size={size}&page={page}", fields_to_return=["number"])
        assert answer["answer_count"] == count
        assert ("next" in answer) == (page < len(pages))
        seen += [found["_id"] for found in answer["answer_records"]]
    assert seen == EVERYONE
    assert gallery.ids(f"allRecords?size={size}&page={len(pages) + 1}") == []


def test_next_can_be_followed(gallery: Any) -> None:
    url: str | None = f"{gallery.prefix}/allRecords?size=5"
    seen = []
    while url is not None:
        answer = gallery.client.post(url, headers=dict(gallery.headers)).json()
        seen += [found["_id"] for found in answer["answer_records"]]
        url = answer.get("next")
    assert seen == EVERYONE


@pytest.mark.parametrize(
    "query", ["size=x", "size=-1", "size=1.5", "size=3&page=x", "size=9999999999"]
)
def test_a_page_that_is_none(gallery: Any, query: str) -> None:
    assert gallery.refusal(f"allRecords?{query}")[:2] == (400, 402)


def test_files_of_unlike_collections_lie_apart_in_the_data_folder(
    make_api: Callable[..., Any],
    make_record: Callable[..., dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    written = []
    for identity in ("1", "2"):
        api = make_api()
        api.answer("insert", records=[make_record(identity)])
        answer = api.answer("allRecords", output_file_name="some.json", delete_file_after=False)
        assert answer["output_file_name"] == "some.json"
        folder = api.engine.settings.data_dir / "exports" / api.collection.info.id
        written.append((folder / "some.json").read_text())
    assert written == ['{"_id":"1"}\n', '{"_id":"2"}\n']
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_a_name_gets_one_and_old_ones_give_way(
    make_api: Callable[..., Any], make_record: Callable[..., dict[str, Any]]
) -> None:
    api = make_api()
    api.answer("insert", records=[make_record("1")])
    names = [
        api.answer("allRecords", delete_file_after=False)["output_file_name"] for _ in range(101)
    ]
    assert len(set(names)) == 101
    folder = api.engine.settings.data_dir / "exports" / api.collection.info.id
    assert {file.name for file in folder.iterdir()} == set(names[1:])
    api.engine.collections.delete(api.collection.info.id)
    assert not folder.exists()


def test_the_output_file_is_below_the_configured_folder(
    make_api: Callable[..., Any],
    make_record: Callable[..., dict[str, Any]],
    tmp_path: Path,
) -> None:
    exports = tmp_path / "exports"
    api = make_api(export_dir=str(exports))
    api.answer("insert", records=[make_record("1", a="é"), make_record("2")])
    parameters = {"output_file_name": "../../some.json", "fields_to_return": ["*"]}
    api.answer("allRecords", **parameters)
    assert not exports.exists() or list(exports.iterdir()) == []

    api.answer("allRecords", **parameters, delete_file_after=False)
    lines = (exports / "some.json").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [{"_id": "1", "a": "é"}, {"_id": "2"}]
    assert list(tmp_path.iterdir()) == [exports]
    for name in ("..", "", "/", ".hidden", "\0"):
        refused = api.refusal("allRecords", output_file_name=name, delete_file_after=False)
        assert refused[:2] == (400, 402)


# ---------------------------------------------------------------- ping


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_ping_asks_for_nothing(gallery: Any, verb: str) -> None:
    response = gallery.client.request(verb, f"{gallery.prefix}/ping")
    assert response.status_code == 200
    assert response.json()["status"] == {"code": 200, "text": "OK"}
    assert isinstance(response.json()["info"], str)
    assert isinstance(response.json()["statistics"]["OperationTime"], int)

"""insert, nearDupsInsert, get, update, delete, deleteByFilter."""

from collections.abc import Callable
from typing import Any

import pytest

Record = Callable[..., dict[str, Any]]


def status_of(answer: dict[str, Any]) -> tuple[int, str]:
    return answer["status"]["code"], answer["status"]["text"]


def reasons(answer: dict[str, Any]) -> dict[str, tuple[int, str]]:
    return {skipped["_id"]: status_of(skipped["_reason"]) for skipped in answer["skipped_records"]}


# ---------------------------------------------------------------- insert


def test_all_inserted(api: Any, make_record: Record) -> None:
    answer = api.answer("insert", records=[make_record("1"), make_record("2")])
    assert status_of(answer) == (210, "records inserted")
    assert answer["answer_records"] == [{"_id": "1"}, {"_id": "2"}]
    assert answer["answer_count"] == 2
    assert answer["skipped_records"] == []
    assert isinstance(answer["statistics"]["OperationTime"], int)


def test_some_are_duplicates(api: Any, make_record: Record) -> None:
    api.answer("insert", records=[make_record("1")])
    answer = api.answer("insert", records=[make_record("1"), make_record("2")])
    assert status_of(answer) == (211, "record(s) duplicate")
    assert answer["answer_records"] == [{"_id": "2"}]
    assert reasons(answer) == {"1": (211, "record(s) duplicate")}


def test_some_are_not_inserted_for_another_reason(api: Any, make_record: Record) -> None:
    answer = api.answer("insert", records=[{"_id": "none"}, make_record("2")])
    assert status_of(answer) == (211, "some records inserted")
    assert reasons(answer) == {"none": (402, "aborted by error")}


def test_all_are_duplicates(api: Any, make_record: Record) -> None:
    api.answer("insert", records=[make_record("1")])
    response = api.post("insert", {"records": [make_record("1")]})
    answer = response.json()
    assert (response.status_code, *status_of(answer)) == (409, 411, "record duplicate")
    assert (answer["answer_count"], answer["answer_records"]) == (0, [])
    assert reasons(answer) == {"1": (211, "record(s) duplicate")}


def test_none_is_inserted_for_another_reason(api: Any, make_record: Record) -> None:
    response = api.post("insert", {"records": [{"_id": "1"}, {"_id": "2", "_base64": "AAAA"}]})
    assert (response.status_code, *status_of(response.json())) == (400, 402, "aborted by error")
    assert set(reasons(response.json())) == {"1", "2"}


def test_a_collection_of_limited_size(make_api: Callable[..., Any], make_record: Record) -> None:
    api = make_api(collection={"max_records": 1})
    answer = api.answer("insert", records=[make_record("1"), make_record("2")])
    assert status_of(answer) == (211, "some records inserted")
    assert reasons(answer) == {"2": (412, "hard capacity exceeded")}
    response = api.post("insert", {"records": [make_record("3")]})
    assert (response.status_code, *status_of(response.json())) == (
        507,
        412,
        "hard capacity exceeded",
    )
    assert response.json()["answer_records"] == []
    assert set(reasons(response.json())) == {"3"}


def test_of_one_id_given_twice_the_first_wins(api: Any, make_record: Record) -> None:
    answer = api.answer(
        "insert",
        records=[make_record("1", place="first"), make_record("1", "other", place="second")],
    )
    assert status_of(answer) == (211, "record(s) duplicate")
    (kept,) = api.answer("get", records=[{"_id": "1"}])["answer_records"]
    assert kept["place"] == "first"


def test_a_number_as_id_becomes_its_decimal_string(api: Any, make_record: Record) -> None:
    assert api.ids("insert", records=[make_record(7)]) == ["7"]
    assert api.ids("get", records=[{"_id": "7"}]) == ["7"]


@pytest.mark.parametrize("identity", [True, None, {"a": 1}, ["1"], "é" * 257, ""])
def test_an_id_that_is_none(api: Any, make_record: Record, identity: Any) -> None:
    answer = api.answer("insert", records=[make_record(identity, "a"), make_record("good")])
    assert api.ids("allRecords") == ["good"]
    (skipped,) = answer["skipped_records"]
    assert skipped["_reason"]["status"]["code"] == 402
    assert "_id" in skipped["_reason"]["status"]["error_description"]


def test_an_id_of_512_bytes(api: Any, make_record: Record) -> None:
    identity = "é" * 256
    assert api.ids("insert", records=[make_record(identity, "a")]) == [identity]


def test_what_is_stored_of_a_record(api: Any, make_record: Record) -> None:
    attributes = {"_estate": [1, {"deep": None}], "_file": "a.jpg", "tags": "one", "price": 1.5}
    dropped = {"noresize": True, "_img_data": "x", "_color_space": "RGB", "_distance": 3}
    api.answer("insert", records=[make_record("1", **attributes, **dropped)])
    (stored,) = api.answer("get", records=[{"_id": "1"}])["answer_records"]
    assert stored == {"_id": "1", **attributes, "tags": ["one"]}


@pytest.mark.parametrize(
    "attributes", [{"a.b": 1}, {"$a": 1}, {"tags": 3}, {"tags": ["a", 1]}, {"tags": {"a": 1}}]
)
def test_attributes_that_are_refused(
    api: Any, make_record: Record, attributes: dict[str, Any]
) -> None:
    answer = api.answer("insert", records=[make_record("1", **attributes), make_record("2")])
    assert reasons(answer) == {"1": (402, "aborted by error")}
    (name,) = attributes
    (skipped,) = answer["skipped_records"]
    assert name in skipped["_reason"]["status"]["error_description"]


def test_which_fields_come_back(api: Any, make_record: Record) -> None:
    records = [make_record("1", a=1, b=2)]
    answer = api.answer("insert", records=records, fields_to_return=["a", "unknown"])
    assert answer["answer_records"] == [{"_id": "1", "a": 1}]


def test_base64_with_its_data_prefix(api: Any, make_record: Record) -> None:
    one = make_record("1")
    one["_base64"] = "data:image/png;base64," + one["_base64"]
    assert api.ids("insert", records=[one]) == ["1"]


@pytest.mark.parametrize(
    ("form", "options"), [("JPEG", {}), ("TIFF", {}), ("WEBP", {"lossless": True}), ("GIF", {})]
)
def test_formats(
    api: Any,
    make_picture: Callable[..., bytes],
    as_base64: Callable[[bytes], str],
    form: str,
    options: dict[str, Any],
) -> None:
    encoded = as_base64(make_picture("1", form=form, **options))
    assert api.ids("insert", records=[{"_id": "1", "_base64": encoded}]) == ["1"]


# ---------------------------------------------------------------- nearDupsInsert


def test_near_duplicates_are_refused_with_their_twins(api: Any, make_record: Record) -> None:
    api.answer("insert", records=[make_record("1", name="one")])
    answer = api.answer(
        "nearDupsInsert",
        records=[make_record("2", "1"), make_record("3"), make_record("1", "new")],
        radius=0.5,
    )
    assert status_of(answer) == (211, "record(s) duplicate")
    assert answer["answer_records"] == [{"_id": "3"}]
    twin, plain = sorted(
        answer["skipped_records"], key=lambda skipped: skipped["_id"], reverse=True
    )
    assert twin["_id"] == "2"
    assert status_of(twin["_reason"]) == (211, "record(s) duplicate")
    assert twin["_reason"]["answer_distances"] == [0.0]
    assert twin["_reason"]["answer_count"] == 1
    (shown,) = twin["_reason"]["answer_records"]
    assert (shown["_id"], shown["name"]) == ("1", "one")
    assert plain["_reason"] == {"status": {"code": 211, "text": "record(s) duplicate"}}


def test_near_duplicates_within_one_call(api: Any, make_record: Record) -> None:
    answer = api.answer(
        "nearDupsInsert",
        records=[make_record("1"), make_record("2", "1")],
        fields_to_return=["_id"],
    )
    assert answer["answer_records"] == [{"_id": "1"}]
    (skipped,) = answer["skipped_records"]
    assert [twin["_id"] for twin in skipped["_reason"]["answer_records"]] == ["1"]


def test_how_near_a_near_duplicate_is(api: Any, make_record: Record) -> None:
    api.answer("insert", records=[make_record("1")])
    assert api.ids("nearDupsInsert", records=[make_record("2")], radius=0) == ["2"]
    response = api.post("nearDupsInsert", {"records": [make_record("3")], "radius": 1000})
    assert (response.status_code, *status_of(response.json())) == (409, 411, "record duplicate")
    (skipped,) = response.json()["skipped_records"]
    distances = skipped["_reason"]["answer_distances"]
    assert len(distances) == 2
    assert distances == sorted(distances)


# ---------------------------------------------------------------- get, update, delete


@pytest.mark.parametrize("partial", [206, 213])
def test_get(make_api: Callable[..., Any], make_record: Record, partial: int) -> None:
    api = make_api(partial_code=partial)
    api.answer("insert", records=[make_record("1", a=1), make_record("2", a=2)])

    answer = api.answer("get", records=[{"_id": "2"}, {"_id": "1"}, {"_id": "2"}])
    assert status_of(answer) == (205, "records found")
    assert answer["answer_records"] == [{"_id": "2", "a": 2}, {"_id": "1", "a": 1}]

    answer = api.answer("get", records=[{"_id": "3"}, {"_id": 1}], fields_to_return=[])
    assert status_of(answer) == (partial, "some of the records not found")
    assert answer["answer_records"] == [{"_id": "1"}]
    assert reasons(answer) == {"3": (404, "records not found")}

    response = api.post("get", {"records": [{"_id": "3"}]})
    assert (response.status_code, *status_of(response.json())) == (404, 404, "records not found")
    assert response.json()["answer_records"] == []
    assert reasons(response.json()) == {"3": (404, "records not found")}


def test_update_merges(api: Any, make_record: Record) -> None:
    api.answer("insert", records=[make_record("1", a=1, b=2, tags=["x"])])
    before = api.answer("visualKNN", query_record={"_id": "1"})["answer_distances"]
    change = {**make_record("1", "other"), "a": None, "c": [3], "_url": "http://example.com/x"}
    answer = api.answer("update", records=[change])
    assert status_of(answer) == (205, "records found")
    assert answer["answer_records"] == [{"_id": "1", "a": None, "b": 2, "tags": ["x"], "c": [3]}]
    assert api.answer("visualKNN", query_record={"_id": "1"})["answer_distances"] == before


def test_update_takes_attributes_away(api: Any, make_record: Record) -> None:
    api.answer("insert", records=[make_record("1", a=1, b=2)])
    answer = api.answer("update", records=[{"_id": "1", "$unset": ["a", "never there"]}])
    assert answer["answer_records"] == [{"_id": "1", "b": 2}]
    assert api.refusal("update", records=[{"_id": "1", "$unset": "b"}])[:2] == (400, 402)


def test_update_of_what_is_not_there(api: Any, make_record: Record) -> None:
    api.answer("insert", records=[make_record("1")])
    answer = api.answer("update", records=[{"_id": "1", "a": 1}, {"_id": "2", "a": 1}])
    assert status_of(answer) == (206, "some of the records not found")
    assert reasons(answer) == {"2": (404, "records not found")}
    assert api.refusal("update", records=[{"_id": "2"}])[:2] == (404, 404)


def test_delete(api: Any, make_record: Record) -> None:
    api.answer("insert", records=[make_record(str(number)) for number in range(3)])
    answer = api.answer("delete", records=[{"_id": "0", "whole": "record"}])
    assert status_of(answer) == (220, "records deleted")
    assert answer["answer_records"] == [{"_id": "0"}]

    answer = api.answer("delete", records=[{"_id": "0"}, {"_id": 1}])
    assert status_of(answer) == (206, "some of the records not found")
    assert answer["answer_records"] == [{"_id": "1"}]
    assert reasons(answer) == {"0": (404, "records not found")}

    assert api.refusal("delete", records=[{"_id": "0"}])[:2] == (404, 404)
    assert api.ids("allRecords") == ["2"]
    assert api.ids("visualKNN", query_record={"_id": "2"}) == ["2"]


def test_delete_by_filter(api: Any, make_record: Record) -> None:
    api.answer("insert", records=[make_record(str(number), number=number) for number in range(4)])
    answer = api.answer("deleteByFilter", filter={"number": {"$gte": 2}})
    assert status_of(answer) == (220, "records deleted")
    assert (answer["answer_records"], answer["answer_count"]) == ([{"_id": "2"}, {"_id": "3"}], 2)
    assert api.refusal("deleteByFilter", filter={"number": 9})[:2] == (404, 404)


@pytest.mark.parametrize("body", [{}, {"filter": {}}, {"filter": None}, {"delete_all": False}])
def test_everything_is_not_deleted_by_accident(
    api: Any, make_record: Record, body: dict[str, Any]
) -> None:
    api.answer("insert", records=[make_record("1")])
    http_status, code, description = api.refusal("deleteByFilter", **body)
    assert (http_status, code) == (400, 402)
    assert "delete_all" in description
    assert api.answer("deleteByFilter", delete_all=True)["answer_count"] == 1

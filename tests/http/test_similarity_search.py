"""visualKNN and its kin."""

from collections.abc import Callable
from typing import Any

import pytest

RANKED = ["visualKNN", "visual_search", "visualTagsKNN", "range", "nearDuplicates"]
FOUND_BY_8 = ["8", "8-twin", "8-jpeg"]


@pytest.fixture
def extra(request: pytest.FixtureRequest) -> dict[str, Any]:
    return {"radius": 100} if request.node.callspec.params["method"] == "range" else {}


def distances(api: Any, method: str, **parameters: Any) -> dict[str, float]:
    answer = api.answer(method, **parameters)
    ids = [found["_id"] for found in answer["answer_records"]]
    return dict(zip(ids, answer["answer_distances"], strict=True))


# ---------------------------------------------------------------- visualKNN


def test_a_ranked_answer(gallery: Any) -> None:
    answer = gallery.answer("visualKNN", query_record={"_id": "8"}, k=3)
    assert answer["status"] == {"code": 200, "text": "OK"}
    assert answer["answer_records"] == [{"_id": identity} for identity in FOUND_BY_8]
    assert answer["answer_distances"][:2] == [0.0, 0.0]
    assert 0 < answer["answer_distances"][2] < 15
    assert answer["answer_count"] == 3
    assert isinstance(answer["statistics"]["OperationTime"], int)


def test_nearest_first_and_ties_by_id(gallery: Any) -> None:
    answer = gallery.answer("visualKNN", query_record={"_id": "8-twin"})
    assert answer["answer_count"] == 12
    order = [
        (distance, found["_id"])
        for distance, found in zip(
            answer["answer_distances"], answer["answer_records"], strict=True
        )
    ]
    assert order == sorted(order)
    assert all(round(distance, 6) == distance for distance, _ in order)


def test_by_picture(
    gallery: Any, make_picture: Callable[..., bytes], as_base64: Callable[[bytes], str]
) -> None:
    encoded = as_base64(make_picture("4"))
    answer = gallery.answer("visualKNN", query_record={"_base64": encoded}, k=1)
    assert answer["answer_records"] == [{"_id": "4"}]
    assert answer["answer_distances"] == [0.0]
    # An id that is not stored may come with an image, as the real client sends them.
    assert gallery.ids("visualKNN", query_record={"_id": "new", "_base64": encoded}, k=1) == ["4"]


def test_30_by_default(make_api: Callable[..., Any], make_record: Callable[..., Any]) -> None:
    api = make_api()
    api.answer(
        "insert", records=[make_record(str(number), str(number % 3)) for number in range(32)]
    )
    assert api.answer("visualKNN", query_record={"_id": "1"})["answer_count"] == 30
    assert api.answer("visualKNNMulti", query_records=[{"_id": "1"}])["answer_count"] == 30
    assert api.answer("range", query_record={"_id": "1"}, radius=1000)["answer_count"] == 32


def test_pages_are_stable(gallery: Any) -> None:
    whole = gallery.ids("visualKNN", query_record={"_id": "3"})
    pages = [
        gallery.ids("visualKNN", query_record={"_id": "3"}, k=5, from_=start)
        for start in (0, 5, 10, 2**62)
    ]
    assert [len(page) for page in pages] == [5, 5, 2, 0]
    assert [identity for page in pages for identity in page] == whole
    assert gallery.answer("visualKNN", query_record={"_id": "3"}, k=0)["answer_records"] == []


@pytest.mark.parametrize("name", ["k", "from"])
@pytest.mark.parametrize("value", [-1, 1.5, "3", True, [3]])
def test_numbers_that_are_none(gallery: Any, name: str, value: Any) -> None:
    response = gallery.post("visualKNN", {"query_record": {"_id": "3"}, name: value})
    assert response.status_code == 400, response.text
    status = response.json()["status"]
    assert (status["code"], status["text"]) == (402, "aborted by error")
    assert name in status["error_description"]


def test_k_is_bounded(gallery: Any) -> None:
    assert gallery.answer("visualKNN", query_record={"_id": "3"}, k=10_000)["answer_count"] == 12
    assert gallery.refusal("visualKNN", query_record={"_id": "3"}, k=10_001)[:2] == (400, 402)


def test_filtered(gallery: Any) -> None:
    found = gallery.ids("visualKNN", query_record={"_id": "8"}, filter={"colour": "red"})
    assert set(found) == {"0", "3", "6"}
    assert gallery.ids("visualKNN", query_record={"_id": "8"}, filter={"colour": "none"}) == []


def test_within_a_radius(gallery: Any) -> None:
    assert set(gallery.ids("visualKNN", query_record={"_id": "8"}, radius=0)) == {"8", "8-twin"}


def test_what_makes_an_index_look_harder_is_accepted(gallery: Any) -> None:
    for value in (0, 1, 1e9, 50.5, -3):
        for name in ("cand_set_size", "approx_param"):
            assert gallery.ids("visualKNN", query_record={"_id": "8"}, k=1, **{name: value}) == [
                "8"
            ]


def test_fields_of_found_records(gallery: Any) -> None:
    answer = gallery.answer(
        "visualKNN", query_record={"_id": "3"}, k=1, fields_to_return=["colour"]
    )
    assert answer["answer_records"] == [{"_id": "3", "colour": "red"}]
    whole = gallery.answer("visualKNN", query_record={"_id": "3"}, k=1, fields_to_return=["*"])
    assert whole["answer_records"][0]["product"] == "p1"


def test_one_record_for_each_product(gallery: Any) -> None:
    parameters = {"query_record": {"_id": "8"}, "product_field": "product"}
    answer = gallery.answer("visualKNN", **parameters, fields_to_return=["product", "_group_size"])
    products = [found.get("product") for found in answer["answer_records"]]
    assert answer["answer_records"][0] == {"_id": "8", "product": "p4", "_group_size": 3}
    assert sorted(products, key=str) == [None, "p0", "p1", "p2", "p3", "p4"]
    whole = gallery.ids("visualKNN", **parameters)
    pages = [gallery.ids("visualKNN", **parameters, k=2, from_=start) for start in (0, 2, 4)]
    assert [identity for page in pages for identity in page] == whole
    assert len(gallery.ids("range", **parameters, radius=1000)) == 6


def test_the_collections_own_product_field(
    make_api: Callable[..., Any], make_record: Callable[..., Any]
) -> None:
    api = make_api(collection={"product_field": "product"})
    api.answer("insert", records=[make_record(str(number), product="one") for number in range(3)])
    assert api.ids("visualKNN", query_record={"_id": "1"}) == ["1"]
    assert len(api.ids("visualKNN", query_record={"_id": "1"}, product_field="")) == 3


def test_diversity(gallery: Any) -> None:
    found = gallery.ids("visualKNN", query_record={"_id": "8"}, k=3, diversity=0.9)
    assert found[0] == "8"
    assert set(found) != set(FOUND_BY_8)
    assert gallery.refusal("visualKNN", query_record={"_id": "8"}, diversity=2)[:2] == (400, 402)


# ---------------------------------------------------------------- wrong queries


@pytest.mark.parametrize("method", RANKED)
@pytest.mark.parametrize("query", [{"_id": "none"}, {"_base64": "AAAA"}])
def test_a_wrong_query_record(
    gallery: Any, method: str, query: dict[str, Any], extra: dict[str, Any]
) -> None:
    response = gallery.post(method, {"query_record": query, **extra})
    answer = response.json()
    assert response.status_code == 403
    assert answer["status"]["code"] == 403
    assert answer["status"]["text"] == "wrong query record"
    assert answer["answer_count"] == 0
    assert answer["answer_records"] == []
    assert answer["answer_distances"] == []


@pytest.mark.parametrize("method", RANKED)
@pytest.mark.parametrize("query", [None, {}, [], "3", {"colour": "red"}, {"_id": True}])
def test_no_query_record(gallery: Any, method: str, query: Any, extra: dict[str, Any]) -> None:
    http_status, code, description = gallery.refusal(method, query_record=query, **extra)
    assert (http_status, code) == (400, 402)
    assert "query_record" in description or "_id" in description


# ---------------------------------------------------------------- tags


def test_tags_weigh_in(gallery: Any) -> None:
    query = {"query_record": {"_id": "8"}}
    visual = distances(gallery, "visualKNN", **query)
    blended = distances(gallery, "visualTagsKNN", **query)
    # Tags of 8: even, single; of 8-jpeg: Even; 9 has none.
    for identity, unlikeness in (("8", 0.0), ("2", 0.0), ("1", 2 / 3), ("8-jpeg", 0.5), ("9", 1.0)):
        expected = 0.7 * visual[identity] + 0.3 * 100 * unlikeness
        assert blended[identity] == pytest.approx(expected, abs=1e-4)
    assert distances(gallery, "visualTagsKNN", **query, tags_weight=0) == visual


def test_tags_of_the_query_record(gallery: Any) -> None:
    query = {"query_record": {"_id": "8", "tags": ["EVEN"]}, "tags_weight": 1}
    blended = distances(gallery, "visualTagsKNN", **query)
    assert blended["8-jpeg"] == pytest.approx(0.0, abs=1e-4)
    assert blended["8"] == pytest.approx(50.0, abs=1e-4)


# ---------------------------------------------------------------- several queries


def test_the_nearest_of_several_queries(gallery: Any) -> None:
    one = distances(gallery, "visualKNN", query_record={"_id": "1"})
    two = distances(gallery, "visualKNN", query_record={"_id": "2"})
    queries = {"query_records": [{"_id": "1"}, {"_id": "2"}, {"_id": "not there"}]}
    nearest = distances(gallery, "visualKNNMulti", **queries)
    assert nearest == {identity: min(one[identity], two[identity]) for identity in one}
    mean = distances(gallery, "visualKNNMulti", **queries, aggregate="mean")
    for identity, distance in mean.items():
        assert distance == pytest.approx((one[identity] + two[identity]) / 2, abs=1e-4)
    middle = distances(gallery, "visualKNNMulti", **queries, aggregate="centroid")
    assert 0 < middle["1"] < one["2"]
    assert middle["1"] == pytest.approx(middle["2"], abs=1e-4)


def test_several_queries_of_which_none_is_good(gallery: Any) -> None:
    response = gallery.post(
        "visualKNNMulti", {"query_records": [{"_id": "a"}, {"_base64": "AAAA"}]}
    )
    assert (response.status_code, response.json()["status"]["code"]) == (403, 403)
    assert response.json()["answer_distances"] == []


@pytest.mark.parametrize(
    "body", [{}, {"query_records": []}, {"query_records": [{"_id": "1"}], "aggregate": "max"}]
)
def test_several_queries_asked_wrongly(gallery: Any, body: dict[str, Any]) -> None:
    assert gallery.refusal("visualKNNMulti", **body)[:2] == (400, 402)


def test_tags_of_several_queries_are_joined(gallery: Any) -> None:
    parameters = {"query_records": [{"_id": "1"}, {"_id": "2"}], "tags_weight": 1}
    blended = distances(gallery, "visualTagsKNNMulti", **parameters)
    # even, odd, single against odd, single.
    assert blended["3"] == pytest.approx(100 / 3, abs=1e-4)
    assert blended["9"] == pytest.approx(100, abs=1e-4)


# ---------------------------------------------------------------- ranking


def test_rank_exactly_the_given_records(gallery: Any, make_record: Callable[..., Any]) -> None:
    answer = gallery.answer(
        "visualRankRecords",
        query_record={"_id": "8"},
        records=[
            {"_id": "3"},
            make_record("new", "8", shop="x"),
            {"_id": "8-jpeg"},
            {"_id": "not there"},
            {"_base64": "AAAA"},
        ],
        fields_to_return=["colour", "shop"],
    )
    assert answer["answer_records"] == [
        {"_id": "new", "shop": "x"},
        {"_id": "8-jpeg"},
        {"_id": "3", "colour": "red"},
    ]
    assert answer["answer_distances"][0] == 0.0
    assert answer["answer_distances"] == sorted(answer["answer_distances"])
    assert answer["answer_count"] == 3
    skipped = answer["skipped_records"]
    assert {record["_id"] for record in skipped} == {"not there", None}
    assert {record["_reason"]["status"]["code"] for record in skipped} == {404, 402}


def test_rank_agrees_with_search(gallery: Any) -> None:
    searched = distances(gallery, "visualKNN", query_record={"_id": "5"})
    ranked = distances(
        gallery,
        "visualRankRecords",
        query_record={"_id": "5"},
        records=[{"_id": identity} for identity in sorted(searched)],
    )
    assert list(ranked) == list(searched)
    assert ranked == pytest.approx(searched, abs=1e-4)


# ---------------------------------------------------------------- texts


def test_a_text_is_searched_by_words_where_the_embedder_does_not_read(
    api: Any, make_record: Any
) -> None:
    api.answer("insert", records=[make_record("1", tags=["grandmother"]), make_record("2")])
    answer = api.answer("text", query_record={"_text_data": "my grandmother"})
    assert answer["status"]["code"] == 200
    assert answer["answer_records"] == [{"_id": "1"}]
    assert answer["answer_distances"] == [0.0]
    assert answer["statistics"]["plan"] == "words"
    assert set(answer["statistics"]["channels"]) == {"tags", "attributes"}


def test_a_text_that_finds_nothing_says_why(gallery: Any) -> None:
    answer = gallery.answer("text", query_record={"_text_data": "a wedding"})
    assert answer["status"]["code"] == 200
    assert answer["answer_count"] == 0
    assert '"wedding"' in answer["notes"][0]


def test_a_text_must_be_given(gallery: Any) -> None:
    assert gallery.refusal("text", query_record={"_id": "1"})[:2] == (400, 402)

"""Every parameter of every method of the similarity API changes something: a parameter without an entry here fails."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from attrs import fields, frozen

from photomill.components import VectorIndex
from photomill_exact import ExactIndex
from photomill_http.similarity.routes import METHODS

Json = dict[str, Any]
MakeApi = Callable[..., Any]


@frozen
class Effect:
    """What a parameter changes.

    :ivar base: the other parameters.
    :ivar given: the parameter's value.
    :ivar seen: tells of an answer, and of the collection after it, what must differ.
    :ivar without: what is sent in its place to compare with; None leaves it out.
    """

    base: Json
    given: Any
    seen: Callable[[Any, Json], Any] = lambda api, answer: answer["answer_records"]
    without: Any = None


def records_of(*names: str) -> list[Json]:
    return [{"_id": name} for name in names]


def new(name: str, seed: str) -> Callable[[Any], Json]:
    """A record with an image, which a test's own helper makes."""
    return lambda make: make(name, seed, colour="red")


def distances(api: Any, answer: Json) -> Any:
    return answer["answer_distances"]


def count(api: Any, answer: Json) -> Any:
    return api.collection.count()


def file_name(api: Any, answer: Json) -> Any:
    return answer.get("output_file_name")


def files(api: Any, answer: Json) -> Any:
    folder = api.engine.settings.data_dir / "exports" / api.collection.info.id
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


ONE = {"query_record": {"_id": "0"}}
TWO = {"query_records": records_of("0", "5")}
RED = {"colour": "red"}
COLOUR = ["colour"]

KNN: Mapping[str, Effect] = {
    "query_record": Effect({}, {"_id": "3"}, without={"_id": "0"}),
    "k": Effect(ONE, 2),
    "from": Effect(ONE, 1),
    "fields_to_return": Effect(ONE, COLOUR),
    "filter": Effect(ONE, RED),
    "product_field": Effect(ONE, "product"),
    "radius": Effect(ONE, 1.0),
    "tags_weight": Effect({"query_record": {"_id": "0", "tags": ["odd"]}}, 1.0, distances),
    "diversity": Effect(ONE, 0.9),
    "ranking": Effect(ONE, "meaning", distances),
}
MULTI: Mapping[str, Effect] = {
    "query_records": Effect({}, records_of("3"), without=records_of("0")),
    **{
        name: Effect(
            {**TWO, **{k: v for k, v in effect.base.items() if k != "query_record"}}, effect.given
        )
        for name, effect in KNN.items()
        if name in ("k", "from", "fields_to_return", "filter", "radius")
    },
    "tags_weight": Effect(
        {"query_records": [{"_id": "0", "tags": ["odd"]}, {"_id": "5"}]}, 1.0, distances
    ),
    "aggregate": Effect(TWO, "mean", distances),
}
LISTED = {"filter": Effect({}, RED), "fields_to_return": Effect({}, COLOUR)}

EFFECTS: Mapping[str, Mapping[str, Effect]] = {
    "insert": {
        "records": Effect({}, [new("n", "n")], count, without=[]),
        "fields_to_return": Effect({"records": [new("n", "n")]}, COLOUR),
    },
    "nearDupsInsert": {
        "records": Effect({"radius": 0}, [new("n", "n")], count, without=[]),
        "radius": Effect({"records": [new("n", "n")]}, 150.0, count, without=0),
        "kind": Effect({"records": [new("n", "n")], "radius": 150.0}, "exact", count),
        "fields_to_return": Effect({"records": [new("n", "n")], "radius": 0}, ["_id"]),
    },
    "update": {
        "records": Effect({}, [{"_id": "0", "colour": "mauve"}], without=records_of("0")),
        "fields_to_return": Effect({"records": records_of("0")}, ["_id"]),
    },
    "delete": {
        "records": Effect({}, records_of("0"), count, without=[]),
        "fields_to_return": Effect({"records": records_of("0")}, COLOUR),
    },
    "deleteByFilter": {
        "filter": Effect({"delete_all": True}, RED, count),
        "delete_all": Effect({}, True, count),
        "fields_to_return": Effect({"filter": RED}, COLOUR),
        "output_file_name": Effect({"filter": RED, "delete_file_after": False}, "x.json", files),
        "delete_file_after": Effect({"filter": RED, "output_file_name": "x.json"}, False, files),
    },
    "get": {
        "records": Effect({}, records_of("0"), without=records_of("1")),
        "fields_to_return": Effect({"records": records_of("0")}, COLOUR),
    },
    "find": {
        "filter": Effect({}, RED, without={}),
        "limit": Effect({"filter": {}}, 2),
        "from": Effect({"filter": {}}, 2),
        "skip": Effect({"filter": {}}, 2),
        "fields_to_return": Effect({"filter": {}}, COLOUR),
    },
    "random": {
        "count": Effect({"seed": 1}, 3),
        "filter": Effect({"count": 20, "seed": 1}, RED),
        "seed": Effect({"count": 6}, 2, without=1),
        "fields_to_return": Effect({"seed": 1}, COLOUR),
    },
    "getRecordCount": {
        "filter": Effect({}, RED, lambda api, answer: answer["answer_count"]),
        "facet": Effect({}, "colour", lambda api, answer: answer.get("facet")),
    },
    "allRecords": {
        **LISTED,
        "output_file_name": Effect({}, "x.json", file_name),
        "delete_file_after": Effect({}, False, files),
    },
    "visualKNN": {name: effect for name, effect in KNN.items() if name != "tags_weight"},
    "visual_search": {name: effect for name, effect in KNN.items() if name != "tags_weight"},
    "visualTagsKNN": KNN,
    "visualKNNMulti": {name: effect for name, effect in MULTI.items() if name != "tags_weight"},
    "visualTagsKNNMulti": MULTI,
    "range": {
        "query_record": Effect({"radius": 60}, {"_id": "3"}, without={"_id": "0"}),
        "radius": Effect(ONE, 150.0, without=1.0),
        **{
            name: Effect({**ONE, "radius": 150.0}, KNN[name].given)
            for name in ("k", "from", "fields_to_return", "filter", "product_field")
        },
    },
    "nearDuplicates": {
        "query_record": Effect({"radius": 150.0}, {"_id": "3"}, distances, without={"_id": "0"}),
        "radius": Effect({"query_record": {"_id": "8"}}, 150.0, without=0.0),
        "k": Effect({"query_record": {"_id": "8"}}, 1),
        "from": Effect({"query_record": {"_id": "8"}}, 1),
        "fields_to_return": Effect({"query_record": {"_id": "8"}}, COLOUR),
        "filter": Effect({"query_record": {"_id": "8"}}, {"number": 81}),
    },
    "allNearDupPairs": {
        "radius": Effect({}, 0.0, without=50.0),
        "filter": Effect({}, {"number": {"$gte": 80}}),
        "fields_to_return": Effect({}, ["number"]),
        "from": Effect({}, 1),
        "k": Effect({}, 1),
        "clusters": Effect({}, True, lambda api, answer: answer.get("clusters")),
    },
    "visualRankRecords": {
        "query_record": Effect(
            {"records": records_of("1", "2")}, {"_id": "3"}, distances, without={"_id": "0"}
        ),
        "records": Effect(ONE, records_of("1"), without=records_of("2")),
        "fields_to_return": Effect({**ONE, "records": records_of("1")}, COLOUR),
    },
}
ELSEWHERE = {
    "cand_set_size": "test_the_size_of_the_candidate_set_reaches_the_index",
    "approx_param": "test_the_size_of_the_candidate_set_reaches_the_index",
    "exact": "test_exact_asks_no_index",
}
"""Parameters of how a search runs, which change no answer that is exact already; and the tests of them here."""
CHANGING = {"insert", "nearDupsInsert", "update", "delete", "deleteByFilter"}


def parameters_of(method: str) -> set[str]:
    """As they are written in JSON."""
    return {attribute.name.rstrip("_") for attribute in fields(METHODS[method].body)}


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"text"}))
def test_every_parameter_has_an_entry(method: str) -> None:
    expected = parameters_of(method) - set(ELSEWHERE)
    if "Tags" not in method:
        expected -= {"tags_weight"}
    assert set(EFFECTS[method]) == expected
    for name in parameters_of(method) & set(ELSEWHERE):
        assert ELSEWHERE[name] in globals()


def test_text_takes_what_visual_knn_takes() -> None:
    assert METHODS["text"].body is METHODS["visualKNN"].body
    assert METHODS["text"].handler.__module__ == METHODS["visualKNN"].handler.__module__


@pytest.mark.parametrize(
    ("method", "name"), [(method, name) for method, some in EFFECTS.items() for name in some]
)
def test_each_parameter_changes_something(
    gallery: Any, make_api: MakeApi, make_record: Callable[..., Json], method: str, name: str
) -> None:
    effect = EFFECTS[method][name]
    writes = method in CHANGING or "delete_file_after" in {name, *effect.base}
    found = []
    for value in (effect.without, effect.given):
        api = _filled(make_api, make_record) if writes else gallery
        parameters = dict(effect.base) if value is None else {**effect.base, name: value}
        answer = api.post(method, _drawn(parameters, make_record)).json()
        found.append(effect.seen(api, answer) if "answer_count" in answer else answer["status"])
    assert found[0] != found[1]


def _filled(make_api: MakeApi, make_record: Callable[..., Json]) -> Any:
    api = make_api()
    attributes: list[Json] = [{"colour": "red"}, {"colour": "blue"}]
    api.answer(
        "insert", records=[make_record(str(place), **some) for place, some in enumerate(attributes)]
    )
    return api


def _drawn(parameters: Json, make_record: Callable[..., Json]) -> Json:
    records = parameters.get("records")
    if not isinstance(records, list):
        return parameters
    drawn = [record(make_record) if callable(record) else record for record in records]
    return {**parameters, "records": drawn}


@pytest.fixture
def efforts(gallery: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What indexes were asked for, each time that one was."""
    gallery.collection.settle()
    asked: list[Any] = []
    search = VectorIndex.search

    def recorded(self: VectorIndex, *arguments: Any, effort: int | None = None, **more: Any) -> Any:
        asked.append(effort)
        return search(self, *arguments, effort=effort, **more)

    monkeypatch.setattr(VectorIndex, "search", recorded)
    monkeypatch.setattr(ExactIndex, "cost", lambda self, count, allowed: -1e9)
    return asked


@pytest.mark.parametrize("name", ["cand_set_size", "approx_param"])
@pytest.mark.parametrize("method", ["visualKNN", "visual_search", "visualKNNMulti"])
def test_the_size_of_the_candidate_set_reaches_the_index(
    gallery: Any, efforts: list[Any], method: str, name: str
) -> None:
    base = TWO if "Multi" in method else ONE
    plain = gallery.answer(method, **base)["answer_records"]
    for given, expected in ((77, 77), (1, 16), (1e9, 10_000), (2.9, 16)):
        assert gallery.answer(method, **base, **{name: given})["answer_records"] == plain
        assert efforts[-1] == expected
    assert efforts[0] is None


@pytest.mark.parametrize("method", ["range", "nearDuplicates", "allNearDupPairs", "visualTagsKNN"])
def test_searches_that_are_exact_anyway_ask_no_index(
    gallery: Any, efforts: list[Any], method: str
) -> None:
    base: Json = {"allNearDupPairs": {}, "range": {**ONE, "radius": 60}}.get(method, ONE)
    plain = gallery.answer(method, **base)["answer_records"]
    assert gallery.answer(method, **base, cand_set_size=77)["answer_records"] == plain
    assert efforts == []


@pytest.mark.parametrize("method", ["visualKNN", "visualKNNMulti"])
def test_exact_asks_no_index(gallery: Any, efforts: list[Any], method: str) -> None:
    base = TWO if "Multi" in method else ONE
    plain = gallery.answer(method, **base)["answer_records"]
    assert len(efforts) == 1
    assert gallery.answer(method, **base, exact=True)["answer_records"] == plain
    assert len(efforts) == 1


@pytest.mark.parametrize("name", ["size", "page"])
def test_the_parameters_of_pages_change_something(gallery: Any, name: str) -> None:
    plain = gallery.ids("allRecords?size=5")
    assert (
        gallery.ids({"size": "allRecords?size=3", "page": "allRecords?size=5&page=2"}[name])
        != plain
    )


def test_no_answer_holds_placeholders(gallery: Any, placeholders: Callable[..., list[str]]) -> None:
    answers = []
    for method, effects in EFFECTS.items():
        if method in CHANGING:
            continue
        for name, effect in effects.items():
            if "delete_file_after" not in {name, *effect.base}:
                answers.append(gallery.post(method, {**effect.base, name: effect.given}).json())
    assert placeholders(answers) == []

"""Lance in a folder."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from photomill.components import (
    AllOf,
    AnyOf,
    Changes,
    Comparison,
    Conditions,
    ExternalIndex,
    IndexedRecord,
    NotOf,
    OpenContext,
    Relation,
)
from photomill.config.settings import FetchSettings
from photomill.errors import IndexUnavailable, NotFound, PluginUnavailable
from photomill.testing import ExternalIndexContract
from photomill.testing.external import DIMENSION, NAME, Made, holds, indexed, serials
from photomill.testing.index import clustered_vectors

pytest.importorskip("lance")

from photomill_lance import LanceIndex, LanceOptions, reading

MakeExternal = Callable[[], ExternalIndex]
ATTRIBUTES = ("n", "a", "a.b", "c c.a")


def opened(place: str | Path, **options: Any) -> LanceIndex:
    index = LanceIndex(LanceOptions(place=str(place), build_from=1000, **options))
    index.open(OpenContext("test", Path("cache"), FetchSettings()))
    return index


class TestLance(ExternalIndexContract):
    @pytest.fixture
    def make_index(self, tmp_path: Path) -> MakeExternal:
        return lambda: opened(tmp_path, attributes=ATTRIBUTES)


@pytest.fixture
def index(tmp_path: Path) -> LanceIndex:
    index = opened(tmp_path, attributes=ATTRIBUTES)
    index.create(NAME, DIMENSION)
    return index


def test_indexed_conditions_mean_what_they_say(index: LanceIndex) -> None:
    """Where most records are in the indexes of words and attributes, some are changed, and some came since."""
    made = Made(1)
    vectors = clustered_vectors(1300, DIMENSION)
    given = indexed(vectors, 1, [made.attributes() for _ in vectors])
    index.apply(NAME, Changes(given[:1200]), 1)
    index.tend(NAME, Future())
    changed = [
        IndexedRecord(each.serial, {**made.attributes(), "_id": f"r{each.serial}"}, each.vector)
        for each in given[:50]
    ]
    index.apply(NAME, Changes([*changed, *given[1200:]], list(range(51, 90))), 2)
    there = [*changed, *given[89:]]
    conditions = [each for each in (made.condition() for _ in range(300)) if index.knows(each)]
    known: list[Conditions] = [*conditions, *(NotOf(each) for each in conditions)]
    known += [AllOf((known[place], known[-place])) for place in range(1, 40)]
    known += [AnyOf((known[place], NotOf(known[place + 1]))) for place in range(40)]
    with index.reading(NAME) as reader:
        for condition in known:
            meant = [each.serial for each in there if holds(condition, dict(each.record))]
            assert serials(reader, condition) == meant, condition
            assert reader.count(condition) == len(meant)


LEVELS = 20
"""Of the deepest filter that the language mongo takes."""


def nested(outer: Callable[[Conditions], Conditions], inner: Conditions) -> Conditions:
    for _ in range(LEVELS - 1):
        inner = outer(inner)
    return inner


@pytest.mark.parametrize("value", [1, True, "a"])
def test_filters_are_answered_however_deep(index: LanceIndex, value: Any) -> None:
    records: list[dict[str, Any]] = [{"n": value}, {"n": [value, 2]}, {"a": 3}, {"z": value}, {}]
    given = indexed(clustered_vectors(5, DIMENSION), 1, records)
    index.apply(NAME, Changes(given), 1)
    known = Comparison(("n",), Relation.EQUAL, value)
    other = Comparison(("z",), Relation.EQUAL, value)
    deep = [
        nested(lambda inner: AnyOf((AllOf((inner, NotOf(known))), NotOf(other))), NotOf(known)),
        nested(lambda inner: NotOf(AnyOf((AllOf((inner, known)), other))), known),
        nested(lambda inner: NotOf(AnyOf((AllOf((AnyOf((inner,)),)),))), AllOf((other,))),
        nested(NotOf, NotOf(AllOf())),
        nested(lambda inner: AnyOf((inner, AnyOf())), NotOf(AnyOf())),
    ]
    with index.reading(NAME) as reader:
        for condition in deep:
            meant = [each.serial for each in given if holds(condition, dict(each.record))]
            assert serials(reader, condition) == meant


def test_only_some_counts_are_remembered(index: LanceIndex) -> None:
    index.apply(NAME, Changes(indexed(clustered_vectors(5, DIMENSION))), 1)
    with index.reading(NAME) as reader:
        for operand in range(100):
            less = Comparison(("n",), Relation.LESS, operand)
            assert reader.count(less) == reader.count(less) == min(max(operand - 1, 0), 5)
            assert reader.count(less, without=[2]) == reader.count(less) - (operand > 2)
    known: Any = index._newest(NAME).counted
    assert known.cache_info().misses == 100
    assert known.cache_info().currsize <= 16


@pytest.mark.parametrize("path", ["n", "other"])
def test_many_values_to_choose_from(index: LanceIndex, path: str) -> None:
    """As many as a filter may name; asked one by one, they would take minutes."""
    records = [{path: value} for value in (3, "b", True, [5.5, "no"], 10**7, None)]
    index.apply(NAME, Changes(indexed(clustered_vectors(6, DIMENSION), 1, records)), 1)
    operands: list[Any] = [*range(99_000), "b", "it's", True, 5.5]
    wanted = AnyOf(tuple(Comparison((path,), Relation.EQUAL, each) for each in operands))
    with index.reading(NAME) as reader:
        assert serials(reader, wanted) == [1, 2, 3, 4]
        assert serials(reader, NotOf(wanted)) == [5, 6]


@pytest.mark.parametrize(
    ("condition", "known"),
    [
        (Comparison(("n",), Relation.LESS, 5), True),
        (Comparison(("other",), Relation.LESS, 5), False),
        (Comparison(("other",), Relation.EQUAL, 5), True),
        (Comparison(("_id",), Relation.GREATER, "r5"), True),
        (Comparison(("n",), Relation.EQUAL, 2**53), False),
        (Comparison(("n", "0"), Relation.EQUAL, 5), False),
        (Comparison(("n",), Relation.LESS, True), False),
    ],
    ids=str,
)
def test_what_it_knows(index: LanceIndex, condition: Comparison, known: bool) -> None:
    assert index.knows(condition) is known


def test_facets_of_attributes_in_columns(index: LanceIndex) -> None:
    records: list[dict[str, Any]] = [
        {"n": [3, 1, 2, "b", "a", "c"]},
        {"n": 3},
        {"n": [1, 1, None, "a", True]},
        {"n": "ü"},
        {},
    ]
    index.apply(NAME, Changes(indexed(clustered_vectors(5, DIMENSION), 1, records)), 1)
    with index.reading(NAME) as reader:
        assert reader.facet("n") == {
            b"1": 2,
            b"2": 1,
            b"3": 2,
            b'"a"': 2,
            b'"b"': 1,
            b'"c"': 1,
            b"true": 1,
            '"ü"'.encode(): 1,
        }
    index.apply(NAME, Changes(indexed(clustered_vectors(1, DIMENSION), 6, [{"n": 1.0}])), 2)
    with index.reading(NAME) as reader:
        # Words do not tell 1.0 and 1 apart, but answers do.
        assert reader.facet("n") is None
        assert reader.facet("n.0") is None


def test_scans_look_at_some_serials_at_a_time(
    index: LanceIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_WINDOW", 7)
    given = indexed(clustered_vectors(20, DIMENSION), 1)
    index.apply(NAME, Changes([*given[:10], IndexedRecord(5000, {"_id": "z"}, given[0].vector)]), 1)
    with index.reading(NAME) as reader:
        assert serials(reader) == [*range(1, 11), 5000]


# ------------------------------------------------------------ other attributes


def test_further_attributes_make_it_anew(index: LanceIndex, tmp_path: Path) -> None:
    index.apply(NAME, Changes(indexed(clustered_vectors(5, DIMENSION))), 3)
    more = opened(tmp_path, attributes=("n", "price"))
    assert more.applied(NAME) is None
    with pytest.raises(NotFound, match="of these attributes"), more.reading(NAME):
        pass
    more.create(NAME, DIMENSION)
    assert more.applied(NAME) == index.applied(NAME) == 0
    more.apply(NAME, Changes(indexed(clustered_vectors(5, DIMENSION))), 3)
    # Whoever knows fewer attributes goes on with it.
    index.create(NAME, DIMENSION)
    assert index.applied(NAME) == 3
    with index.reading(NAME) as reader:
        assert serials(reader, Comparison(("a.b",), Relation.LESS, 3)) == []
        assert serials(reader, Comparison(("n",), Relation.LESS, 3)) == [1, 2]


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        (("n", "n"), "different names"),
        (("_id",), "_id is known anyway"),
        (("tags.0",), "not places in arrays"),
    ],
)
def test_attributes_that_cannot_be(attributes: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LanceOptions(attributes=attributes)


# ------------------------------------------------------------ a place that is away


def test_a_folder_that_is_away_is_not_empty(index: LanceIndex, tmp_path: Path) -> None:
    index.apply(NAME, Changes(indexed(clustered_vectors(5, DIMENSION))), 3)
    away = tmp_path.with_name("away")
    tmp_path.rename(away)
    asks: list[Callable[[], object]] = [
        lambda: index.applied(NAME),
        lambda: index.create(NAME, DIMENSION),
        lambda: index.drop(NAME),
        lambda: index.apply(NAME, Changes(), 4),
        lambda: opened(tmp_path).applied(NAME),
    ]
    for ask in asks:
        with pytest.raises(IndexUnavailable, match="folder is not there"):
            ask()
    assert not index.health().ok
    away.rename(tmp_path)
    assert index.applied(NAME) == 3
    assert index.health().ok


def test_one_that_was_made_anew_elsewhere(index: LanceIndex, tmp_path: Path) -> None:
    vectors = clustered_vectors(5, DIMENSION)
    index.apply(NAME, Changes(indexed(vectors)), 3)
    assert index.applied(NAME) == 3
    other = opened(tmp_path, attributes=ATTRIBUTES)
    other.drop(NAME)
    other.create(NAME, DIMENSION)
    # It has as many versions as the one before.
    other.apply(NAME, Changes(indexed(vectors[:2])), 1)
    with index.reading(NAME) as reader:
        assert (reader.applied, serials(reader)) == (1, [1, 2])


@pytest.mark.parametrize(
    ("place", "message"),
    [("", "place that all servers of this catalog share"), ("gs://bucket", "in a folder or in s3")],
)
def test_places_that_cannot_be(tmp_path: Path, place: str, message: str) -> None:
    index = LanceIndex(LanceOptions(place=place))
    context = OpenContext(
        "test", tmp_path, FetchSettings(), data_dir=tmp_path, catalog_url="postgresql://database"
    )
    with pytest.raises(PluginUnavailable, match=message):
        index.open(context)


def test_beside_a_catalog_in_a_folder_it_is_there_too(tmp_path: Path) -> None:
    index = LanceIndex(LanceOptions())
    index.open(OpenContext("test", tmp_path, FetchSettings(), data_dir=tmp_path))
    index.create(NAME, DIMENSION)
    assert (tmp_path / "lance" / f"{NAME}.lance").is_dir()

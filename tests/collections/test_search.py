"""Searching by vectors: held to a naive scan."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from photomill.collections.collection import Collection
from photomill.collections.model import (
    Aggregate,
    ById,
    ByVector,
    NewRecord,
    SearchOptions,
    TagBlend,
)
from photomill.errors import InvalidFilter, InvalidInput, NotFound

MakeCollection = Callable[..., Collection]


def unit_vectors(count: int, dimension: int = 8, seed: int = 0) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(count, dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors, np.float32)


def fill(
    collection: Collection,
    vectors: NDArray[np.float32],
    attributes: list[dict[str, object]] | None = None,
) -> None:
    records = [
        NewRecord(f"r{place:05}", attributes=attributes[place] if attributes else {}, vector=vector)
        for place, vector in enumerate(vectors)
    ]
    report = collection.insert(records)
    assert not report.skipped


def naive(
    vectors: NDArray[np.float32], query: NDArray[np.float32], scale: float
) -> list[tuple[float, str]]:
    distances = scale * np.linalg.norm(vectors.astype(np.float64) - query, axis=1)
    return sorted(
        (round(float(distance), 6), f"r{row:05}") for row, distance in enumerate(distances)
    )


def pairs(result: object) -> list[tuple[float, str]]:
    return [(hit.distance, hit.id) for hit in result.hits]  # type: ignore[attr-defined]


def test_nearest_are_those_of_a_naive_scan(make_collection: MakeCollection) -> None:
    collection, vectors = make_collection(), unit_vectors(300)
    fill(collection, vectors)
    result = collection.search(ByVector(vectors[7]), SearchOptions(limit=25))
    expected = naive(vectors, vectors[7], 50.0)[:25]
    assert [record_id for _, record_id in pairs(result)] == [record_id for _, record_id in expected]
    assert [distance for distance, _ in pairs(result)] == pytest.approx(
        [distance for distance, _ in expected], abs=1e-5
    )
    assert result.hits[0].distance == 0.0
    assert result.total == 300


def test_equal_vectors_are_ordered_by_id(make_collection: MakeCollection) -> None:
    collection = make_collection()
    vectors = np.repeat(unit_vectors(3), 40, axis=0)
    fill(collection, vectors)
    result = collection.search(ById("r00010"), SearchOptions(limit=15))
    assert [hit.id for hit in result.hits] == [f"r{row:05}" for row in range(15)]


@pytest.mark.parametrize("index", ["exact", "large", "ivf", "graph"])
def test_pages_fit_together_whatever_the_index(make_collection: MakeCollection, index: str) -> None:
    collection, vectors = make_collection(index=index, dimension=32), unit_vectors(2500, 32)
    fill(collection, vectors)
    collection.settle()
    whole = [hit.id for hit in collection.search(ById("r00000"), SearchOptions(limit=2500)).hits]
    assert sorted(whole) == sorted(f"r{row:05}" for row in range(2500))
    paged: list[str] = []
    for offset in range(0, 2500, 37):
        page = collection.search(ById("r00000"), SearchOptions(limit=37, offset=offset))
        paged += [hit.id for hit in page.hits]
        if offset > 300:
            break
    assert paged == whole[: len(paged)]


@pytest.mark.parametrize("index", ["exact", "large", "ivf", "graph"])
def test_inserts_and_deletes_are_seen_at_once(make_collection: MakeCollection, index: str) -> None:
    collection, vectors = make_collection(index=index, dimension=32), unit_vectors(1500, 32)
    fill(collection, vectors[:1400])
    collection.settle()
    collection.insert([NewRecord("new", vector=vectors[1450])])
    assert collection.search(ByVector(vectors[1450]), SearchOptions(limit=1)).hits[0].id == "new"
    assert collection.delete(["new", "r00003", "nobody"]) == [True, True, False]
    found = collection.search(ByVector(vectors[3]), SearchOptions(limit=1400)).hits
    assert {"new", "r00003"}.isdisjoint(hit.id for hit in found)
    assert len(found) == 1399


@pytest.mark.parametrize("index", ["exact", "large", "graph"])
@pytest.mark.parametrize("share", [2, 10, 100, 700])
def test_a_filter_never_loses_what_it_lets_through(
    make_collection: MakeCollection, index: str, share: int
) -> None:
    collection, vectors = make_collection(index=index, dimension=32), unit_vectors(1400, 32)
    fill(collection, vectors, [{"part": row % share} for row in range(1400)])
    collection.settle()
    result = collection.search(ById("r00001"), SearchOptions(limit=10, filter={"part": 1}))
    expected = [name for _, name in naive(vectors, vectors[1], 50.0) if int(name[1:]) % share == 1][
        :10
    ]
    assert [hit.id for hit in result.hits] == expected


def test_radius_is_inclusive_and_exact(make_collection: MakeCollection) -> None:
    collection, vectors = make_collection(), unit_vectors(400)
    fill(collection, vectors)
    expected = naive(vectors, vectors[0], 50.0)
    limit = collection.search(ById("r00000"), SearchOptions(limit=60)).hits[-1].distance
    within = collection.search(ById("r00000"), SearchOptions(limit=None, radius=limit))
    assert [hit.id for hit in within.hits] == [name for _, name in expected[:60]]


@settings(max_examples=40)
@given(page=st.integers(1, 9), groups=st.integers(1, 12), seed=st.integers(0, 5))
def test_products_page_exactly(
    make_collection: MakeCollection, page: int, groups: int, seed: int
) -> None:
    collection, vectors = make_collection(), unit_vectors(60, seed=seed)
    chosen = np.random.default_rng(seed).integers(0, groups, 60)
    attributes: list[dict[str, object]] = [{"p": int(value)} if value else {} for value in chosen]
    fill(collection, vectors, attributes)
    expected, seen = [], set()
    for _, name in naive(vectors, vectors[0], 50.0):
        product = attributes[int(name[1:])].get("p", name)
        if product not in seen:
            seen.add(product)
            expected.append(name)
    found: list[str] = []
    while True:
        options = SearchOptions(limit=page, offset=len(found), product_field="p")
        hits = collection.search(ById("r00000"), options).hits
        found += [hit.id for hit in hits]
        if len(hits) < page:
            break
    assert found == expected


def test_a_record_of_several_products_is_shown_if_any_is_new(
    make_collection: MakeCollection,
) -> None:
    collection, vectors = make_collection(), unit_vectors(3)
    order = [name for _, name in naive(vectors, vectors[0], 50.0)]
    products: dict[str, list[str]] = {order[0]: ["a"], order[1]: ["a", "b"], order[2]: ["a", "b"]}
    fill(collection, vectors, [{"p": products[f"r{row:05}"]} for row in range(3)])
    hits = collection.search(ById("r00000"), SearchOptions(product_field="p")).hits
    assert [hit.id for hit in hits] == order[:2]
    assert hits[0].group_size == 3


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_tags_blend(make_collection: MakeCollection, weight: float) -> None:
    collection, vectors = make_collection(), unit_vectors(2000)
    tags = [[["red", "Blue", "green"][row % 3], "x"][: row % 4 and 2] for row in range(2000)]
    fill(collection, vectors, [{"tags": some} for some in tags])
    query = {"blue", "x"}
    expected = []
    for distance, name in naive(vectors, vectors[0], 50.0):
        own = {tag.casefold() for tag in tags[int(name[1:])]}
        unlike = 1 - len(own & query) / len(own | query)
        expected.append(((1 - weight) * distance + weight * 100 * unlike, name))
    expected.sort(key=lambda pair: round(pair[0], 5))
    blend = TagBlend(["BLUE", "x"], weight)
    hits = collection.search(ById("r00000"), SearchOptions(limit=40, tags=blend)).hits
    assert [hit.distance for hit in hits] == pytest.approx(
        [distance for distance, _ in expected[:40]], abs=1e-4
    )


def test_several_queries(make_collection: MakeCollection) -> None:
    collection, vectors = make_collection(), unit_vectors(500)
    fill(collection, vectors)
    both = 50.0 * np.linalg.norm(
        vectors[:, None].astype(np.float64) - vectors[[3, 9]].astype(np.float64), axis=2
    )
    middle = vectors[[3, 9]].mean(axis=0, dtype=np.float64)
    middle /= np.linalg.norm(middle)
    expected = {
        Aggregate.MIN: both.min(axis=1),
        Aggregate.MEAN: both.mean(axis=1),
        Aggregate.CENTROID: 50.0 * np.linalg.norm(vectors.astype(np.float64) - middle, axis=1),
    }
    for aggregate, distances in expected.items():
        result = collection.search(
            [ById("r00003"), ById("gone"), ById("r00009")], aggregate=aggregate
        )
        assert [hit.distance for hit in result.hits] == pytest.approx(
            np.sort(distances)[:30], abs=1e-4
        )
    with pytest.raises(NotFound, match="gone"):
        collection.search([ById("gone")])


def test_diversity_spreads_the_answer(make_collection: MakeCollection) -> None:
    collection = make_collection()
    vectors = np.concatenate([np.repeat(unit_vectors(1), 20, axis=0), unit_vectors(20, seed=1)])
    fill(collection, vectors)
    plain = collection.search(ById("r00000"), SearchOptions(limit=5))
    diverse = collection.search(ById("r00000"), SearchOptions(limit=5, diversity=0.7))
    assert {hit.distance for hit in plain.hits} == {0.0}
    assert sum(hit.distance == 0.0 for hit in diverse.hits) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (SearchOptions(limit=-1), "limit: expected 0 to"),
        (SearchOptions(offset=-1), "offset: expected 0"),
        (SearchOptions(limit=None), "limit: expected a limit"),
        (SearchOptions(radius=float("nan")), "radius: expected 0"),
        (SearchOptions(diversity=2), "diversity: expected 0 to 1"),
        (SearchOptions(tags=TagBlend([], 3)), "tags.weight: expected 0 to 1"),
    ],
)
def test_options_out_of_range_are_named(
    make_collection: MakeCollection, options: SearchOptions, message: str
) -> None:
    collection = make_collection()
    fill(collection, unit_vectors(3))
    with pytest.raises(InvalidInput, match=message):
        collection.search(ById("r00000"), options)


def test_a_bad_filter_is_named(make_collection: MakeCollection) -> None:
    with pytest.raises(InvalidFilter, match=r"\$frobnicate"):
        make_collection().find({"a": {"$frobnicate": 1}})

"""The order of answers: by (distance, id), one for all pages, held to a naive scan over data full of ties."""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from photomill.collections.collection import Collection
from photomill.collections.contents import Contents, SavedRows, View
from photomill.collections.ids import Ids
from photomill.collections.model import Aggregate, ByVector, NewRecord, SearchOptions, TagBlend
from photomill.collections.planner import HEAD
from photomill.collections.ranking import Ranked, Ranking
from photomill.collections.retrieval import IndexView
from photomill.collections.store.records import Position
from photomill.collections.target import Target
from photomill.components import VectorIndex
from photomill.config.load import load_settings
from photomill.engine import Engine

DIMENSION = 16
SIZES = [1, 3_000, 20_000]
DISTINCT = 2_000
Vectors = NDArray[np.float32]
Order = list[tuple[float, str]]


def vectors_with_ties(size: int, seed: int = 0) -> Vectors:
    """Unit vectors with four entries of ±0.5, many of them equal: their distances are exact, and of nine kinds only."""
    chance = np.random.default_rng(seed)
    some = np.zeros((DISTINCT, DIMENSION), np.float32)
    for vector in some:
        vector[chance.choice(DIMENSION, 4, replace=False)] = chance.choice([-0.5, 0.5], 4)
    return some[chance.integers(0, DISTINCT, size)]


def name(row: int) -> str:
    """Ids whose order is not that of insertion."""
    return f"r{(row * 7919) % 100_003:06}"


def attributes(row: int) -> dict[str, Any]:
    return {"part": row % 3, "product": row % 40, "tags": [["a", "b", "c"][row % 3], "x"]}


class Given:
    """Collections of each size, and what a naive scan says of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._opened: dict[tuple[int, str], Collection] = {}

    def collection(self, size: int, index: str = "auto") -> Collection:
        if (size, index) not in self._opened:
            info = self._engine.collections.create("ties", embedder="vectors16", index=index)
            opened = self._engine.collections.open(info.id)
            opened.insert(
                [
                    NewRecord(name(row), None, attributes(row), vector)
                    for row, vector in enumerate(vectors_with_ties(size))
                ]
            )
            opened.settle()
            self._opened[size, index] = opened
        return self._opened[size, index]


@pytest.fixture(scope="module")
def given_ties(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Given]:
    overrides = {
        "photomill.data_dir": str(tmp_path_factory.mktemp("order")),
        "embedders.vectors16.use": "vectors",
        "embedders.vectors16.options": {"dimension": DIMENSION},
    }
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        yield Given(engine)


def naive(size: int, queries: Vectors, aggregate: Aggregate = Aggregate.MIN) -> Order:
    """Every record by (distance, id)."""
    rows = vectors_with_ties(size).astype(np.float64)
    several = 50.0 * np.linalg.norm(rows[:, None] - queries.astype(np.float64), axis=2)
    distances = several.mean(axis=1) if aggregate is Aggregate.MEAN else several.min(axis=1)
    return sorted((round(float(distance), 6), name(row)) for row, distance in enumerate(distances))


ROWS = {name(row): row for row in range(SIZES[-1])}


def row_of(record_id: str) -> int:
    return ROWS[record_id]


def pages(collection: Collection, query: Any, options: dict[str, Any], size: int) -> Order:
    """An answer put together from pages; the first ones and the last."""
    whole: Order = []
    while len(whole) < 400:
        found = collection.search(query, SearchOptions(limit=size, offset=len(whole), **options))
        whole += [(hit.distance, hit.id) for hit in found.hits]
        if len(found.hits) < size:
            break
    return whole


@pytest.mark.parametrize(
    ("size", "index"),
    [(size, index) for size in SIZES for index in ("exact", "auto")] + [(3_000, "graph")],
)
@pytest.mark.parametrize("page", [17, 50, 400])
def test_pages_are_slices_of_the_order_of_a_naive_scan(
    given_ties: Given, size: int, index: str, page: int
) -> None:
    collection = given_ties.collection(size, index)
    query = vectors_with_ties(1, 1)
    found = pages(collection, ByVector(query[0]), {}, page)
    assert found == naive(size, query)[: len(found)]
    assert len(found) >= min(size, 400)


@pytest.mark.parametrize("size", SIZES)
def test_a_whole_listing_is_complete_and_in_order(given_ties: Given, size: int) -> None:
    query = vectors_with_ties(1, 3)
    limit = min(size, 10_000)
    found = given_ties.collection(size).search(ByVector(query[0]), SearchOptions(limit=limit))
    assert [(hit.distance, hit.id) for hit in found.hits] == naive(size, query)[:limit]


@pytest.mark.parametrize("aggregate", [Aggregate.MIN, Aggregate.MEAN])
@pytest.mark.parametrize("size", SIZES)
def test_several_queries_have_one_order(given_ties: Given, size: int, aggregate: Aggregate) -> None:
    queries = np.concatenate([vectors_with_ties(1, seed) for seed in (4, 5, 6)])
    found = given_ties.collection(size).search(
        [ByVector(query) for query in queries], SearchOptions(limit=300), aggregate=aggregate
    )
    assert [(hit.distance, hit.id) for hit in found.hits] == naive(size, queries, aggregate)[:300]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("page", [11, 300])
def test_filters_and_radii_keep_the_order(given_ties: Given, size: int, page: int) -> None:
    query = vectors_with_ties(1, 7)
    expected = [pair for pair in naive(size, query) if row_of(pair[1]) % 3 == 1][:400]
    options: dict[str, Any] = {"filter": {"part": 1}}
    collection = given_ties.collection(size)
    found = pages(collection, ByVector(query[0]), options, page)
    assert found[:400] == expected
    if expected:
        radius = expected[len(expected) // 2][0]
        found = pages(collection, ByVector(query[0]), {**options, "radius": radius}, page)
        assert found[:400] == [pair for pair in expected if pair[0] <= radius]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("page", [3, 17])
def test_products_have_one_order(given_ties: Given, size: int, page: int) -> None:
    query = vectors_with_ties(1, 8)
    best: dict[int, tuple[float, str]] = {}
    for pair in naive(size, query):
        best.setdefault(row_of(pair[1]) % 40, pair)
    found = pages(
        given_ties.collection(size), ByVector(query[0]), {"product_field": "product"}, page
    )
    assert found == list(best.values())


@pytest.mark.parametrize(
    ("size", "weight"), [(1, 0.4), (3_000, 0.0), (3_000, 0.4), (3_000, 1.0), (20_000, 0.4)]
)
def test_blends_with_tags_have_one_order(given_ties: Given, size: int, weight: float) -> None:
    query = vectors_with_ties(1, 9)
    expected = []
    for distance, record_id in naive(size, query):
        own = set(attributes(row_of(record_id))["tags"])
        unlike = 1 - len(own & {"b", "x"}) / len(own | {"b", "x"})
        blend = round((1 - weight) * distance + weight * 100 * unlike, 6)
        expected.append((blend, record_id))
    expected.sort()
    options = {"tags": TagBlend(["b", "x"], weight)}
    for page in (150, 400):
        found = pages(given_ties.collection(size), ByVector(query[0]), options, page)
        assert found == expected[: len(found)]


@pytest.mark.parametrize("size", SIZES)
def test_diversified_pages_are_slices_of_one_order(given_ties: Given, size: int) -> None:
    query = ByVector(vectors_with_ties(1, 10)[0])
    collection = given_ties.collection(size)
    whole = pages(collection, query, {"diversity": 0.5}, 420)
    assert len({record_id for _, record_id in whole}) == len(whole) == min(size, 420)
    for page in (9, 64):
        found = pages(collection, query, {"diversity": 0.5}, page)
        assert found[:400] == whole[:400]


class Forgetful(VectorIndex):
    """Finds the nearest, but overlooks every third row, and gives equal ones in no order."""

    name = "forgetful"
    can_filter: ClassVar[bool] = True

    def __init__(self, options: object) -> None:
        super().__init__(options)
        self._vectors = np.empty((0, DIMENSION), np.float32)

    @property
    def size(self) -> int:
        return len(self._vectors)

    def cost(self, count: int, allowed: int | None) -> float:
        return 0.0

    def _build(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def _search(
        self, queries: Vectors, count: int, allowed: NDArray[np.bool_] | None, effort: int | None
    ) -> NDArray[np.int64]:
        found = np.full((len(queries), count), -1, np.int64)
        for place, query in enumerate(queries):
            distances = np.linalg.norm(self._vectors - query, axis=1)
            order = np.argsort(distances, kind="stable")[::-1]
            order = order[np.argsort(distances[order], kind="stable")]
            order = order[order % 3 != 1]
            if allowed is not None:
                order = order[allowed[order]]
            found[place, : len(order[:count])] = order[:count]
        return found


def view_of(vectors: Vectors) -> View:
    """A view of rows that come from no catalog."""
    saved = SavedRows(
        ids=Ids.of(name(row) for row in range(len(vectors))),
        serials=np.arange(len(vectors)),
        alive=np.ones(len(vectors), np.bool_),
        vectors=vectors,
        position=Position(0, 0),
    )
    return Contents(DIMENSION, saved, generation=0).view()


@settings(max_examples=40, deadline=None)
@given(
    size=st.integers(1, 400),
    distinct=st.booleans(),
    counts=st.lists(st.integers(1, 420), min_size=1, max_size=6),
    share=st.sampled_from([0, 2, 5]),
)
def test_an_approximate_head_and_the_rest_make_one_order(
    size: int, distinct: bool, counts: list[int], share: int
) -> None:
    chance = np.random.default_rng(size)
    vectors = vectors_with_ties(size)
    if distinct:
        vectors = chance.normal(size=(size, DIMENSION)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    view = view_of(vectors)
    index = Forgetful(None)
    index.build(vectors[: max(1, size - 40)])
    mask = np.arange(size) % share == 0 if share else None
    target = Target(vectors[:1], 50.0)

    def ranking() -> Ranking:
        return Ranking(view, IndexView(index, index.size), target, mask=mask)

    exact = Ranking(view, IndexView(), target, mask=mask)
    whole, everything = _pairs(view, ranking().first(size)), _pairs(view, exact.first(size))
    assert whole == sorted(whole)
    assert set(whole) <= set(everything)
    for count in counts:
        assert _pairs(view, ranking().first(count)) == whole[:count]
    overlooked = sorted(set(everything) - set(whole))
    assert len(whole) <= HEAD or all(pair < whole[HEAD] for pair in overlooked)


def _pairs(view: View, ranked: Ranked) -> Order:
    return list(zip(ranked.distances.tolist(), view.ids_of(ranked.rows.tolist()), strict=True))

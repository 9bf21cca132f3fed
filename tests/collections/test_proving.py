"""Exact searches that prove by codes what they left out: never another answer than a scan of everything."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from photomill.collections import proving
from photomill.collections.collection import Collection
from photomill.collections.contents import Contents, SavedRows, View
from photomill.collections.ids import Ids
from photomill.collections.model import ByVector, NewRecord, SearchOptions, SearchResult
from photomill.collections.planner import Way
from photomill.collections.ranking import Mask, Ranked, Ranking
from photomill.collections.retrieval import IndexView
from photomill.collections.store.records import Position
from photomill.collections.target import Target
from photomill.testing import open_component
from photomill_faiss import ByteIndex, RabitqIndex

CASES = 10_000
QUERIES = 50
Vectors = NDArray[np.float32]
Random = np.random.Generator


class FreeIndex(ByteIndex):
    """Costs nothing, so that the smallest collections are searched by it too."""

    def cost(self, count: int, allowed: int | None) -> float:
        return -1e6


def unit(vectors: NDArray[np.float64]) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def normal(chance: Random, rows: int, dimension: int) -> Vectors:
    return unit(chance.normal(size=(rows, dimension)))


def clusters(chance: Random, rows: int, dimension: int) -> Vectors:
    centres = chance.normal(size=(30, dimension))
    noise = 0.3 * chance.normal(size=(rows, dimension))
    return unit(centres[chance.integers(0, 30, rows)] + noise)


def equal_distances(chance: Random, rows: int, dimension: int) -> Vectors:
    """Four entries of ±0.5: distances are exact, and of nine kinds only."""
    some = np.zeros((rows, dimension), np.float32)
    for vector in some:
        vector[chance.choice(dimension, 4, replace=False)] = chance.choice([-0.5, 0.5], 4)
    return some


def copies(chance: Random, rows: int, dimension: int) -> Vectors:
    """Each row some dozen times."""
    return normal(chance, rows // 12, dimension)[chance.integers(0, rows // 12, rows)]


def hardly_unlike(chance: Random, rows: int, dimension: int) -> Vectors:
    """Rows that differ in the last places of their numbers."""
    few = normal(chance, 40, dimension)[chance.integers(0, 40, rows)]
    return unit(few + 1e-6 * chance.normal(size=few.shape))


def spikes(chance: Random, rows: int, dimension: int) -> Vectors:
    return unit(chance.standard_cauchy(size=(rows, dimension)))


KINDS = [normal, clusters, equal_distances, copies, hardly_unlike, spikes]


def view_of(vectors: Vectors, ids: list[str], dead: NDArray[np.int64]) -> View:
    saved = SavedRows(
        ids=Ids.of(ids),
        serials=np.arange(len(vectors)),
        alive=np.ones(len(vectors), np.bool_),
        vectors=vectors,
        position=Position(0, 0),
    )
    contents = Contents(vectors.shape[1], saved, generation=0)
    contents.mark_dead(dead.tolist())
    return contents.view()


def naive(view: View, target: Target, mask: Mask | None) -> list[tuple[float, str]]:
    """The first 60 surviving rows by (distance, id), and all that tie with the last of them."""
    rows = np.flatnonzero(view.alive if mask is None else view.alive & mask)
    distances = target.distances(view.vectors.gather(rows))
    near = distances <= np.partition(distances, 60)[60]
    ids = view.ids_of(rows[near].tolist())
    return sorted(zip(distances[near].tolist(), ids, strict=True))


def pairs(view: View, ranked: Ranked) -> list[tuple[float, str]]:
    return list(zip(ranked.distances.tolist(), view.ids_of(ranked.rows.tolist()), strict=True))


@pytest.fixture
def free_index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FreeIndex]:
    with open_component(FreeIndex, {}, cache_dir=tmp_path_factory.mktemp("cache")) as index:
        yield index


@pytest.mark.parametrize("kind", KINDS)
def test_never_another_answer_than_brute_force(
    kind: Callable[..., Vectors], free_index: FreeIndex
) -> None:
    chance = np.random.default_rng(KINDS.index(kind))
    proven = cases = 0
    while cases < CASES / len(KINDS):
        size, dimension = int(chance.integers(1000, 4000)), int(chance.choice([4, 16, 33, 96]))
        vectors = kind(chance, size, dimension)
        ids = [f"r{number:05}" for number in chance.permutation(size)]
        dead = np.flatnonzero(chance.random(size) < chance.choice([0.0, 0.2]))
        view = view_of(vectors, ids, dead)
        # Some rows have no codes yet; or codes have some rows that the view has not.
        coded = size - int(chance.choice([0, 0, 30]))
        free_index.build(vectors[:coded])
        if coded == size and chance.random() < 0.3:
            free_index.add(kind(chance, 40, dimension))
        codes = IndexView(free_index, free_index.size)
        mask = chance.random(size) < 0.7 if chance.random() < 0.3 else None
        near = unit(vectors[:QUERIES] + 0.01 * chance.normal(size=(QUERIES, dimension)))
        for place in range(QUERIES):
            query = (vectors, near, kind(chance, QUERIES, dimension))[place % 3][place][np.newaxis]
            target = Target(query, float(chance.choice([1.0, 50.0])))
            expected = naive(view, target, mask)
            count = int(chance.choice([1, 3, 10, 40]))
            ranking = Ranking(view, IndexView(), target, mask=mask, exact=True, codes=codes)
            assert pairs(view, ranking.first(count)) == expected[:count]
            assert ranking.certified
            proven += ranking.plan.way is Way.CODES
            more = int(chance.integers(1, 60))
            assert pairs(view, ranking.first(more)) == expected[:more]
            # Radii at which rows lie, inclusive.
            radius = expected[int(chance.integers(0, 50))][0]
            ranking = Ranking(view, IndexView(), target, mask=mask, codes=codes)
            within = [pair for pair in expected if pair[0] <= radius]
            assert pairs(view, ranking.within(radius)) == within
            cases += 1
    assert proven > 0.3 * cases or kind in (equal_distances, hardly_unlike)


# ---------------------------------------------------------------- whole collections


SIZE, DIMENSION = 6000, 32


@pytest.fixture
def collection(
    make_collection: Callable[..., Collection], monkeypatch: pytest.MonkeyPatch
) -> Collection:
    monkeypatch.setattr(ByteIndex, "cost", FreeIndex.cost)
    monkeypatch.setattr(proving, "PAYS_FROM", 1)
    opened = make_collection(DIMENSION)
    insert(opened, 0, SIZE)
    opened.settle()
    return opened


def rows_of(first: int, last: int) -> Vectors:
    return clusters(np.random.default_rng(5), 2 * SIZE, DIMENSION)[first:last]


def insert(collection: Collection, first: int, last: int) -> None:
    collection.insert(
        [
            NewRecord(f"r{row}", None, {"part": row % 2}, vector)
            for row, vector in enumerate(rows_of(first, last), first)
        ]
    )


def search_until_codes(collection: Collection, query: ByVector, most: int = 100) -> SearchResult:
    """Search till codes answer that hold all but a few rows."""
    while True:
        found = collection.search(query, SearchOptions(limit=5, exact=True))
        assert found.certified
        if found.plan == "codes" and found.scanned <= 240 + most:
            return found
        time.sleep(0.01)


def test_codes_are_made_once_an_exact_search_would_gain(collection: Collection) -> None:
    query = ByVector(rows_of(7, 8)[0])
    options = SearchOptions(limit=5, exact=True)
    scanned = collection.search(query, options)
    assert (scanned.plan, scanned.scanned, scanned.certified) == ("scan", SIZE, True)
    coded = search_until_codes(collection, query)
    assert coded.hits == scanned.hits
    assert coded.scanned < SIZE / 10


def test_inserts_and_deletes_are_seen_at_once(collection: Collection) -> None:
    query = ByVector(rows_of(7, 8)[0])
    search_until_codes(collection, query)
    collection.delete(["r7"])
    insert(collection, SIZE, SIZE + 900)
    options = SearchOptions(limit=5, exact=True)
    assert "r7" not in [hit.id for hit in collection.search(query, options).hits]
    fresh = ByVector(rows_of(SIZE + 850, SIZE + 851)[0])
    assert collection.search(fresh, options).hits[0].id == f"r{SIZE + 850}"
    # In the background the new ones are coded too.
    assert search_until_codes(collection, fresh).hits[0].id == f"r{SIZE + 850}"


def test_filters_and_radii_are_proven_too(collection: Collection) -> None:
    query = ByVector(rows_of(7, 8)[0])
    options = [
        SearchOptions(limit=5, exact=True, filter={"part": 1}),
        SearchOptions(limit=None, radius=3.0),
        SearchOptions(limit=None, radius=40.0),
        SearchOptions(limit=5, offset=5, exact=True),
        SearchOptions(limit=3000, exact=True),
    ]
    scanned = [collection.search(query, each) for each in options]
    search_until_codes(collection, query)
    found = [collection.search(query, each) for each in options]
    assert [each.hits for each in found] == [each.hits for each in scanned]
    assert all(each.certified for each in found)
    assert found[1].plan == "codes"


class FreeRabitq(RabitqIndex):
    def cost(self, count: int, allowed: int | None) -> float:
        return 0.0


def test_approximate_answers_are_not_certified(tmp_path: Path) -> None:
    vectors = rows_of(0, SIZE)
    view = view_of(vectors, [f"r{row}" for row in range(SIZE)], np.empty(0, np.int64))
    target = Target(vectors[:1], 50.0)
    with open_component(FreeRabitq, {}, cache_dir=tmp_path) as index:
        index.build(vectors)
        ranking = Ranking(view, IndexView(index, SIZE), target)
        ranking.first(5)
        assert (ranking.plan.way, ranking.certified) == (Way.INDEX, False)

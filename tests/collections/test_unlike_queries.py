"""Queries that are unlike the rows, as texts are unlike images: all rows are about equally far from them."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.collections.conftest import MakeCollection

from photomill.collections.collection import Collection
from photomill.collections.model import ByVector, NewRecord, SearchOptions

ROWS = 12_000
DIMENSION = 512
Vectors = NDArray[np.float32]
Random = np.random.Generator


def unit(vectors: NDArray[np.float64]) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def in_a_cone(chance: Random) -> Vectors:
    """Clusters along few directions, all about one mean."""
    mean, mixing = chance.normal(size=DIMENSION), chance.normal(size=(40, DIMENSION)) / 8
    centres = chance.normal(size=(200, 40))
    latent = centres[chance.integers(0, 200, ROWS)] + 0.6 * chance.normal(size=(ROWS, 40))
    return unit(mean + latent @ mixing + 0.2 * chance.normal(size=(ROWS, DIMENSION)))


def in_tight_clusters(chance: Random) -> Vectors:
    centres = chance.normal(size=(60, DIMENSION))
    noise = 0.2 * chance.normal(size=(ROWS, DIMENSION))
    return unit(centres[chance.integers(0, 60, ROWS)] + noise)


def in_few_dimensions(chance: Random) -> Vectors:
    flat = chance.normal(size=(ROWS, 8)) @ chance.normal(size=(8, DIMENSION))
    return unit(flat + 0.02 * chance.normal(size=flat.shape))


def in_all_directions(chance: Random) -> Vectors:
    return unit(chance.normal(size=(ROWS, DIMENSION)))


def far_from(vectors: Vectors, chance: Random, count: int = 20) -> Vectors:
    """Unit vectors in any direction, but for a cosine of .25 to the mean of the rows."""
    mean = unit(vectors.mean(axis=0, keepdims=True, dtype=np.float64))[0]
    apart = chance.normal(size=(count, DIMENSION))
    apart -= np.outer(apart @ mean, mean)
    return unit(0.25 * mean + np.sqrt(1 - 0.25**2) * unit(apart))


def filled(collection: Collection, vectors: Vectors) -> Collection:
    for start in range(0, len(vectors), 1000):
        collection.insert(
            [
                NewRecord(f"{row:05}", attributes={"fifth": row % 5}, vector=vectors[row])
                for row in range(start, start + 1000)
            ]
        )
    collection.settle()
    return collection


def found(collection: Collection, query: Vectors, options: SearchOptions) -> list[str]:
    return [hit.id for hit in collection.search(ByVector(query), options).hits]


@pytest.mark.parametrize("index", ["large", "ivf"])
@pytest.mark.parametrize(
    "rows_lie", [in_a_cone, in_tight_clusters, in_few_dimensions, in_all_directions]
)
def test_their_nearest_are_found(
    rows_lie: Callable[[Random], Vectors], index: str, make_collection: MakeCollection
) -> None:
    chance = np.random.default_rng(5)
    vectors = rows_lie(chance)
    queries = far_from(vectors, chance)
    collection = filled(make_collection(DIMENSION, index), vectors)
    for fifth in (None, 3):
        options = SearchOptions(limit=10, filter=None if fifth is None else {"fifth": fifth})
        allowed = np.arange(ROWS) % 5 == fifth if fifth is not None else np.ones(ROWS, np.bool_)
        hits = 0
        for query in queries:
            nearest = np.where(allowed, -(vectors @ query), np.inf).argsort()[:10]
            answer = found(collection, query, options)
            assert len(answer) == 10
            hits += len({f"{row:05}" for row in nearest} & set(answer))
        assert hits >= 0.98 * 10 * len(queries)


def test_their_pages_fit_together(make_collection: MakeCollection) -> None:
    chance = np.random.default_rng(6)
    vectors = in_tight_clusters(chance)
    collection = filled(make_collection(DIMENSION, "large"), vectors)
    for query in far_from(vectors, chance, 4):
        whole = found(collection, query, SearchOptions(limit=120))
        for size in (7, 60):
            pages = [
                found(collection, query, SearchOptions(limit=size, offset=offset))
                for offset in range(0, 120, size)
            ]
            assert [each for page in pages for each in page][:120] == whole


def test_queries_like_the_rows_are_answered_by_the_index(make_collection: MakeCollection) -> None:
    chance = np.random.default_rng(7)
    vectors = in_a_cone(chance)
    collection = filled(make_collection(DIMENSION, "large"), vectors)
    for row in range(0, ROWS, 1000):
        nudged = unit(vectors[row : row + 1] + 0.01 * chance.normal(size=(1, DIMENSION)))[0]
        answer = collection.search(ByVector(nudged), SearchOptions(limit=10))
        assert answer.plan == "index"
        assert answer.hits[0].id == f"{row:05}"

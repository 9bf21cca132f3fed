"""The bound of 8-bit codes is never above what a row is away, whatever the vectors are like."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from photomill.components import VectorIndex
from photomill.testing import open_component
from photomill.testing.index import clustered_vectors
from photomill_faiss import ByteIndex, axes
from photomill_faiss.byte_codes import Bounds, ByteCodes

OpenIndex = Callable[..., VectorIndex]
Vectors = NDArray[np.float32]


def unit(vectors: NDArray[np.float64]) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0), np.float32)


def normal(chance: np.random.Generator, rows: int, dimension: int) -> Vectors:
    return unit(chance.normal(size=(rows, dimension)))


def few_distinct(chance: np.random.Generator, rows: int, dimension: int) -> Vectors:
    return normal(chance, 5, dimension)[chance.integers(0, 5, rows)]


def one_hot(chance: np.random.Generator, rows: int, dimension: int) -> Vectors:
    return np.eye(dimension, dtype=np.float32)[chance.integers(0, dimension, rows)]


def nearly_equal(chance: np.random.Generator, rows: int, dimension: int) -> Vectors:
    return unit(1.0 + 1e-7 * chance.normal(size=(rows, dimension)))


def heavy_tails(chance: np.random.Generator, rows: int, dimension: int) -> Vectors:
    return unit(chance.standard_cauchy(size=(rows, dimension)))


def one_dimension_rules(chance: np.random.Generator, rows: int, dimension: int) -> Vectors:
    vectors = 0.01 * chance.normal(size=(rows, dimension))
    vectors[:, 0] += 1.0
    return unit(vectors)


def any_length(chance: np.random.Generator, rows: int, dimension: int) -> Vectors:
    vectors = normal(chance, rows, dimension)
    odd = chance.random(rows) < 0.1
    vectors[odd] *= np.asarray(10.0 ** chance.uniform(-30, 15, (int(odd.sum()), 1)), np.float32)
    vectors[chance.random(rows) < 0.05] = 0.0
    return vectors


KINDS = [
    normal,
    few_distinct,
    one_hot,
    nearly_equal,
    heavy_tails,
    one_dimension_rules,
    any_length,
]


@given(
    kind=st.sampled_from(KINDS),
    grown_by=st.sampled_from(KINDS),
    seed=st.integers(0, 2**32 - 1),
    dimension=st.sampled_from([2, 3, 31, 32, 100, 190, 513, 1100]),
    count=st.sampled_from([1, 5, 40]),
    filtered=st.booleans(),
    sketched=st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_nothing_left_out_is_nearer(
    kind: Callable[..., Vectors],
    grown_by: Callable[..., Vectors],
    seed: int,
    dimension: int,
    count: int,
    filtered: bool,
    sketched: bool,
    opened: VectorIndex,
) -> None:
    chance = np.random.default_rng(seed)
    vectors, more = kind(chance, 200, dimension), grown_by(chance, 60, dimension)
    with pytest.MonkeyPatch.context() as patch:
        if sketched:
            # So that the fewest axes are the cheapest.
            patch.setattr(axes, "_MEASURING", 0.0)
            patch.setattr(axes, "_COPYING", 0.0)
        opened.build(vectors)
    opened.add(more)
    everything = np.concatenate([vectors, more])
    allowed = chance.random(len(everything)) < 0.4 if filtered else None
    near = unit(vectors[3:6] + 1e-3 * chance.normal(size=(3, dimension)))
    odd = [np.float32(10.0**power) * near[0] for power in (-12, 3, 15)]
    for query in [*normal(chance, 3, dimension), *near, everything[0], everything[-1], *odd]:
        found = opened.bounded(query, count, allowed=allowed)
        others = np.ones(len(everything), np.bool_) if allowed is None else allowed.copy()
        assert np.all(others[found.rows])
        others[found.rows] = False
        distances = np.linalg.norm(everything.astype(np.float64) - query.astype(np.float64), axis=1)
        assert distances[others].min(initial=np.inf) >= found.beyond
        assert np.all(distances[found.rows] >= found.least)
        assert np.all(np.diff(found.least) >= 0)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VectorIndex]:
    with open_component(ByteIndex, {}, cache_dir=tmp_path_factory.mktemp("cache")) as index:
        yield index


def test_sums_of_products_err_less_than_is_allowed() -> None:
    """Added up in float32 in the worst order: one after the other."""
    vectors = normal(np.random.default_rng(0), 50, 2000)
    codes = ByteCodes.fitted(vectors)
    coded = codes.coded(vectors)
    bounds = Bounds(float(coded.lengths.max()), float(coded.residuals.max()))
    for query in vectors[:10]:
        integers = codes.query(query, bounds).integers
        sums = np.cumsum(coded.codes * integers, axis=1, dtype=np.float32)[:, -1]
        for product, row in zip(sums, vectors, strict=True):
            (bound,) = codes.query(query, bounds).least_distances(np.array([product]))
            assert np.linalg.norm(row.astype(np.float64) - query) >= bound


def test_the_bound_is_near_enough_to_be_of_use(open_index: OpenIndex) -> None:
    index, vectors = open_index(ByteIndex), clustered_vectors(6000, 300)
    index.build(vectors)
    for query in clustered_vectors(20, 300, seed=1):
        distances = np.sort(np.linalg.norm(vectors - query, axis=1))
        assert index.bounded(query, 400).beyond > distances[10]


def test_sketches_are_no_further_apart_than_rows() -> None:
    chance = np.random.default_rng(0)
    vectors = unit(chance.normal(size=(9000, 200)) / np.arange(1, 201))
    sketches = axes.Axes.fitted(vectors).sketched(vectors)
    assert sketches.shape[1] < 100
    assert np.allclose(np.linalg.norm(sketches, axis=1), np.linalg.norm(vectors, axis=1))
    first, second = chance.permutation(9000).reshape(2, -1)
    apart = np.linalg.norm(sketches[first] - sketches[second], axis=1)
    distances = np.linalg.norm(vectors[first].astype(np.float64) - vectors[second], axis=1)
    assert np.all(apart <= distances + 1e-7)
    assert np.mean(apart / distances) > 0.8


def test_one_odd_row_spoils_nothing(open_index: OpenIndex) -> None:
    index, vectors = open_index(ByteIndex), clustered_vectors(6000, 300)
    index.build(vectors)
    before = index.bounded(vectors[0], 100)
    odd = np.zeros((3, 300), np.float32)
    odd[0, 0], odd[1] = 1.0, 1e6
    index.add(odd)
    after = index.bounded(vectors[0], 100)
    assert after.beyond == before.beyond
    assert {6000, 6001, 6002} <= set(after.rows.tolist())

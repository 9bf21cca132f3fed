"""The exact index is exact, however its rows came."""

from collections.abc import Callable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from photomill.components import NoOptions, VectorIndex, Vectors
from photomill_exact import ExactIndex

OpenIndex = Callable[..., VectorIndex]

# Few values, so that many rows are equal or equally far away.
VALUES = st.sampled_from([-1.0, 0.0, 1.0, 2.0])


@st.composite
def unit_vectors(draw: st.DrawFn, dimension: int) -> Vectors:
    count = draw(st.integers(1, 40))
    raw = draw(arrays.arrays(np.float32, (count, dimension), elements=VALUES))
    # The zero vector has no direction.
    raw[~raw.any(axis=1), 0] = 1.0
    return np.asarray(raw / np.linalg.norm(raw, axis=1, keepdims=True), np.float32)


@given(
    parts=st.lists(unit_vectors(4), min_size=1, max_size=3),
    queries=unit_vectors(4),
    count=st.integers(1, 130),
    data=st.data(),
)
def test_rows_are_the_nearest_up_to_ties(
    parts: list[Vectors], queries: Vectors, count: int, data: st.DataObject
) -> None:
    vectors = np.concatenate(parts)
    masks = st.none() | arrays.arrays(np.bool_, len(vectors))
    allowed: NDArray[np.bool_] | None = data.draw(masks)
    index = ExactIndex(NoOptions())
    index.build(parts[0])
    for part in parts[1:]:
        index.add(part)
    candidates = np.arange(len(vectors)) if allowed is None else np.flatnonzero(allowed)
    for query, found in zip(queries, index.search(queries, count, allowed=allowed), strict=True):
        rows = found[found >= 0]
        distances = np.linalg.norm(vectors - query, axis=1)
        assert len(set(rows.tolist())) == len(rows) == min(count, len(candidates))
        assert np.isin(rows, candidates).all()
        expected = np.sort(distances[candidates])[: len(rows)]
        np.testing.assert_allclose(np.sort(distances[rows]), expected, atol=1e-3)


def test_more_rows_than_one_block(open_index: OpenIndex) -> None:
    vectors = np.random.default_rng(0).normal(size=(150_000, 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = open_index(ExactIndex)
    index.build(vectors[:140_000])
    index.add(vectors[140_000:])
    queries = vectors[[0, 65_536, 131_072, 149_999]]
    expected = np.argsort(-(queries @ vectors.T), axis=1)[:, :20]
    assert np.array_equal(np.sort(index.search(queries, 20)), np.sort(expected))


def test_it_holds_no_copy(open_index: OpenIndex) -> None:
    vectors = np.eye(3, dtype=np.float32)
    index = open_index(ExactIndex)
    index.build(vectors)
    vectors[[0, 2]] = vectors[[2, 0]]
    assert index.search(np.eye(3, dtype=np.float32)[:1], 1).tolist() == [[2]]

"""A rotation in two steps turns vectors as one matrix would."""

from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.indexes.conftest import OpenIndex
from tests.indexes.drawn_vectors import in_all_directions, like_images, unit

from photomill.components import VectorIndex, Vectors
from photomill.errors import PluginError
from photomill.testing.index import nearest
from photomill_faiss import IvfRabitqIndex, RabitqIndex
from photomill_faiss.rotation import Rotation


@given(dimension=st.integers(1, 700), count=st.integers(1, 40), seed=st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_it_keeps_lengths_and_angles(dimension: int, count: int, seed: int) -> None:
    vectors = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    rotated = Rotation.drawn(dimension, 7).apply(vectors)
    assert rotated.shape == vectors.shape
    assert rotated.dtype == np.float32
    scale = np.linalg.norm(vectors, axis=1).max() ** 2
    assert np.allclose(rotated @ rotated.T, vectors @ vectors.T, atol=1e-5 * max(1.0, scale))


@given(dimension=st.integers(1, 300), seed=st.integers(0, 3))
@settings(max_examples=30, deadline=None)
def test_it_is_the_same_each_time_and_for_each_row(dimension: int, seed: int) -> None:
    vectors = np.random.default_rng(seed).normal(size=(5, dimension)).astype(np.float32)
    once, again = (Rotation.drawn(dimension, 7).apply(vectors) for _ in range(2))
    assert np.array_equal(once, again)
    alone = np.concatenate(
        [Rotation.drawn(dimension, 7).apply(each[np.newaxis]) for each in vectors]
    )
    assert np.allclose(alone, once, atol=1e-4)


def of_one_product(count: int, seed: int) -> Vectors:
    """Each the products of 16 numbers and 16 others, which one rotation of rows and one of columns leave so."""
    random = np.random.default_rng(seed)
    products = random.normal(size=(count, 16, 1)) * random.normal(size=(count, 1, 16))
    return unit(products.reshape(count, -1))


def with_few_numbers(count: int, seed: int) -> Vectors:
    random = np.random.default_rng(seed)
    numbers = random.normal(size=(count, 256))
    numbers[random.random(numbers.shape) < 0.97] = 0.0
    numbers[:, 0] += 0.1
    return unit(numbers)


@pytest.mark.parametrize("draw", [like_images, in_all_directions, of_one_product, with_few_numbers])
def test_codes_find_as_many_as_after_a_matrix(draw: Callable[[int, int], Vectors]) -> None:
    vectors, queries = draw(6000, 3), draw(60, 4)
    matrix = np.linalg.qr(np.random.default_rng(5).normal(size=(256, 256)))[0].astype(np.float32)
    rotations = [Rotation.drawn(256, 7).apply, lambda rows: np.ascontiguousarray(rows @ matrix)]
    ours, theirs = (share_found(vectors, queries, rotate) for rotate in rotations)
    assert ours > theirs - 0.03


def share_found(vectors: Vectors, queries: Vectors, rotate: Callable[[Vectors], Vectors]) -> float:
    """Of the ten nearest, those among a hundred by 1-bit codes."""
    index = faiss.IndexRaBitQ(256, faiss.METRIC_L2, 1)
    index.train(rotate(vectors))
    index.add(rotate(vectors))
    _, found = index.search(rotate(queries), 100)
    return float(
        np.mean(
            [
                len(nearest(vectors, query, 10) & set(rows.tolist())) / 10
                for query, rows in zip(queries, found, strict=True)
            ]
        )
    )


@pytest.mark.parametrize("kind", [RabitqIndex, IvfRabitqIndex])
def test_codes_of_rows_rotated_in_another_way_are_not_read(
    kind: type[VectorIndex], open_index: OpenIndex, tmp_path: Path
) -> None:
    vectors, path = like_images(3000, 3), tmp_path / "index"
    built = open_index(kind)
    built.build(vectors)
    built.save(path)
    path.write_bytes(path.read_bytes().replace(b'"in two steps"', b'"HadamardRot."'))
    with pytest.raises(PluginError, match="rotated in another way"):
        open_index(kind).load(path, vectors)

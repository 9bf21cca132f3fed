"""Vectors in fewer dimensions."""

import numpy as np
import pytest

from photomill.components import Vectors
from photomill.grouping.reduction import reduce_dimensions


def themes(count: int, dimension: int) -> Vectors:
    generator = np.random.default_rng(3)
    middles = generator.normal(size=(20, dimension))
    vectors = middles[np.arange(count) % 20] + 0.2 * generator.normal(size=(count, dimension))
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


@pytest.mark.parametrize(("count", "dimension"), [(240, 500), (600, 300)])
def test_distances_stay_about_the_same(count: int, dimension: int) -> None:
    vectors = themes(count, dimension)
    shorter = reduce_dimensions(vectors)
    assert shorter.shape == (count, 65)
    assert shorter.dtype == np.float32
    assert np.linalg.norm(shorter, axis=1) == pytest.approx(1, abs=1e-5)
    apart = np.abs(shorter @ shorter.T - vectors @ vectors.T)
    assert apart.max() < 0.1
    assert np.array_equal(shorter, reduce_dimensions(vectors))


def test_few_or_short_vectors_stay_as_they_are() -> None:
    for vectors in (themes(200, 500), themes(300, 64)):
        assert reduce_dimensions(vectors) is vectors

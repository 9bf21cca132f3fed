"""Vectors that differ along few directions, or along all, and the share of the nearest that an index finds among them."""

import numpy as np

from photomill.components import VectorIndex, Vectors
from photomill.testing.index import nearest

DIMENSION = 256


def like_images(count: int, seed: int, *, mixed_by: int = 1) -> Vectors:
    """Unit vectors in clusters that differ along 40 of all directions, with a little noise in all of them."""
    random = np.random.default_rng(seed)
    mixing = np.random.default_rng(mixed_by).normal(size=(40, DIMENSION))
    centres = np.random.default_rng(2).normal(size=(200, 40))
    latent = centres[random.integers(0, 200, count)] + 0.5 * random.normal(size=(count, 40))
    vectors = latent @ mixing + 0.6 * random.normal(size=(count, DIMENSION)) + 2.0
    return unit(vectors)


def unit(vectors: np.ndarray) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def in_all_directions(count: int, seed: int, *, dimension: int = DIMENSION) -> Vectors:
    return unit(np.random.default_rng(seed).normal(size=(count, dimension)))


def in_tight_clusters(count: int, seed: int) -> Vectors:
    """Rows in clusters, in which nothing but noise tells one from another."""
    random = np.random.default_rng(seed)
    mixing = np.random.default_rng(1).normal(size=(40, DIMENSION))
    centres = np.random.default_rng(2).normal(size=(200, 40))
    latent = centres[random.integers(0, 200, count)] + 0.1 * random.normal(size=(count, 40))
    return unit(latent @ mixing + 0.6 * random.normal(size=(count, DIMENSION)) + 2.0)


def recall(index: VectorIndex, vectors: Vectors, queries: Vectors, count: int = 10) -> float:
    found = index.search(queries, index.candidates_for(queries, count))
    shares = [
        len(nearest(vectors, query, count) & set(rows.tolist()))
        for query, rows in zip(queries, found, strict=True)
    ]
    return float(np.mean(shares)) / count

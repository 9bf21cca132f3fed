"""Vectors in fewer dimensions, where only their distances matter."""

import numpy as np
from numpy.typing import NDArray

from photomill.components import Vectors

_DIRECTIONS = 64
_SMALL = 200
"""Images up to which nothing is gained."""


def reduce_dimensions(vectors: Vectors) -> Vectors:
    """Turn unit vectors into shorter ones with about the same distances.

    Principal components, uncentred; what is left of each vector's length becomes one more coordinate, so that rows stay
    unit rows.

    :param vectors: float32 (n, dimension), unit rows.
    :returns: float32 (n, 65), or the vectors themselves where they are few or short.
    """
    count, dimension = vectors.shape
    if count <= _SMALL or dimension <= _DIRECTIONS + 1:
        return vectors
    kept = _components(vectors.astype(np.float64))
    rest = np.sqrt(np.maximum(1 - (kept**2).sum(axis=1), 0))
    rows = np.column_stack([kept, rest])
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _components(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    count, dimension = vectors.shape
    if count < dimension:
        values, directions = np.linalg.eigh(vectors @ vectors.T)
        lengths = np.sqrt(np.maximum(values[-_DIRECTIONS:], 0))
        return np.asarray(directions[:, -_DIRECTIONS:] * lengths)
    _, axes = np.linalg.eigh(vectors.T @ vectors)
    return np.asarray(vectors @ axes[:, -_DIRECTIONS:])

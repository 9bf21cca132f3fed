"""Vectors as text, so that a job's items can hold them."""

import base64
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from photomill.components import Vectors


def pack_vector(vector: NDArray[np.float32]) -> str:
    """A vector in base64, as little-endian half floats: their rounding moves a unit vector by less than 0.001."""
    return base64.b64encode(vector.astype("<f2").tobytes()).decode("ascii")


def unpack_vectors(texts: Sequence[str]) -> Vectors:
    """Vectors of one dimension: float32 (n, dimension) of unit rows."""
    rows = [np.frombuffer(base64.b64decode(text), "<f2") for text in texts]
    vectors = np.stack(rows).astype(np.float32)
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit

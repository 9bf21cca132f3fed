"""Vectors as pgvector writes and reads them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_HEADER = 4
"""Bytes before the numbers: their count, and two that are unused."""


def as_text(vector: NDArray[np.float32]) -> str:
    """A vector as a literal; nine digits tell any two float32 apart."""
    return "[" + ",".join([f"{value:.9g}" for value in vector.tolist()]) + "]"


def from_bytes(sent: Sequence[bytes], dimension: int) -> NDArray[np.float32]:
    """What ``vector_send`` gave: float32 (n, dimension)."""
    joined = b"".join(each[_HEADER:] for each in sent)
    return np.frombuffer(joined, ">f4").reshape(len(sent), dimension).astype(np.float32)

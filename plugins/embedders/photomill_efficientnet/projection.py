"""From EfficientNet-Lite0's 1280 pooled features to the 256 directions in which its classes differ most."""

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import Vectors
from photomill_lite0.graph import FEATURES
from photomill_networks.features import unit_vector

DIMENSION = 256
"""Directions kept: with 128, small thumbnails lose a tenth of what is found; with 512, little is gained."""


class Projection:
    """Turns features of length 1 into vectors of length 1.

    Both the directions and the middle are made of the classifier's weights, and of no data. The directions are the
    first right singular vectors of the weights, whose mean over the classes is taken away first: it changes no class's
    score beside another's. The middle stands for a typical image: it is the mean over the classes of what speaks for
    each, that is of its positive weights, brought to length 1. The mean of 250 photographs' features points the same
    way (cosine .98), and finds no more, see ``benchmarks/vector_versions.py``.
    """

    def __init__(self, middle: NDArray[np.float32], directions: NDArray[np.float32]) -> None:
        """
        :param middle: (1280,).
        :param directions: (256, 1280), orthonormal rows.
        """
        self._middle = middle
        self._directions = directions

    @classmethod
    def of_classifier(cls, weights: NDArray[np.float32]) -> "Projection":
        """Make the projection of a classifier's weights.

        :param weights: (1000, 1280).
        """
        exact = weights.astype(np.float64)
        speaking_for = np.maximum(exact, 0.0)
        speaking_for /= np.linalg.norm(speaking_for, axis=1, keepdims=True)
        _, _, directions = np.linalg.svd(exact - exact.mean(axis=0), full_matrices=False)
        directions = directions[:DIMENSION]
        # A direction and its opposite serve as well; which one comes out differs between machines.
        largest = np.argmax(np.abs(directions), axis=1)
        directions *= np.sign(directions[np.arange(DIMENSION), largest])[:, np.newaxis]
        return cls(speaking_for.mean(axis=0).astype(np.float32), directions.astype(np.float32))

    @classmethod
    def from_bytes(cls, data: bytes) -> "Projection":
        rows = np.frombuffer(data, "<f4").reshape(1 + DIMENSION, FEATURES)
        return cls(rows[0], rows[1:])

    def to_bytes(self) -> bytes:
        return np.vstack([self._middle, self._directions]).astype("<f4").tobytes()

    def __call__(self, features: Vectors) -> Vectors:
        """
        :param features: float32 (n, 1280), rows of length 1.
        :returns: float32 (n, 256), rows of length 1.
        """
        # One row at a time: in a larger product the sums would be rounded otherwise.
        return np.stack([unit_vector(self._directions @ (row - self._middle)) for row in features])

"""What a search looks for, and how far a row is from it."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.collections.model import Aggregate
from photomill.components.embedder import Vectors

_ROWS_AT_ONCE = 8192
_DECIMALS = 6


@frozen(eq=False)
class Target:
    """One or several query vectors, seen as one.

    :ivar vectors: float32 (m, dimension), unit rows.
    :ivar scale: from Euclidean distance to the distance users see.
    """

    vectors: Vectors
    scale: float
    aggregate: Aggregate = Aggregate.MIN

    @classmethod
    def of(cls, vectors: Vectors, scale: float, aggregate: Aggregate) -> "Target":
        """Make a target; a centroid becomes the one vector that it is."""
        if aggregate is Aggregate.CENTROID and len(vectors) > 1:
            mean = vectors.mean(axis=0, dtype=np.float64)
            length = float(np.linalg.norm(mean))
            # Opposite queries have no middle; the first then stands for all.
            centroid = mean / length if length > 1e-9 else vectors[0]
            return cls(np.asarray(centroid, np.float32)[np.newaxis], scale)
        return cls(vectors, scale, aggregate)

    @property
    def slack(self) -> float:
        """How far :meth:`rough` may be from the square of a rounded distance.

        Inner products in float32 err by some 1e-6, and distances are rounded to 6 decimals. The root of a small square
        makes much of a small error, so a mean of distances, squared again, is less sure.
        """
        rounding = 4e-6 / self.scale
        mean = self.aggregate is Aggregate.MEAN and len(self.vectors) > 1
        return (1e-2 if mean else 1e-5) + rounding

    def rough(self, vectors: Vectors) -> NDArray[np.float32]:
        """Squared Euclidean distance by inner products: float32 (n,), right to :attr:`slack`."""
        if len(self.vectors) == 1:
            products: NDArray[np.float32] = vectors @ self.vectors[0]
            products *= -2.0
            products += 2.0
            return products
        squared = 2.0 - 2.0 * (vectors @ self.vectors.T)
        if self.aggregate is Aggregate.MEAN:
            squared = np.square(np.sqrt(np.maximum(squared, 0.0)).mean(axis=1, keepdims=True))
        return np.asarray(squared.min(axis=1), np.float32)

    def distances(self, vectors: Vectors) -> NDArray[np.float64]:
        """Distances as users see them: float64 (n,), rounded to 6 decimals; 0.0 for equal vectors."""
        result = np.empty(len(vectors), np.float64)
        for start in range(0, len(vectors), _ROWS_AT_ONCE):
            block = vectors[start : start + _ROWS_AT_ONCE].astype(np.float64)
            result[start : start + len(block)] = self._combined(block)
        return shown(result, self.scale)

    def _combined(self, block: NDArray[np.float64]) -> NDArray[np.float64]:
        each = [lengths(block - query) for query in self.vectors]
        if len(each) == 1:
            return each[0]
        if self.aggregate is Aggregate.MEAN:
            return np.asarray(np.mean(each, axis=0))
        return np.asarray(np.min(each, axis=0))


def lengths(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """The length of each row: float64 (n,)."""
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", vectors, vectors)))


def shown(distances: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """Euclidean distances as users see them: scaled, and rounded to 6 decimals."""
    return (distances * scale).round(_DECIMALS)


def reach(radius: float, scale: float) -> float:
    """A Euclidean distance beyond which none is rounded into a radius of users' distance."""
    return (radius + 10.0**-_DECIMALS) / scale

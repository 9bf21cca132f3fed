"""A scan by inner products, which order unit vectors as Euclidean distance does."""

import numpy as np
from numpy.typing import NDArray

from photomill.components import Rows, VectorIndex, Vectors

_QUERIES_AT_ONCE = 16


class ExactIndex(VectorIndex):
    """Holds references to the arrays it was given, and no copy of them."""

    name = "exact"
    can_add = True
    can_filter = True
    exhaustive = True

    def __init__(self, options: object) -> None:
        super().__init__(options)
        self._parts: list[Vectors] = []

    @property
    def size(self) -> int:
        return sum(map(len, self._parts))

    def cost(self, count: int, allowed: int | None) -> float:
        floats = sum(part.size for part in self._parts)
        # A shade less than the planner's own scan, which does the same work.
        return 0.00029 * floats

    def close(self) -> None:
        self._parts = []

    def _build(self, vectors: Vectors) -> None:
        self._parts = [vectors]

    def _add(self, vectors: Vectors) -> None:
        self._parts = [*self._parts, vectors]

    def _search(
        self, queries: Vectors, count: int, allowed: NDArray[np.bool_] | None, effort: int | None
    ) -> Rows:
        found = np.full((len(queries), count), -1, np.int64)
        for start in range(0, len(queries), _QUERIES_AT_ONCE):
            some = queries[start : start + _QUERIES_AT_ONCE]
            products = np.concatenate([some @ part.T for part in self._parts], axis=1)
            if allowed is not None:
                products[:, ~allowed] = -np.inf
            for place, row in enumerate(products, start):
                best = _largest(row, count)
                found[place, : len(best)] = best
        return found


def _largest(products: NDArray[np.float32], count: int) -> Rows:
    if count < len(products):
        best = np.argpartition(-products, count - 1)[:count]
    else:
        best = np.arange(len(products))
    return best[products[best] > -np.inf]

"""A scan by inner products, which order unit vectors as Euclidean distance does."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import Rows, VectorIndex, Vectors

_QUERIES_AT_ONCE = 16
_ROWS_AT_ONCE = 65_536


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
        return 0.00011 * floats

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
            rows = self._nearest(queries[start : start + _QUERIES_AT_ONCE], count, allowed)
            found[start : start + len(rows), : rows.shape[1]] = rows
        return found

    def _nearest(self, queries: Vectors, count: int, allowed: NDArray[np.bool_] | None) -> Rows:
        """The best rows of each query: int64 (len(queries), at most count), -1 where too few are allowed."""
        rows = np.empty((len(queries), 0), np.int64)
        products = np.empty((len(queries), 0), np.float32)
        for start, block in self._blocks():
            here = queries @ block.T
            if allowed is not None:
                here[:, ~allowed[start : start + len(block)]] = -np.inf
            best = _largest(here, count)
            rows = np.concatenate([rows, start + best], axis=1)
            products = np.concatenate([products, np.take_along_axis(here, best, 1)], axis=1)
            best = _largest(products, count)
            rows = np.take_along_axis(rows, best, 1)
            products = np.take_along_axis(products, best, 1)
        rows[products == -np.inf] = -1
        return rows

    def _blocks(self) -> Iterator[tuple[int, Vectors]]:
        """All rows in order, few enough at once to bound the memory that a search takes."""
        before = 0
        for part in self._parts:
            for start in range(0, len(part), _ROWS_AT_ONCE):
                yield before + start, part[start : start + _ROWS_AT_ONCE]
            before += len(part)


def _largest(products: NDArray[np.float32], count: int) -> Rows:
    """Where the ``count`` largest of each row stand, in any order."""
    width = products.shape[1]
    if count >= width:
        return np.broadcast_to(np.arange(width), products.shape)
    return np.argpartition(products, width - count, axis=1)[:, width - count :]

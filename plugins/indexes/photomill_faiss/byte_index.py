"""Scans of 8-bit codes that say how near anything can be that they left out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import Bounded, OpenContext, Rows, VectorIndex, Vectors
from photomill_faiss.axes import LEAST, Axes
from photomill_faiss.byte_scan import ByteScan

_MANY = 4
"""How many times as many are so many that codes of sketches have failed, or would take as long as whole codes."""


class ByteIndex(VectorIndex):
    """All rows' 8-bit codes: exact searches prove by them that nothing was overlooked.

    There are two kinds: of sketches, which are short and suit queries like the rows, and of whole vectors, for others and
    for what the short ones leave open.
    """

    name = "bytes"
    can_add = True
    can_filter = True
    can_bound = True
    requires = ("faiss",)
    extra = "photomill"

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._faiss: Any = None
        self._whole: ByteScan | None = None
        self._short: ByteScan | None = None

    def open(self, context: OpenContext) -> None:
        import faiss

        self._faiss = faiss

    def close(self) -> None:
        self._whole = self._short = None

    @property
    def size(self) -> int:
        return 0 if self._whole is None else self._whole.size

    def candidates(self, count: int) -> int:
        return 8 * count + self._proposed

    def cost(self, count: int, allowed: int | None) -> float:
        scan = self._short if self._short is not None and self._are_few(count) else self._whole
        assert scan is not None
        return 60.0 + scan.cost(count) + (0.0 if allowed is None else 0.01 * self.size)

    def _build(self, vectors: Vectors) -> None:
        axes = Axes.fitted(vectors)
        self._whole = ByteScan.of(self._faiss, Axes.every(), vectors)
        self._short = ByteScan.of(self._faiss, axes, vectors) if axes.are_few else None

    def _add(self, vectors: Vectors) -> None:
        assert self._whole is not None
        self._whole.add(vectors)
        if self._short is not None:
            self._short.add(vectors)

    def _search(
        self, queries: Vectors, count: int, allowed: NDArray[np.bool_] | None, effort: int | None
    ) -> Rows:
        assert self._whole is not None
        found = np.full((len(queries), count), -1, np.int64)
        for place, query in enumerate(queries):
            rows = self._whole.nearest(self._whole.sketched(query), count, allowed)
            found[place, : len(rows)] = rows
        return found

    def _bounded(self, query: Vectors, count: int, allowed: NDArray[np.bool_] | None) -> Bounded:
        short = self._short
        if short is not None and self._are_few(count):
            sketch = short.sketched(query)
            if short.axes.suit(sketch):
                return short.bounded(sketch, count, allowed)
            count -= self._proposed - LEAST
        assert self._whole is not None
        return self._whole.bounded(self._whole.sketched(query), count, allowed)

    @property
    def _proposed(self) -> int:
        return LEAST if self._short is None else max(LEAST, self._short.axes.proposed)

    def _are_few(self, count: int) -> bool:
        return count < _MANY * self._proposed

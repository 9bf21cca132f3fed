"""A scan of 4-bit codes of principal components: what tells most about vectors, in fewest bytes.

Of a row's numbers along the components, less those of the middle of all rows, each is coded in one of 16 equal steps. 16
steps over 2.7 standard deviations to each side are next to the best that there are (J. Max, "Quantizing for Minimum
Distortion", IRE Transactions on Information Theory 1960), for all numbers are spread alike, as in RaBitQ.

faiss looks the products up for 32 rows at once, and compares them as small integers: so this scan takes a third of the time
of one of RaBitQ's codes, each of which has factors of its own, and errs less where the components leave little over.
"""

from typing import Any

import numpy as np
from attrs import define, frozen

from photomill.plugin import Rows, Vectors
from photomill_faiss.blocks import Codes, append
from photomill_faiss.parts import in_parts
from photomill_principal.components import COPYING, NEAREST, Components, fit

_BITS = 4
_LEVELS = 16
_REACH = 2.7
"""Standard deviations that the steps reach to each side."""

_GROWN = 2
"""How many times as many rows as the components were fitted to are so many that others should be fitted."""

_OUTGROWN = 0.05
"""The share of rows unlike those that the components were fitted to from which others should be fitted."""

_SCANNING = 1.1e-5
_MEASURING = 0.25
"""Microseconds of a row's number, and of a candidate that is measured."""


@define(eq=False)
class PrincipalScan:
    """All rows' codes.

    :ivar index: of faiss, which scans.
    :ivar components: how the rows' numbers are found.
    """

    index: Any
    components: Components
    _faiss: Any
    _step: float
    _fitted: int
    _unlike: int = 0
    """Rows that are unlike those that the components were fitted to."""
    _owner: Any = None
    """What faiss frees the index with."""

    @classmethod
    def fitted(cls, faiss: Any, vectors: Vectors, cheaper_than: float) -> "PrincipalScan | None":
        """Fit components to rows, as many as make searches cheapest; None where they cost more than another way.

        The rows themselves are not added.

        :param cheaper_than: microseconds of a search, with what it takes to measure its candidates.
        """
        found = fit(vectors, _Scanned(*vectors.shape), cheaper_than)
        if found is None:
            return None
        components, step = found.components, _step(found.deviation)
        width = components.width
        index = faiss.IndexPQFastScan(width, width, _BITS, faiss.METRIC_INNER_PRODUCT)
        levels = step * (np.arange(_LEVELS) - (_LEVELS - 1) / 2)
        levels = components.offsets[:, np.newaxis] + levels
        faiss.copy_array_to_vector(levels.astype(np.float32).ravel(), index.pq.centroids)
        index.is_trained = True
        return cls(index, components, faiss, step, len(vectors))

    @property
    def outgrown(self) -> bool:
        """Whether many rows came since it was fitted, or rows unlike those that it was fitted to."""
        rows = self.index.ntotal
        return bool(rows > _GROWN * self._fitted or self._unlike > _OUTGROWN * rows)

    def candidates(self, count: int) -> int:
        """How many rows to ask for, so that the nearest ``count`` are among them.

        In a cluster of rows that the codes hardly tell apart, a nearest row may stand anywhere: fewer of them are no
        sooner found, and of a cluster that has grown all rows must be taken as before.
        """
        grown = max(1.0, self.index.ntotal / self._fitted)
        return int(self.components.wanted * grown * max(1.0, count / NEAREST))

    def cost(self, count: int) -> float:
        """Microseconds of finding so many rows."""
        return float(60.0 + _SCANNING * self.index.ntotal * self.index.d + _MEASURING * count)

    def add(self, vectors: Vectors) -> None:
        """Append rows: float32 (n, dimension)."""
        for codes, unlike in in_parts(self._coded, vectors):
            append(self._faiss, self.index, codes)
            self._unlike += unlike

    def search(self, query: Vectors, count: int) -> Rows | None:
        """Rows that are probably nearest: int64 (count,); None for a query of which the components tell too little.

        :param query: float32 (1, dimension).
        """
        along = self.components.along(query)
        if self.components.are_unlike(query, along)[0]:
            return None
        rows: Rows = self.index.search(along, count)[1][0]
        return rows

    def saved(self) -> tuple[Any, dict[str, float]]:
        """An index of faiss that holds the codes and the columns, and numbers beside it."""
        columns = self._faiss.LinearTransform(*self.components.columns.shape, False)
        self._faiss.copy_array_to_vector(self.components.columns.T.ravel(), columns.A)
        columns.is_trained = True
        return self._faiss.IndexPreTransform(columns, self.index), {
            "left_over": self.components.most_left_over,
            "wanted": self.components.wanted,
            "fitted": self._fitted,
            "unlike": self._unlike,
        }

    @classmethod
    def restored(cls, faiss: Any, index: Any, numbers: dict[str, Any]) -> "PrincipalScan":
        """What :meth:`saved` gave."""
        columns = faiss.downcast_VectorTransform(index.chain.at(0))
        codes = faiss.downcast_index(index.index)
        levels = faiss.vector_to_array(codes.pq.centroids).reshape(codes.d, _LEVELS)
        columns = faiss.vector_to_array(columns.A).reshape(codes.d, index.d)
        components = Components(
            np.ascontiguousarray(columns.T),
            levels.mean(axis=1),
            numbers["left_over"],
            numbers["wanted"],
        )
        return cls(
            codes,
            components,
            faiss,
            float(levels[0, 1] - levels[0, 0]),
            numbers["fitted"],
            numbers["unlike"],
            owner=index,
        )

    def _coded(self, vectors: Vectors) -> tuple[Codes, int]:
        """Codes of rows, uint8 (n, a / 2), and how many rows are unlike those that components were fitted to."""
        along = self.components.along(vectors)
        unlike = int(np.count_nonzero(self.components.are_unlike(vectors, along)))
        along -= self.components.offsets - (_LEVELS / 2) * self._step
        along *= 1.0 / self._step
        levels = np.clip(along, 0, _LEVELS - 0.5, out=along).astype(np.uint8)
        return np.asarray(levels[:, ::2] | levels[:, 1::2] << _BITS), unlike


@frozen
class _Scanned:
    """Searches by the codes of so many rows."""

    rows: int
    dimension: int

    def cost(self, width: int, candidates: int) -> float:
        return self.rows * width * _SCANNING + candidates * measuring(self.dimension)

    def nearness(
        self, queries: Vectors, rows: Vectors, offsets: Vectors, deviation: float
    ) -> Vectors:
        levels = np.floor((rows - offsets) * np.float32(1.0 / _step(deviation)))
        # Half a step more for all rows changes no order.
        np.clip(levels, -_LEVELS // 2, _LEVELS // 2 - 1, out=levels)
        return np.asarray(queries @ levels.T)


def measuring(dimension: int) -> float:
    """Microseconds of a candidate that is copied and measured in float32."""
    return _MEASURING + COPYING * dimension


def _step(deviation: float) -> float:
    return 2 * _REACH * deviation / _LEVELS

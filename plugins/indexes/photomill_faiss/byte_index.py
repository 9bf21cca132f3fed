"""A scan of 8-bit codes that says how near anything can be that it left out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import OpenContext, Rows, VectorIndex, Vectors
from photomill_faiss.byte_codes import Bounds, ByteCodes

_ROWS_AT_ONCE = 4096


class ByteIndex(VectorIndex):
    """All rows' 8-bit codes, a quarter of the vectors' bytes: exact searches prove by them that nothing was overlooked."""

    name = "bytes"
    can_add = True
    can_filter = True
    can_bound = True
    requires = ("faiss",)
    extra = "photomill"

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._faiss: Any = None
        self._codes: ByteCodes | None = None
        self._bounds = Bounds(0.0, 0.0)
        self._index: Any = None
        self._loose: Rows = np.empty(0, np.int64)

    def open(self, context: OpenContext) -> None:
        import faiss

        self._faiss = faiss

    def close(self) -> None:
        self._codes = self._index = None
        self._loose = np.empty(0, np.int64)

    @property
    def size(self) -> int:
        return 0 if self._index is None else int(self._index.ntotal)

    def candidates(self, count: int) -> int:
        return 8 * count + 200

    def cost(self, count: int, allowed: int | None) -> float:
        scanned = 4e-5 * self.size * int(self._index.d)
        filtered = 0.0 if allowed is None else 0.01 * self.size
        return 60.0 + scanned + filtered + 0.3 * (count + len(self._loose))

    def _build(self, vectors: Vectors) -> None:
        self._codes = ByteCodes.fitted(vectors)
        self._index = self._faiss.IndexScalarQuantizer(
            self._codes.width,
            self._faiss.ScalarQuantizer.QT_8bit_direct_signed,
            self._faiss.METRIC_INNER_PRODUCT,
        )
        self._index.is_trained = True
        residuals, lengths = self._append(vectors)
        self._bounds = Bounds.of(residuals, lengths)
        self._loose = self._out_of_bounds(residuals, lengths)

    def _add(self, vectors: Vectors) -> None:
        before = self.size
        residuals, lengths = self._append(vectors)
        loose = before + self._out_of_bounds(residuals, lengths)
        self._loose = np.concatenate([self._loose, loose])

    def _search(
        self, queries: Vectors, count: int, allowed: NDArray[np.bool_] | None, effort: int | None
    ) -> Rows:
        found = np.full((len(queries), count), -1, np.int64)
        assert self._codes is not None
        for place, query in enumerate(queries):
            coded = self._codes.query(query, self._bounds)
            _, rows = self._scan(coded.integers, min(count, self.size), allowed)
            found[place, : len(rows)] = rows
        return found

    def _bounded(
        self, query: Vectors, count: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[Rows, float]:
        assert self._codes is not None
        coded = self._codes.query(query, self._bounds)
        products, rows = self._scan(coded.integers, min(count, self.size), allowed)
        known = self.size if allowed is None else int(np.count_nonzero(allowed))
        if len(rows) == known:
            return rows, np.inf
        loose = self._loose if allowed is None else self._loose[allowed[self._loose]]
        return np.union1d(rows, loose), coded.least_distance(float(products[-1]))

    def _scan(
        self, integers: Vectors, count: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.float32], Rows]:
        """The rows of the largest sums of products, largest first, and these."""
        # A setting of the calling thread alone.
        self._faiss.omp_set_num_threads(1)
        parameters = bits = None
        if allowed is not None:
            # The bits must outlive the selector, which points to them.
            bits = np.packbits(allowed, bitorder="little")
            selector = self._faiss.IDSelectorBitmap(len(bits), self._faiss.swig_ptr(bits))
            parameters = self._faiss.SearchParameters(sel=selector)
        products, rows = self._index.search(integers, count, params=parameters)
        found = rows[0] >= 0
        return products[0][found], rows[0][found]

    def _append(self, vectors: Vectors) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Code rows; returns the lengths of their residuals and of their codes."""
        assert self._codes is not None
        residuals, lengths = np.empty(len(vectors)), np.empty(len(vectors))
        # Appended at once: faiss would double its memory each time that it is full.
        codes = np.empty((len(vectors), self._codes.width), np.uint8)
        for start in range(0, len(vectors), _ROWS_AT_ONCE):
            here = slice(start, start + _ROWS_AT_ONCE)
            coded = self._codes.coded(vectors[here])
            codes[here] = self._index.sa_encode(coded.codes)
            residuals[here], lengths[here] = coded.residuals, coded.lengths
        self._index.add_sa_codes(codes)
        return residuals, lengths

    def _out_of_bounds(self, residuals: NDArray[np.float64], lengths: NDArray[np.float64]) -> Rows:
        return np.flatnonzero(self._bounds.broken_by(residuals, lengths))

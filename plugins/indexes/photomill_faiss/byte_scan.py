"""Codes of one kind, scanned."""

from typing import Any

import numpy as np
from attrs import define
from numpy.typing import NDArray

from photomill.plugin import Bounded, Rows, Vectors
from photomill_faiss.axes import Axes
from photomill_faiss.byte_codes import Bounds, ByteCodes, Floats, scanning
from photomill_faiss.codes import ROWS_AT_ONCE
from photomill_faiss.parts import every_nth

_FITTED = 65_536
"""Rows whose ranges decide how numbers are coded: what lies outside is loose, and still right."""


@define(eq=False)
class ByteScan:
    """All rows' codes, of their vectors or of sketches of these."""

    axes: Axes
    _faiss: Any
    _codes: ByteCodes
    _bounds: Bounds
    _index: Any
    _loose: Rows
    size: int = 0

    @classmethod
    def of(cls, faiss: Any, axes: Axes, vectors: Vectors) -> "ByteScan":
        """Code rows."""
        codes = ByteCodes.fitted(axes.sketched(every_nth(vectors, _FITTED)))
        index = faiss.IndexScalarQuantizer(
            codes.width,
            faiss.ScalarQuantizer.QT_8bit_direct_signed,
            faiss.METRIC_INNER_PRODUCT,
        )
        index.is_trained = True
        scan = cls(axes, faiss, codes, Bounds(0.0, 0.0), index, np.empty(0, np.int64))
        residuals, lengths = scan._append(vectors)
        scan._bounds = Bounds.of(residuals, lengths)
        scan._loose = scan._out_of_bounds(residuals, lengths)
        return scan

    def cost(self, count: int) -> float:
        """Microseconds of finding so many rows."""
        return scanning(self.size, self._codes.width) + 0.3 * (count + len(self._loose))

    def add(self, vectors: Vectors) -> None:
        before = self.size
        residuals, lengths = self._append(vectors)
        loose = before + self._out_of_bounds(residuals, lengths)
        self._loose = np.concatenate([self._loose, loose])

    def sketched(self, query: Vectors) -> Floats:
        """A query as the other methods take it; itself where codes are of whole vectors."""
        return np.asarray(self.axes.sketched(query[np.newaxis])[0])

    def nearest(self, sketch: Floats, count: int, allowed: NDArray[np.bool_] | None) -> Rows:
        """As ``VectorIndex.search`` for one query."""
        coded = self._codes.query(sketch, self._bounds)
        return self._scan(coded.integers, min(count, self.size), allowed)[1]

    def bounded(self, sketch: Floats, count: int, allowed: NDArray[np.bool_] | None) -> Bounded:
        """As ``VectorIndex.bounded``."""
        coded = self._codes.query(sketch, self._bounds)
        products, rows = self._scan(coded.integers, min(count, self.size), allowed)
        known = self.size if allowed is None else int(np.count_nonzero(allowed))
        least = coded.least_distances(products)
        beyond = np.inf if len(rows) == known else float(least[-1])
        # How near loose rows can be is not known.
        loose = self._loose if allowed is None else self._loose[allowed[self._loose]]
        bounded = np.ones(len(rows), np.bool_)
        if len(loose):
            bounded = loose[np.minimum(loose.searchsorted(rows), len(loose) - 1)] != rows
        return Bounded(
            np.concatenate([loose, rows[bounded]]),
            np.concatenate([np.zeros(len(loose)), least[bounded]]),
            beyond,
        )

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
        residuals, lengths = np.empty(len(vectors)), np.empty(len(vectors))
        # Appended at once: faiss would double its memory each time that it is full.
        codes = np.empty((len(vectors), self._codes.width), np.uint8)
        for start in range(0, len(vectors), ROWS_AT_ONCE):
            here = slice(start, start + ROWS_AT_ONCE)
            coded = self._codes.coded(self.axes.sketched(vectors[here]))
            codes[here] = self._index.sa_encode(coded.codes)
            residuals[here], lengths[here] = coded.residuals, coded.lengths
        self._index.add_sa_codes(codes)
        # Each search asks several times, and to ask faiss takes microseconds.
        self.size += len(vectors)
        return residuals, lengths

    def _out_of_bounds(self, residuals: NDArray[np.float64], lengths: NDArray[np.float64]) -> Rows:
        return np.flatnonzero(self._bounds.broken_by(residuals, lengths))

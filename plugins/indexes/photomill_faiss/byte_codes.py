"""8-bit codes of unit vectors, and a bound on how near a row that was not looked at can be.

**Codes.** Of a row x the integers c_i = round((x_i - m_i) / s_i) are kept, from -127 to 127, with one middle m_i and one
step s_i for each dimension. What is left over, the residual e = x - m - s∘c, is known when the row is coded, and so is its
length ‖e‖. Of a query q only integers are used as well: z_i = round(s_i q_i / t), and δ = s∘q - t z is left over.

**Bound.** For every row

    q·x  =  q·m + (s∘q)·c + q·e  =  q·m + t z·c + δ·c + q·e
         ≤  q·m + t z·c + ‖δ‖ ‖c‖ + ‖q‖ ‖e‖                                   (Cauchy-Schwarz, twice)

A scan of the codes gives the rows of the largest z·c. Let Z be the least among those: a row that is not among them has
z·c ≤ Z. Let C, E and N be the greatest ‖c‖, the greatest ‖e‖ and the least ‖x‖ of all rows that are bounded. Then for every
row that the scan left out

    ‖q - x‖²  =  ‖q‖² + ‖x‖² - 2 q·x  ≥  ‖q‖² + N² - 2 (q·m + t Z + ‖δ‖ C + ‖q‖ E)

Whatever is measured to be nearer than this is nearer than all that was left out. Bounding a distance by a vector that
stands for the row and by the length of what it leaves over is the filter step of the VA-file (R. Weber, H.-J. Schek and
S. Blott, "A Quantitative Analysis and Performance Study for Similarity-Search Methods in High-Dimensional Spaces", VLDB
1998); to measure again until the k-th is nearer than the bound is the optimal multi-step search of T. Seidl and
H.-P. Kriegel (SIGMOD 1998).

**Loose rows.** One odd row would spoil E, C and N for all others. So rows whose ‖e‖ or ‖c‖ is among the greatest
thousandth, and all that are not of unit length, are not bounded: they belong to every answer of the scan.

**Rounding.** m, s, t, and all lengths are float64 numbers, and the sums above are right for whatever they are: only the
arithmetic errs. In float64 it does by less than a billionth of ‖q‖² or of 1. The bound is lowered by more than that, as
rows may be sketches, whose last number errs more. z·c is a sum of integers below 2²⁴ up to 1040 columns, which float32
holds exactly in any order of summation; above, its error is at most n 2⁻²³ ‖z‖ C for n columns (N. Higham, "Accuracy and
Stability of Numerical Algorithms", 3.1), and is added.
"""

from typing import Any, TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.plugin import Vectors

_MOST = 127
_UNIT = 1e-5
"""How far the square of a length may be from one."""

_ROUNDING = 1e-9
_SKETCHED = 4e-6
"""Twice what an inner product of sketches of unit length may err, and more: ``axes.py`` says how much that is."""

LINE = 64
"""Bytes of a line of the processor's cache."""

_EXACT_SUM = 2**24
_LOOSE_SHARE = 0.001
_ROWS_AT_ONCE = 4096

Floats = NDArray[np.float64]
Numbers: TypeAlias = NDArray[np.floating[Any]]


@frozen(eq=False)
class CodedQuery:
    """A query's integers, and what turns a sum of products into a bound.

    :ivar integers: float32 (1, width), whole numbers from -127 to 127.
    """

    integers: Vectors
    _step: float
    _beyond: float
    """2 (q·m + ‖δ‖ C + ‖q‖ E) less ‖q‖² + N², with room for errors."""

    def least_distances(self, products: Vectors) -> Floats:
        """How near rows can be at most whose sums of products are these or less: float64 (n,); 0.0 for as near as can be.

        Rows that are not bounded may be nearer.
        """
        squared = -self._beyond - 2.0 * self._step * products.astype(np.float64)
        return np.asarray(np.sqrt(np.maximum(squared, 0.0)))


@frozen(eq=False)
class Coded:
    """Some rows' codes.

    :ivar codes: float32 (n, width), whole numbers.
    :ivar residuals: ‖e‖, float64 (n,); infinite for rows that are not of unit length.
    :ivar lengths: ‖c‖, float64 (n,).
    """

    codes: Vectors
    residuals: Floats
    lengths: Floats


@frozen(eq=False)
class Bounds:
    """C, E and N² of the module's proof.

    :ivar length: C.
    :ivar residual: E.
    :ivar square: N².
    """

    length: float
    residual: float
    square: float = 1.0 - _UNIT

    @classmethod
    def of(cls, residuals: Floats, lengths: Floats) -> "Bounds":
        """Bounds that all but about a thousandth of these rows keep."""
        known = np.isfinite(residuals)
        if not known.any():
            return cls(0.0, 0.0)
        return cls(_all_but_few(lengths[known]), _all_but_few(residuals[known]))

    def broken_by(self, residuals: Floats, lengths: Floats) -> NDArray[np.bool_]:
        """Which rows do not keep them."""
        return ~((residuals <= self.residual) & (lengths <= self.length))


@frozen(eq=False)
class ByteCodes:
    """How vectors of one collection become codes.

    The codes have some columns more than vectors have dimensions. A dimension that weighs much in sums of products is
    there several times, each with a part of the query's number: so the query's numbers are more alike, and less is lost
    by rounding them.

    :ivar columns: the dimension of each column, int64 (width,).
    """

    columns: NDArray[np.int64]
    _middles: Floats
    _steps: Floats
    _parts: Floats
    """How many columns each dimension has."""

    @classmethod
    def fitted(cls, vectors: Numbers) -> "ByteCodes":
        """Take middles and steps from the ranges of these rows' numbers."""
        dimension = vectors.shape[1]
        low, high = np.full(dimension, np.inf), np.full(dimension, -np.inf)
        squared, count = np.zeros(dimension), 0
        for start in range(0, len(vectors), _ROWS_AT_ONCE):
            block = vectors[start : start + _ROWS_AT_ONCE].astype(np.float64)
            block = block[is_of_unit_length(squares(block))]
            if len(block):
                low, high = np.minimum(low, block.min(0)), np.maximum(high, block.max(0))
                squared += np.einsum("ij,ij->j", block, block)
                count += len(block)
        if not count:
            low, high = np.zeros(dimension), np.zeros(dimension)
        steps = (high - low) / (2 * _MOST)
        # A number that is the same in all rows has no steps.
        steps[steps <= 1e-12] = 1.0
        columns, parts = _spread(np.where(high > low, steps * np.sqrt(squared), 0.0))
        return cls(columns, (low + high) / 2.0, steps, parts)

    @property
    def width(self) -> int:
        return len(self.columns)

    def coded(self, vectors: Numbers) -> Coded:
        """Code rows: (n, dimension)."""
        exact = vectors.astype(np.float64)
        unit = is_of_unit_length(squares(exact))
        exact[~unit] = self._middles
        codes = np.clip(np.rint((exact - self._middles) / self._steps), -_MOST, _MOST)
        residuals = np.sqrt(squares(exact - self._middles - self._steps * codes))
        residuals[~unit] = np.inf
        wide = codes[:, self.columns]
        return Coded(np.asarray(wide, np.float32), residuals, np.sqrt(squares(wide)))

    def query(self, vector: Numbers, bounds: Bounds) -> CodedQuery:
        """Code a query: (dimension,), finite.

        :param bounds: that all rows keep which the scan may leave out.
        """
        exact = vector.astype(np.float64)
        weights = (exact * self._steps / self._parts)[self.columns]
        greatest = float(np.abs(weights).max())
        # faiss multiplies bytes; larger numbers it would cut.
        step = greatest / _MOST if greatest > 0 else 1.0
        integers = np.rint(weights / step)
        lost = float(np.linalg.norm(weights - step * integers))
        length = float(np.linalg.norm(exact))
        summed = 0.0
        if self.width * _MOST * _MOST >= _EXACT_SUM:
            summed = self.width * 2.0**-23 * float(np.linalg.norm(integers)) * bounds.length
        most = (
            float(exact @ self._middles)
            + step * summed
            + (lost * bounds.length + length * bounds.residual) * (1.0 + _ROUNDING)
        )
        room = _SKETCHED * max(1.0, length) + _ROUNDING * length * length
        return CodedQuery(
            np.asarray(integers[np.newaxis], np.float32),
            step,
            2.0 * most - length * length - bounds.square + room,
        )


def width_of(dimension: int) -> int:
    """Columns of codes of so many dimensions: rows that begin with a line of the cache are scanned in half the time."""
    return -(-(dimension + dimension // 32) // LINE) * LINE


def scanning(rows: int, width: int) -> float:
    """Microseconds that a scan of so many rows' codes takes."""
    return rows * (0.004 + 4e-5 * width)


def _spread(weights: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Columns for dimensions of these weights, and how many each has."""
    dimension = len(weights)
    width = width_of(dimension)
    parts = np.ones(dimension)
    for _ in range(width - dimension):
        parts[int(np.argmax(weights / parts))] += 1
    return np.repeat(np.arange(dimension), parts.astype(np.int64)), parts


def _all_but_few(numbers: Floats) -> float:
    return float(np.quantile(numbers, 1.0 - _LOOSE_SHARE, method="higher"))


def squares(vectors: Floats) -> Floats:
    """The square of each row's length."""
    return np.asarray(np.einsum("ij,ij->i", vectors, vectors))


def is_of_unit_length(squared: Floats) -> NDArray[np.bool_]:
    """Which rows are vectors of unit length, by the squares of their lengths."""
    return np.asarray(np.abs(squared - 1.0) <= _UNIT)

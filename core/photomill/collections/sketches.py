"""Sketches: a few numbers of each row, by which no two rows are further apart than they are.

**Sketch.** Let m be a middle, P a matrix of w orthonormal columns, and y = x - m. The sketch of a row x has w + 1 numbers:

    s(x)  =  (Pᵀy, ‖y - P Pᵀy‖)

**Bound.** y - y' has a part in the columns of P and a part at right angles to all of them. So by Pythagoras, and by the
triangle inequality of the second part's lengths,

    ‖x - x'‖²  =  ‖Pᵀ(y - y')‖² + ‖(y - P Pᵀy) - (y' - P Pᵀy')‖²
               ≥  ‖Pᵀ(y - y')‖² + (‖y - P Pᵀy‖ - ‖y' - P Pᵀy'‖)²  =  ‖s(x) - s(x')‖²

Rows within a radius have sketches within it, whatever m and P are: those only decide how many others do as well. That an
orthogonal transformation bounds distances from below, and that what passes is to be measured, is the GEMINI method of
C. Faloutsos, M. Ranganathan and Y. Manolopoulos ("Fast Subsequence Matching in Time-Series Databases", SIGMOD 1994); to
keep the length of what is left over as one number more is an idea of Y. Hwang, B. Han and H.-K. Ahn ("A Fast Nearest
Neighbor Search Algorithm by Nonlinear Embedding", CVPR 2012).

**Rounding.** m, P and the sketch are computed in float64, where the bound errs by less than a ten-millionth. Sketches are
kept in float32, and their squared distances are sums of w + 3 products in float32, whose absolute values add up to at most
4 S for S the greatest ‖s‖² of all rows: they err by at most (w + 3) 2⁻²³ 4 S (N. Higham, "Accuracy and Stability of
Numerical Algorithms", 3.1). :attr:`Sketches.slack` is that, and more for the sketches' own rounding.
"""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.collections.matrix import MatrixView
from photomill.components.index import Rows

_WIDTHS = (16, 32, 64, 128)
_SAMPLE = 1024
_ROWS_AT_ONCE = 4096

_MEASURING = 20.0
"""How many times as long a number takes of a pair that is measured as of one that is multiplied among many."""

Floats = NDArray[np.float64]


@frozen(eq=False)
class Sketches:
    """Some rows' sketches.

    :ivar numbers: float32 (n, w + 1).
    :ivar slack: how much larger a squared distance by float32 products can be than it is.
    """

    numbers: NDArray[np.float32]
    slack: float

    @classmethod
    def of(cls, vectors: MatrixView, rows: Rows, radius: float) -> "Sketches":
        """Sketch rows so that few are within the radius by their sketches that are not."""
        sample = vectors.gather(rows[:: max(1, -(-len(rows) // _SAMPLE))]).astype(np.float64)
        middle = sample.mean(axis=0)
        axes = _cheapest_axes(sample - middle, radius)
        numbers = np.empty((len(rows), axes.shape[1] + 1), np.float32)
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            block = vectors.gather(rows[start : start + _ROWS_AT_ONCE]).astype(np.float64)
            numbers[start : start + len(block)] = _sketched(block - middle, axes)
        greatest = float(np.einsum("ij,ij->i", numbers, numbers).max(initial=0.0))
        return cls(numbers, 4.0 * (numbers.shape[1] + 8) * 2.0**-23 * greatest + 1e-7)


def _sketched(centred: Floats, axes: Floats) -> Floats:
    along = centred @ axes
    left_over = _squares(centred) - _squares(along)
    return np.column_stack([along, np.sqrt(np.maximum(left_over, 0.0))])


def _cheapest_axes(centred: Floats, radius: float) -> Floats:
    """As many principal axes as make multiplying sketches and measuring what passes cheapest."""
    dimension = centred.shape[1]
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1]
    widths = sorted({min(width, dimension) for width in _WIDTHS})
    costs = []
    for width in widths:
        sketch = np.asarray(_sketched(centred, axes[:, :width]), np.float32)
        squares = np.einsum("ij,ij->i", sketch, sketch)
        apart = squares[:, np.newaxis] + squares - 2.0 * (sketch @ sketch.T)
        passing = float(np.mean(apart <= radius * radius))
        costs.append(width + passing * _MEASURING * dimension)
    return np.ascontiguousarray(axes[:, : widths[int(np.argmin(costs))]])


def _squares(vectors: Floats) -> Floats:
    return np.asarray(np.einsum("ij,ij->i", vectors, vectors))

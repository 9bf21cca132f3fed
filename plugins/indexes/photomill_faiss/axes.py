"""Fewer numbers of each row, by which no two rows are further apart than they are.

**Sketch.** Let P be a matrix of a orthonormal columns. The sketch of a row x has a + 1 numbers:

    s(x)  =  (Pᵀx, ‖x - P Pᵀx‖)

It is as long as x is. And since x - x' has a part in the columns of P and a part at right angles to all of them, by
Pythagoras, and by the triangle inequality of the second part's lengths,

    ‖x - x'‖²  =  ‖Pᵀ(x - x')‖² + ‖(x - P Pᵀx) - (x' - P Pᵀx')‖²
               ≥  ‖Pᵀ(x - x')‖² + (‖x - P Pᵀx‖ - ‖x' - P Pᵀx'‖)²  =  ‖s(x) - s(x')‖²

So whatever bounds the distances of sketches from below bounds those of rows. Vectors of images differ most along few
directions: with these as columns of P, little is lost. P decides only how tight the bound is, never whether it is true.

**Rounding.** Sketches are computed in float64. The square of the second part is a difference of sums of n squares, which
err by at most 2 n 2⁻⁵³ together for n dimensions: so its length errs by less than 2·10⁻⁶ up to 16,000 dimensions, where it is
next to nothing, and by less where it is longer; and so does an inner product of two sketches.
"""

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from photomill.plugin import Vectors
from photomill_faiss.byte_codes import (
    LINE,
    Floats,
    is_of_unit_length,
    scanning,
    squares,
    width_of,
)
from photomill_faiss.parts import every_nth

LEAST = 200
"""Rows that are measured however few were enough."""

_SAMPLE = 8192
_QUERIES = 32
_WANTED = 10
_UNLIKE = 1.25
"""How many times as much of a query may be left over as of nearly every row."""

_SHARE = 0.9
"""Of searches whose nearest are to be proven at the first try."""

_LOST = 0.015
"""About how much larger an inner product can be than one of codes says."""

_MEASURING = 0.8
_COPYING = 0.00048
"""Microseconds of a row that is proposed and measured again, and of each of its numbers."""


@frozen(eq=False)
class Axes:
    """What makes sketches of one collection's rows.

    :ivar proposed: about how many rows must be measured for the nearest few to be proven.
    """

    proposed: int = 0
    _columns: Floats | None = None
    """P; None where sketches are the vectors themselves."""
    _left_over: float = 0.0
    """How much of nearly every row the columns leave over."""

    @classmethod
    def every(cls) -> "Axes":
        """All that there are."""
        return cls()

    @classmethod
    def fitted(cls, vectors: Vectors) -> "Axes":
        """Take as many directions along which these rows differ most as make a search cheapest."""
        sample = every_nth(vectors, _SAMPLE)
        sample = sample[is_of_unit_length(squares(sample.astype(np.float64)))]
        count, dimension = len(vectors), vectors.shape[1]
        widths = range(LINE, width_of(dimension), LINE)
        if not len(widths) or len(sample) < dimension:
            return cls.every()
        _, columns = np.linalg.eigh((sample.T @ sample).astype(np.float64))
        columns = columns[:, ::-1]
        measuring = _MEASURING + _COPYING * dimension
        best, cost = cls.every(), scanning(count, width_of(dimension)) + LEAST * measuring
        for proposed, axes in _tried(sample, columns, count, widths):
            one = scanning(count, width_of(axes + 1))
            one += max(LEAST, proposed) * measuring
            if one < cost:
                best, cost = cls(proposed, np.ascontiguousarray(columns[:, :axes])), one
        if not best.are_few:
            return best
        return evolve(
            best, left_over=float(np.quantile(best.sketched(sample)[:, -1], 0.99, method="higher"))
        )

    @property
    def are_few(self) -> bool:
        """Whether sketches are shorter than the vectors."""
        return self._columns is not None

    def suit(self, sketch: Floats) -> bool:
        """Whether they leave little over of a query: of one unlike the rows, its sketch tells too little."""
        return bool(sketch[-1] <= _UNLIKE * self._left_over)

    def sketched(self, vectors: Vectors) -> Floats:
        """Sketches of rows: float64 (n, a + 1)."""
        exact = vectors.astype(np.float64)
        if self._columns is None:
            return exact
        along = exact @ self._columns
        left_over = np.sqrt(np.maximum(squares(exact) - squares(along), 0.0))
        return np.column_stack([along, left_over])


def _tried(sample: Vectors, columns: Floats, count: int, widths: range) -> "list[tuple[int, int]]":
    """How many of ``count`` rows must be measured with so many axes, as a sample tells."""
    queries = every_nth(sample, _QUERIES)
    turned = np.asarray(sample @ columns.astype(np.float32))
    asked = every_nth(turned, _QUERIES)
    exact = sample @ queries.T
    # A query is itself among the sample.
    nearest = 1 + max(1, round(_WANTED * len(sample) / count))
    least = np.partition(exact, len(sample) - nearest - 1, axis=0)[len(sample) - nearest - 1]
    found = []
    for width in widths:
        axes = dimensions_in(width) - 1
        most = turned[:, :axes] @ asked[:, :axes].T
        most += np.outer(_left_over(turned[:, :axes]), _left_over(asked[:, :axes]))
        passing = np.count_nonzero(most >= least - _LOST, axis=0)
        found.append((int(np.quantile(passing, _SHARE) * count / len(sample)), axes))
    return found


def _left_over(along: Vectors) -> NDArray[np.float32]:
    return np.asarray(np.sqrt(np.maximum(1.0 - np.einsum("ij,ij->i", along, along), 0.0)))


def dimensions_in(width: int) -> int:
    """The most dimensions for which codes have no more columns than this."""
    dimensions = width
    while width_of(dimensions) > width:
        dimensions -= 1
    return dimensions

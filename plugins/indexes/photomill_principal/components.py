"""Principal components: what tells most about vectors, in fewest numbers.

Vectors of images differ most along few directions, the principal components (K. Pearson, 1901; I. Jolliffe, "Principal
Component Analysis"). Of a row x, with the mean m of all rows and a components as columns of P, an index keeps no more than
the a numbers Pᵀx. For a query q

    q·x  =  q·m + q·(x - m)  ≈  q·m + Pᵀq · Pᵀ(x - m)

where q·m is the same for all rows. The components are turned at random among themselves, so that all numbers are spread
alike.

How many components are fitted, and how many candidates must be taken with them, is tried with some of the rows: those are
taken that make searches cheapest. Of a query, or of a row, that they tell too little about, they say so.
"""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.plugin import Vectors
from photomill_principal.rotation import draw_rotation
from photomill_principal.trials import Trial, choose_some

NEAREST = 51
"""How many nearest rows are to be among the candidates."""

COPYING = 0.00048
"""Microseconds of a candidate's number that is copied to be measured."""

_SEED = 7
_SAMPLE = 4096
"""Rows that components are fitted to."""

_WIDTHS = (64, 128, 192, 256, 384, 512)

_ALIKE = 3e-4
"""Rows whose numbers deviate so little are told apart by what rounding left of them."""

_NOTHING = 0.01
"""What may be left over though all is told, by rounding."""

_UNLIKE = 1.5
"""How much more of a query, against what they tell of it, components may leave over than of nearly every row."""


@frozen(eq=False)
class Components:
    """Some components of rows.

    :ivar columns: P, float32 (dimension, a).
    :ivar offsets: Pᵀm, float32 (a,).
    :ivar most_left_over: of nearly every row, what the components leave over of it against what they tell.
    :ivar wanted: among so many candidates the nearest rows were.
    """

    columns: Vectors
    offsets: Vectors
    most_left_over: float
    wanted: int

    @property
    def width(self) -> int:
        """How many they are."""
        return len(self.offsets)

    def along(self, vectors: Vectors) -> Vectors:
        """What they tell of vectors: float32 (n, a).

        :param vectors: float32 (n, dimension).
        """
        return np.asarray(vectors @ self.columns)

    def suit(self, queries: Vectors) -> NDArray[np.bool_]:
        """Of which queries they tell enough: bool (m,).

        :param queries: float32 (m, dimension).
        """
        return ~self.are_unlike(queries, self.along(queries))

    def are_unlike(self, vectors: Vectors, along: Vectors) -> NDArray[np.bool_]:
        """Which vectors are unlike the rows that they were fitted to: bool (n,).

        :param along: the vectors' numbers, float32 (n, a).
        """
        return _left_over(vectors, along, self.offsets) > _UNLIKE * self.most_left_over


class Keeping(Protocol):
    """How an index keeps the numbers of rows, and what its searches cost."""

    def cost(self, width: int, candidates: int) -> float:
        """Microseconds of a search for so many candidates, with what it takes to measure them."""

    def nearness(
        self, queries: Vectors, rows: Vectors, offsets: Vectors, deviation: float
    ) -> Vectors:
        """How near the index takes rows to be to queries, greater is nearer: float32 (m, n).

        :param queries: their numbers, float32 (m, a).
        :param rows: their numbers, float32 (n, a).
        :param deviation: the standard deviation of all numbers.
        """


@frozen(eq=False)
class Fitted:
    """Components, and the standard deviation of all numbers along them."""

    components: Components
    deviation: float


def fit(vectors: Vectors, keeping: Keeping, cheaper_than: float) -> Fitted | None:
    """Fit components to rows, as many as make searches cheapest; None where they cost more than another way.

    :param vectors: float32 (n, dimension).
    :param cheaper_than: microseconds of a search in another way, with what it takes to measure its candidates.
    """
    random = np.random.default_rng(_SEED)
    trial = Trial.of(vectors, NEAREST, random)
    # Components tell more of rows that they were fitted to than of others, such as queries.
    others = np.delete(np.arange(len(trial.sample)), trial.queries)
    if len(others) < _WIDTHS[0]:
        return None
    sample = trial.sample[choose_some(others, _SAMPLE, random)]
    middle = sample.mean(axis=0)
    best, cost = None, cheaper_than
    for columns, deviation in _widening(sample - middle):
        width, offsets = columns.shape[1], middle @ columns
        if keeping.cost(width, 0) >= cost:
            break
        along = trial.sample @ columns
        wanted = trial.needed(keeping.nearness(along[trial.queries], along, offsets, deviation))
        this = keeping.cost(width, wanted)
        if this < cost:
            best, cost = (columns, offsets, deviation, wanted), this
        elif best is not None:
            break
    if best is None:
        return None
    columns, offsets, deviation, wanted = best
    left_over = _left_over(sample, sample @ columns, offsets)
    most = max(_NOTHING, float(np.quantile(left_over, 0.99, method="higher")))
    return Fitted(Components(columns, offsets, most, wanted), deviation)


def _widening(apart: Vectors) -> Iterator[tuple[Vectors, float]]:
    """Yield more and more components, and how far the numbers along them deviate."""
    variances, components = np.linalg.eigh(apart.T @ apart / len(apart))
    components = np.ascontiguousarray(components[:, ::-1], np.float32)
    variances = np.maximum(variances[::-1], 0.0)
    for width in _WIDTHS:
        deviation = float(np.sqrt(variances[:width].mean()))
        if width > min(apart.shape) or deviation < _ALIKE:
            return
        yield (
            np.ascontiguousarray(
                components[:, :width] @ draw_rotation(width, np.random.default_rng(_SEED))
            ),
            deviation,
        )


def _left_over(vectors: Vectors, along: Vectors, offsets: Vectors) -> Vectors:
    """How much of vectors the components leave over against what they tell of them: float32 (n,)."""
    left_over = np.maximum(_squares(vectors) - _squares(along), 0.0)
    return np.asarray(np.sqrt(left_over / np.maximum(_squares(along - offsets), 1e-12)))


def _squares(vectors: Vectors) -> Vectors:
    if len(vectors) == 1:
        # Of one query, each microsecond counts.
        return np.asarray(vectors @ vectors[0])
    return np.asarray(np.einsum("ij,ij->i", vectors, vectors))

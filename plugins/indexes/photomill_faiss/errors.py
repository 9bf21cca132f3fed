"""How far estimates from 1-bit codes err, and how many candidates hold the nearest in spite of it.

The estimated square of the distance between a query q and a row x errs by a normally distributed number (Gao & Long, SIGMOD
2024, theorem 3.2). With the middle m of all rows, or of those of a cell, and the cosine o of x - m to what its signs tell of it, its standard
deviation is

    2 · |q - m| · |x - m| · √((1 - o²) / o²) / √(d - 1)

That is little against how unlike the distances of rows are where these lie in clusters, and the query in one of them. It is
much where all rows are about equally far from the query: then many seem nearer than the nearest do.
"""

from statistics import NormalDist

import numpy as np
from attrs import frozen

from photomill.plugin import Vectors
from photomill_faiss.blocks import Codes

_DEVIATIONS = 2.5
"""Of errors, that the farthest of the nearest rows may seem too far; those before it may seem so by more.

Copies err alike, so all of the nearest may seem too far at once."""

_PART = 4
"""Which part of the estimates says, with all of them, how they are spread."""

_NORMAL = NormalDist()
_MOST = 3.0
"""Standard deviations beyond which all rows are seen."""


@frozen(eq=False)
class Errors:
    """The errors of one query's estimates.

    :ivar squares: estimated squares of distances, the least of all, ascending: float32 (n,).
    :ivar among: how many rows were estimated.
    :ivar deviation: the standard deviation of an error.
    """

    squares: Vectors
    among: int
    deviation: float

    def needed(self, distance: float) -> int:
        """How many candidates hold nearly all rows that are no farther than this.

        Beyond the last estimate that is known they are taken to be spread as in a normal distribution.
        """
        known = len(self.squares)
        seeming = distance * distance + _DEVIATIONS * self.deviation
        last = float(self.squares[-1])
        if seeming <= last:
            return known
        part = max(1, known // _PART)
        if known >= self.among or part == known:
            return self.among
        upper, lower = (_NORMAL.inv_cdf(rank / self.among) for rank in (known, part))
        step = (last - float(self.squares[part - 1])) / (upper - lower)
        if seeming - last >= step * (_MOST - upper):
            return self.among
        return int(self.among * _NORMAL.cdf(upper + (seeming - last) / step))


def deviation_of(lost: float, dimension: int) -> float:
    """The standard deviation of the error of an estimate.

    :param lost: |q - m|² times what signs leave over of the row, as of :func:`lost_by_signs`.
    """
    return 2.0 * float(np.sqrt(lost / max(1, dimension - 1)))


def lost_by_signs(codes: Codes) -> Vectors:
    """What signs leave over of rows, |x - m|² · (1 - o²) / o², from what stands behind them: |x - m|² and |x - m| / o.

    :param codes: with the signs, uint8 (n, code size).
    """
    factors = codes[:, -8:].copy().view("<f4")
    return np.asarray(np.maximum(np.square(factors[:, 1]) - factors[:, 0], 0.0))

"""Trying with some rows how many candidates an index must give for the nearest to be among them."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.plugin import Rows, Vectors

_TRIED = 8192
_QUERIES = 128
_SHARE = 0.99
"""Of all nearest rows, that are to be among the candidates."""

_ROUNDED = 1.3
"""How many times as many candidates are taken as a sample says: indexes round, and do not look at all rows."""

_LEAST = 100

_ROUNDING = 1e-6
"""How far the products of a row with its copies may be apart."""


@frozen(eq=False)
class Trial:
    """Some rows, among which the nearest to some are known.

    :ivar sample: at random, for rows may come in turns, such as the views of each product.
    :ivar queries: places in the sample.
    :ivar nearest: for each query places of the nearest rows, int64 (queries, m).
    :ivar rows: how many rows there are in all.
    """

    sample: Vectors
    queries: Rows
    nearest: Rows
    rows: int

    @classmethod
    def of(cls, vectors: Vectors, nearest: int, random: np.random.Generator) -> "Trial":
        """Choose rows, and find of each query what lies as near as the nearest of so many do among all rows."""
        rows = len(vectors)
        sample = np.asarray(vectors[choose_some(np.arange(rows), _TRIED, random)])
        queries = choose_some(np.arange(len(sample)), _QUERIES, random)
        count = min(max(1, round(nearest * len(sample) / rows)), len(sample))
        away = -(sample[queries] @ sample.T)
        # That a query finds itself, or a copy of itself, says nothing.
        away[away <= away[np.arange(len(queries)), queries, np.newaxis] + _ROUNDING] = np.inf
        return cls(sample, queries, np.argpartition(away, count - 1, axis=1)[:, :count], rows)

    def needed(self, nearness: Vectors) -> int:
        """How many candidates must be taken for nearly all of the nearest to be among them.

        :param nearness: of the sample to each query, greater is nearer, float32 (queries, sample).
        """
        ranks = [
            _ranks(near, nearest) for near, nearest in zip(nearness, self.nearest, strict=True)
        ]
        share = float(np.quantile(np.concatenate(ranks), _SHARE)) / len(self.sample)
        return max(_LEAST, int(_ROUNDED * share * self.rows))


def choose_some(rows: Rows, at_most: int, random: np.random.Generator) -> Rows:
    """Up to ``at_most`` of these, at random, in order."""
    if len(rows) <= at_most:
        return rows
    return np.sort(random.choice(rows, at_most, replace=False))


def _ranks(nearness: Vectors, rows: Rows) -> NDArray[np.int64]:
    """Which place some rows have by their nearness, the nearest first."""
    known = np.sort(nearness[rows])
    others = np.sort(nearness[nearness >= known[0]])
    return len(others) - np.searchsorted(others, known)

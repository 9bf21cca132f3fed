"""A scan of 4-bit codes of principal components: what tells most about vectors, in fewest bytes.

Vectors of images differ most along few directions, the principal components (K. Pearson, 1901; I. Jolliffe, "Principal
Component Analysis"). Of a row x, with the mean m of all rows and a components as columns of P, only the a numbers
y = Pᵀ(x - m) are coded, each in one of 16 equal steps. For a query q

    q·x  =  q·m + q·(x - m)  ≈  q·m + Pᵀq · y

where q·m is the same for all rows. The components are turned at random among themselves first, so that all numbers are spread
alike, as in RaBitQ, and 16 steps over 2.7 standard deviations to each side are next to the best that there are (J. Max,
"Quantizing for Minimum Distortion", IRE Transactions on Information Theory 1960).

faiss looks the products up for 32 rows at once, and compares them as small integers: so this scan takes a third of the time
of one of RaBitQ's codes, each of which has factors of its own, and errs less where the components leave little over.
"""

from typing import Any

import numpy as np
from attrs import define, frozen
from numpy.typing import NDArray

from photomill.plugin import Rows, Vectors
from photomill_faiss.blocks import Codes, append
from photomill_faiss.parts import in_parts

_BITS = 4
_LEVELS = 16
_REACH = 2.7
"""Standard deviations that the steps reach to each side."""

_SEED = 7
_SAMPLE = 4096
_TRIED = 8192
"""Rows that components are fitted to, and that queries are tried with."""

_QUERIES = 128
NEAREST = 51
"""How many nearest rows are to be among the candidates."""

_SHARE = 0.99
"""Of all of them, that are."""

_ROUNDED = 1.3
"""How many times as many candidates are taken as a sample says: faiss rounds the products too."""

_LEAST = 100
_WIDTHS = (64, 128, 192, 256, 384, 512)

_ALIKE = 1e-4
"""Steps so small tell rows apart by what rounding left of them."""

_NOTHING = 0.01
"""What may be left over though all is told, by rounding."""

_UNLIKE = 1.5
"""How much more of a query, against what they tell of it, components may leave over than of nearly every row."""

_GROWN = 2
"""How many times as many rows as the components were fitted to are so many that others should be fitted."""

_OUTGROWN = 0.05
"""The share of rows unlike those that the components were fitted to from which others should be fitted."""

_SCANNING = 1.1e-5
_MEASURING = 0.25
_COPYING = 0.00048
"""Microseconds of a row's number, of a candidate, and of each of its numbers that is copied to be measured."""


@define(eq=False)
class PrincipalScan:
    """All rows' codes.

    :ivar index: of faiss, which scans.
    """

    index: Any
    _faiss: Any
    _columns: Vectors
    """P, float32 (dimension, a)."""
    _offsets: Vectors
    """Pᵀm, float32 (a,)."""
    _step: float
    _most_left_over: float
    """Of nearly every row, what the components leave over of it against what they tell."""
    _wanted: int
    """Candidates among which the nearest rows were, of so many:"""
    _fitted: int
    _unlike: int = 0
    """Rows of which more is left over."""
    _owner: Any = None
    """What faiss frees the index with."""

    @classmethod
    def fitted(cls, faiss: Any, vectors: Vectors, cheaper_than: float) -> "PrincipalScan | None":
        """Fit components to rows, as many as make searches cheapest; None where they cost more than another way.

        The rows themselves are not added.

        :param cheaper_than: microseconds of a search, with what it takes to measure its candidates.
        """
        random = np.random.default_rng(_SEED)
        tried = _Tried.of(vectors, random)
        # Components tell more of rows that they were fitted to than of others, such as queries.
        others = np.delete(np.arange(len(tried.sample)), tried.queries)
        if len(others) < _WIDTHS[0]:
            return None
        sample = tried.sample[_some(others, _SAMPLE, random)]
        middle = sample.mean(axis=0)
        apart = sample - middle
        variances, components = np.linalg.eigh(apart.T @ apart / len(apart))
        components = np.ascontiguousarray(components[:, ::-1], np.float32)
        variances = np.maximum(variances[::-1], 0.0)
        best, cost = None, cheaper_than
        for width in _WIDTHS:
            step = 2 * _REACH * float(np.sqrt(variances[:width].mean())) / _LEVELS
            if width > min(vectors.shape[1], len(sample)) or step < _ALIKE:
                break
            scanning = len(vectors) * width * _SCANNING
            if scanning >= cost:
                break
            columns = np.ascontiguousarray(components[:, :width] @ _rotation(width))
            wanted = tried.needed(columns, middle @ columns, step)
            this = scanning + wanted * measuring(vectors.shape[1])
            if this < cost:
                best, cost = (columns, step, wanted), this
            elif best is not None:
                break
        if best is None:
            return None
        columns, step, wanted = best
        width, offsets = columns.shape[1], middle @ columns
        left_over = _left_over(sample, sample @ columns, offsets)
        index = faiss.IndexPQFastScan(width, width, _BITS, faiss.METRIC_INNER_PRODUCT)
        levels = offsets[:, np.newaxis] + step * (np.arange(_LEVELS) - (_LEVELS - 1) / 2)
        faiss.copy_array_to_vector(levels.astype(np.float32).ravel(), index.pq.centroids)
        index.is_trained = True
        most = max(_NOTHING, float(np.quantile(left_over, 0.99, method="higher")))
        return cls(index, faiss, columns, offsets, step, most, wanted, len(vectors))

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
        return int(self._wanted * grown * max(1.0, count / NEAREST))

    def suited(self, queries: Vectors) -> NDArray[np.bool_]:
        """Of which queries the components tell enough."""
        return ~self._are_unlike(queries, queries @ self._columns)

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
        along = query @ self._columns
        if self._are_unlike(query, along)[0]:
            return None
        rows: Rows = self.index.search(along, count)[1][0]
        return rows

    def saved(self) -> tuple[Any, dict[str, float]]:
        """An index of faiss that holds the codes and the columns, and numbers beside it."""
        columns = self._faiss.LinearTransform(*self._columns.shape, False)
        self._faiss.copy_array_to_vector(self._columns.T.ravel(), columns.A)
        columns.is_trained = True
        return self._faiss.IndexPreTransform(columns, self.index), {
            "left_over": self._most_left_over,
            "wanted": self._wanted,
            "fitted": self._fitted,
            "unlike": self._unlike,
        }

    @classmethod
    def restored(cls, faiss: Any, index: Any, numbers: dict[str, Any]) -> "PrincipalScan":
        """What :meth:`saved` gave."""
        columns = faiss.downcast_VectorTransform(index.chain.at(0))
        codes = faiss.downcast_index(index.index)
        levels = faiss.vector_to_array(codes.pq.centroids).reshape(codes.d, _LEVELS)
        return cls(
            codes,
            faiss,
            np.ascontiguousarray(faiss.vector_to_array(columns.A).reshape(codes.d, index.d).T),
            levels.mean(axis=1),
            float(levels[0, 1] - levels[0, 0]),
            numbers["left_over"],
            numbers["wanted"],
            numbers["fitted"],
            numbers["unlike"],
            owner=index,
        )

    def _coded(self, vectors: Vectors) -> tuple[Codes, int]:
        """Codes of rows, uint8 (n, a / 2), and how many rows are unlike those that components were fitted to."""
        along = vectors @ self._columns
        unlike = int(np.count_nonzero(self._are_unlike(vectors, along)))
        along -= self._offsets - (_LEVELS / 2) * self._step
        along *= 1.0 / self._step
        levels = np.clip(along, 0, _LEVELS - 0.5, out=along).astype(np.uint8)
        return np.asarray(levels[:, ::2] | levels[:, 1::2] << _BITS), unlike

    def _are_unlike(self, vectors: Vectors, along: Vectors) -> NDArray[np.bool_]:
        return _left_over(vectors, along, self._offsets) > _UNLIKE * self._most_left_over


def _left_over(vectors: Vectors, along: Vectors, offsets: Vectors) -> Vectors:
    """How much of vectors the components leave over against what they tell of them: float32 (n,)."""
    left_over = np.maximum(_squares(vectors) - _squares(along), 0.0)
    return np.asarray(np.sqrt(left_over / np.maximum(_squares(along - offsets), 1e-12)))


def _squares(vectors: Vectors) -> Vectors:
    if len(vectors) == 1:
        # Of one query, each microsecond counts.
        return np.asarray(vectors @ vectors[0])
    return np.asarray(np.einsum("ij,ij->i", vectors, vectors))


@frozen(eq=False)
class _Tried:
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
    def of(cls, vectors: Vectors, random: np.random.Generator) -> "_Tried":
        rows = len(vectors)
        sample = np.asarray(vectors[_some(np.arange(rows), _TRIED, random)])
        queries = _some(np.arange(len(sample)), _QUERIES, random)
        count = min(max(1, round(NEAREST * len(sample) / rows)), len(sample))
        away = -(sample[queries] @ sample.T)
        # That a query finds itself says nothing.
        away[np.arange(len(queries)), queries] = np.inf
        return cls(sample, queries, np.argpartition(away, count - 1, axis=1)[:, :count], rows)

    def needed(self, columns: Vectors, offsets: Vectors, step: float) -> int:
        """How many candidates must be taken for nearly all of the nearest to be among them."""
        along = self.sample @ columns
        levels = np.floor((along - offsets) * np.float32(1.0 / step))
        # Half a step more for all rows changes no order.
        np.clip(levels, -_LEVELS // 2, _LEVELS // 2 - 1, out=levels)
        rough = along[self.queries] @ levels.T
        ranks = [
            _ranks(products, nearest) for products, nearest in zip(rough, self.nearest, strict=True)
        ]
        share = float(np.quantile(np.concatenate(ranks), _SHARE)) / len(self.sample)
        return max(_LEAST, int(_ROUNDED * share * self.rows))


def _some(rows: Rows, at_most: int, random: np.random.Generator) -> Rows:
    """Up to ``at_most`` of these, at random, in order."""
    if len(rows) <= at_most:
        return rows
    return np.sort(random.choice(rows, at_most, replace=False))


def _ranks(products: Vectors, rows: Rows) -> NDArray[np.int64]:
    """Which place some rows have in order of their products, the greatest first."""
    known = np.sort(products[rows])
    others = np.sort(products[products >= known[0]])
    return len(others) - np.searchsorted(others, known)


def measuring(dimension: int) -> float:
    """Microseconds of a candidate that is copied and measured in float32."""
    return _MEASURING + _COPYING * dimension


def _rotation(width: int) -> Vectors:
    """A random rotation, the same each time: float32 (width, width)."""
    numbers = np.random.default_rng(_SEED).normal(size=(width, width))
    return np.asarray(np.linalg.qr(numbers)[0], np.float32)

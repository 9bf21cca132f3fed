"""All pairs of rows within a radius: exact, yet far from n² full distances.

Rows are no nearer to each other than their sketches (the proof stands in ``sketches.py``). So two rows can be within the
radius only if

* the boxes are that hold the sketches of their leaves: rows are split in the middle of the number that varies most until a
  leaf holds few, as in a k-d tree (J. L. Bentley, CACM 1975), and two boxes are no further apart than any sketches in them,
* the box of the one's leaf and the sketch of the other are,
* their sketches are, which takes some dozen products instead of all.

Whatever passes is measured in float64. No pair is guessed or left out: they are those of comparing each row with each.
"""

from collections.abc import Iterator

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.collections.matrix import MatrixView
from photomill.collections.sketches import Sketches
from photomill.collections.target import lengths
from photomill.components.index import Rows

_LEAF_ROWS = 256
_COLUMNS_AT_ONCE = 2048
_LEAVES_AT_ONCE = 64
_SLACK = 1e-6
_ERROR = 1e-9
"""More than float64 errs by when a distance is measured."""
_DIAMETER = 2.0 + _SLACK
"""Of unit vectors, whose lengths are one but for the rounding of float32."""

_Floats = NDArray[np.float32]


@frozen(eq=False)
class RowPairs:
    """Pairs of rows and their Euclidean distances, float64."""

    first: Rows
    second: Rows
    distances: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.first)


def pairs_within(vectors: MatrixView, rows: Rows, radius: float) -> Iterator[RowPairs]:
    """Yield every unordered pair of ``rows`` at most ``radius`` (Euclidean, inclusive) apart, in portions.

    Memory stays bounded by a portion, however many pairs there are.
    """
    if len(rows) >= 2:
        yield from SketchedRows.of(vectors, rows, radius).pairs()


@frozen(eq=False)
class SketchedRows:
    """Rows that are ready to be compared, all at once or some after others.

    :ivar rows: in the order of their leaves.
    """

    vectors: MatrixView
    rows: Rows
    radius: float
    limit: np.float32
    leaves: "_Leaves"

    @classmethod
    def of(cls, vectors: MatrixView, rows: Rows, radius: float) -> "SketchedRows":
        """Get rows ready, two at least."""
        # No two unit vectors are further apart.
        radius = min(radius, _DIAMETER)
        sketches = Sketches.of(vectors, rows, radius)
        limit = np.float32((radius + _SLACK) ** 2 + sketches.slack)
        leaves = _Leaves.of(sketches.numbers)
        return cls(vectors, rows[leaves.order], radius, limit, leaves)

    def pairs(self, chosen: NDArray[np.bool_] | None = None) -> Iterator[RowPairs]:
        """As :func:`pairs_within`.

        :param chosen: bool, by row: only pairs of which one is chosen; None for all.
        """
        among = None if chosen is None else chosen[self.rows]
        for leaf in range(len(self.leaves.starts) - 1):
            for a, b in _near(self.leaves, leaf, self.limit, among):
                yield from _measured(self.vectors, self.rows, a, b, self.radius)


@frozen(eq=False)
class _Leaves:
    """Sketches put in order of leaves.

    :ivar order: the place that each had before.
    :ivar starts: where each leaf begins, and behind the last where it ends.
    :ivar low: the least of each number in a leaf: float32 (leaves, w).
    :ivar high: the greatest.
    :ivar augmented: each sketch, its square and a one: a product with another's double gives their squared distance.
    """

    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    low: _Floats
    high: _Floats
    augmented: _Floats

    @classmethod
    def of(cls, numbers: _Floats) -> "_Leaves":
        order = np.arange(len(numbers))
        starts = []
        ahead = [(0, len(numbers))]
        while ahead:
            start, stop = ahead.pop()
            if stop - start <= _LEAF_ROWS:
                starts.append(start)
                continue
            some = numbers[order[start:stop]]
            middle = (stop - start) // 2
            halves = np.argpartition(some[:, int(np.argmax(some.var(axis=0)))], middle)
            order[start:stop] = order[start:stop][halves]
            ahead += [(start + middle, stop), (start, start + middle)]
        sorted_numbers = numbers[order]
        squares = np.einsum("ij,ij->i", sorted_numbers, sorted_numbers)
        ones = np.ones(len(numbers), np.float32)
        return cls(
            order,
            np.array([*starts, len(numbers)]),
            np.minimum.reduceat(sorted_numbers, starts),
            np.maximum.reduceat(sorted_numbers, starts),
            np.column_stack([sorted_numbers, squares, ones]),
        )

    def places(self, leaves: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the sketches of several leaves are."""
        return np.concatenate(
            [np.arange(self.starts[leaf], self.starts[leaf + 1]) for leaf in leaves]
        )

    def outside(self, leaf: int, low: _Floats, high: _Floats) -> _Floats:
        """The squared distance of other boxes, from ``low`` to ``high``, to a leaf's."""
        gap = np.maximum(low - self.high[leaf], self.low[leaf] - high)
        np.maximum(gap, 0.0, out=gap)
        return np.asarray(np.einsum("ij,ij->i", gap, gap))


def _near(
    leaves: _Leaves, leaf: int, limit: np.float32, chosen: NDArray[np.bool_] | None
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Places of pairs whose sketches are near, one of them in this leaf and the other in this or a later one.

    Where places are chosen, one of them is a chosen one in this leaf, and the other in any, but later where it is chosen.
    """
    here = np.arange(leaves.starts[leaf], leaves.starts[leaf + 1])
    first_leaf = leaf
    if chosen is not None:
        here, first_leaf = here[chosen[here]], 0
        if not len(here):
            return
    mine = leaves.augmented[here]
    mine = np.column_stack([-2.0 * mine[:, :-2], mine[:, -1], mine[:, -2]])
    apart = leaves.outside(leaf, leaves.low[first_leaf:], leaves.high[first_leaf:])
    near = first_leaf + np.flatnonzero(apart <= limit)
    for first in range(0, len(near), _LEAVES_AT_ONCE):
        places = leaves.places(near[first : first + _LEAVES_AT_ONCE])
        sketches = leaves.augmented[places, :-2]
        places = places[leaves.outside(leaf, sketches, sketches) <= limit]
        for start in range(0, len(places), _COLUMNS_AT_ONCE):
            others = places[start : start + _COLUMNS_AT_ONCE]
            squared = mine @ leaves.augmented[others].T
            a, b = np.divmod(np.flatnonzero(squared <= limit), len(others))
            a, b = here[a], others[b]
            kept = a < b if chosen is None else (a < b) | ~chosen[b]
            yield a[kept], b[kept]


def _measured(
    vectors: MatrixView, rows: Rows, a: NDArray[np.int64], b: NDArray[np.int64], radius: float
) -> Iterator[RowPairs]:
    for start in range(0, len(a), 8192):
        first, second = rows[a[start : start + 8192]], rows[b[start : start + 8192]]
        difference = vectors.gather(first).astype(np.float64) - vectors.gather(second)
        distances = lengths(difference)
        close = distances <= radius + _ERROR
        if np.any(close):
            yield RowPairs(first[close], second[close], distances[close])


class Clusters:
    """Connected components of pairs: union-find with path halving (Tarjan & van Leeuwen 1984)."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def join(self, a: int, b: int) -> None:
        """Put two rows into one cluster."""
        self._parent[self._root(a)] = self._root(b)

    def groups(self) -> list[list[int]]:
        """Every cluster's rows, ascending; the largest cluster first."""
        members: dict[int, list[int]] = {}
        for row in sorted(self._parent):
            members.setdefault(self._root(row), []).append(row)
        return sorted(members.values(), key=lambda rows: (-len(rows), rows[0]))

    def _root(self, row: int) -> int:
        parent = self._parent
        parent.setdefault(row, row)
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

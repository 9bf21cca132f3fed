"""All pairs of rows within a radius.

Exact, yet far from n² full distances: an orthonormal projection only shortens distances, so two rows can be within the
radius only if their first principal component (which orders the rows and bounds a window) and then their first few
components (cheap to multiply) are.
"""

from collections.abc import Iterator

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.collections.matrix import MatrixView
from photomill.components.embedder import Vectors
from photomill.components.index import Rows

_SKETCH = 32
_BLOCK = 512
_SAMPLE = 512
_SLACK = 1e-4
_DIAMETER = 2.0  # of unit vectors


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
    if len(rows) < 2:
        return
    # No two unit vectors are further apart.
    radius = min(radius, 2.0)
    axes = _principal_axes(vectors, rows)
    sketches = np.empty((len(rows), axes.shape[1]), np.float32)
    for start in range(0, len(rows), 8192):
        sketches[start : start + 8192] = vectors.gather(rows[start : start + 8192]) @ axes
    order = np.argsort(sketches[:, 0], kind="stable")
    rows, sketches = rows[order], sketches[order]
    leading = np.ascontiguousarray(sketches[:, 0])
    limit = np.float32((radius + _SLACK) ** 2 + _SLACK)
    squares = np.einsum("ij,ij->i", sketches, sketches)
    for start in range(0, len(rows), _BLOCK):
        stop = min(start + _BLOCK, len(rows))
        end = int(np.searchsorted(leading, leading[stop - 1] + radius + _SLACK, side="right"))
        for left in range(start, end, 16 * _BLOCK):
            right = min(left + 16 * _BLOCK, end)
            near = sketches[start:stop] @ sketches[left:right].T
            near *= -2.0
            near += squares[start:stop, np.newaxis]
            near += squares[left:right]
            a, b = np.nonzero(near <= limit)
            a, b = a + start, b + left
            apart = a < b
            yield from _measured(vectors, rows, a[apart], b[apart], radius)


def _measured(
    vectors: MatrixView, rows: Rows, a: NDArray[np.int64], b: NDArray[np.int64], radius: float
) -> Iterator[RowPairs]:
    for start in range(0, len(a), 8192):
        first, second = rows[a[start : start + 8192]], rows[b[start : start + 8192]]
        difference = vectors.gather(first).astype(np.float64) - vectors.gather(second)
        distances = np.linalg.norm(difference, axis=1)
        # Users' distances are rounded to 6 decimals; what rounds into the radius is in.
        close = distances <= radius + 1e-9
        if np.any(close):
            yield RowPairs(first[close], second[close], distances[close])


def _principal_axes(vectors: MatrixView, rows: Rows) -> Vectors:
    """The first principal axes of a sample: float32 (dimension, up to 32), orthonormal columns."""
    sample = vectors.gather(rows[:: max(1, len(rows) // _SAMPLE)][:_SAMPLE])
    _, _, axes = np.linalg.svd(sample - sample.mean(axis=0), full_matrices=False)
    return np.ascontiguousarray(axes[:_SKETCH].T, np.float32)


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

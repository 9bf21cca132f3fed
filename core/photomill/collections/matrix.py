"""The vectors of a collection in memory: append-only, readable while it grows."""

from collections.abc import Iterator
from typing import final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.components.embedder import Vectors
from photomill.components.index import Rows

_CHUNK_BYTES = 16 * 1024 * 1024


@frozen(eq=False)
class MatrixView:
    """The first rows of a matrix. Rows below ``size`` never change.

    :ivar parts: float32 arrays that hold the rows, one after the other.
    :ivar starts: the first row of each part.
    """

    parts: tuple[Vectors, ...]
    starts: tuple[int, ...]
    size: int
    dimension: int

    def gather(self, rows: Rows) -> Vectors:
        """Copy rows, in the order asked for: float32 (len(rows), dimension)."""
        if len(self.parts) == 1:
            return np.take(self.parts[0], rows, axis=0)
        result = np.empty((len(rows), self.dimension), np.float32)
        if np.any(rows[1:] < rows[:-1]):
            order = np.argsort(rows, kind="stable")
            result[order] = self.gather(rows[order])
            return result
        bounds = [*np.searchsorted(rows, self.starts).tolist(), len(rows)]
        for place, part in enumerate(self.parts):
            first, last = bounds[place], bounds[place + 1]
            if first < last:
                # numpy buffers the result unless it may clip; no row is out of bounds.
                np.take(
                    part,
                    rows[first:last] - self.starts[place],
                    axis=0,
                    out=result[first:last],
                    mode="clip",
                )
        return result

    def spans(self, first: int = 0, rows_at_once: int = 65_536) -> Iterator[tuple[int, Vectors]]:
        """Yield (row, vectors) over all rows from ``first`` on, without copying."""
        for start, part in zip(self.starts, self.parts, strict=True):
            for offset in range(max(0, first - start), len(part), rows_at_once):
                yield start + offset, part[offset : offset + rows_at_once]

    def first(self, size: int) -> "MatrixView":
        """The first rows."""
        parts = [
            part[: max(0, size - start)]
            for start, part in zip(self.starts, self.parts, strict=True)
        ]
        kept = [place for place, part in enumerate(parts) if len(part)]
        return MatrixView(
            tuple(parts[place] for place in kept),
            tuple(self.starts[place] for place in kept),
            size,
            self.dimension,
        )

    def from_row(self, first: int) -> Vectors:
        """Rows from ``first`` on as one array; copies only where they lie in several parts."""
        spans = [vectors for _, vectors in self.spans(first, self.size or 1)]
        if not spans:
            return np.empty((0, self.dimension), np.float32)
        return spans[0] if len(spans) == 1 else np.concatenate(spans)


@final
class Matrix:
    """Rows of one length. One thread appends; any number read views."""

    def __init__(self, dimension: int, base: Vectors | None = None) -> None:
        """
        :param base: the first rows, maybe memory-mapped; kept, not copied.
        """
        self._dimension = dimension
        self._full: list[Vectors] = [] if base is None or not len(base) else [base]
        self._size = len(base) if base is not None else 0
        self._chunk_rows = max(64, _CHUNK_BYTES // (4 * dimension))
        self._last: NDArray[np.float32] | None = None
        self._used = 0

    @property
    def size(self) -> int:
        return self._size

    def append(self, vectors: Vectors) -> None:
        """Add rows: float32 (n, dimension)."""
        while len(vectors):
            if self._last is None:
                self._last, self._used = (
                    np.empty((self._chunk_rows, self._dimension), np.float32),
                    0,
                )
            taken = min(len(vectors), self._chunk_rows - self._used)
            self._last[self._used : self._used + taken] = vectors[:taken]
            self._used += taken
            self._size += taken
            vectors = vectors[taken:]
            if self._used == self._chunk_rows:
                self._full.append(self._last)
                self._last = None

    def rebase(self, base: Vectors) -> None:
        """Put equal rows, memory-mapped perhaps, in the place of the first ones, and free those."""
        rest = self.view().from_row(len(base)).copy()
        self._full, self._size, self._last = [base], len(base), None
        self.append(rest)

    def view(self) -> MatrixView:
        """What is there now."""
        parts = list(self._full)
        if self._last is not None and self._used:
            parts.append(self._last[: self._used])
        starts = np.cumsum([0, *map(len, parts)])[:-1]
        return MatrixView(
            tuple(parts), tuple(int(start) for start in starts), self._size, self._dimension
        )

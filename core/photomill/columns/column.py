"""One field of every record, in typed arrays."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.columns.cells import CellBuffer, Cells, Mask, Vocabulary, reserved
from photomill.columns.paths import Several, find_value, split_path


@frozen(eq=False)
class ColumnElements:
    """What stands in a column's arrays.

    :ivar cells: of kind ``GONE`` where they are nobody's.
    :ivar owners: int32 (len(cells),), the row of each cell.
    :ivar starts: int32 (rows,), a row's first cell.
    :ivar counts: int32 (rows,), how many of its cells follow one another there.
    """

    cells: Cells
    owners: NDArray[np.int32]
    starts: NDArray[np.int32]
    counts: NDArray[np.int32]

    def rows_with(self, mask: Mask) -> Mask:
        """The rows that own any cell of the mask: bool (rows,)."""
        rows = np.zeros(len(self.starts), np.bool_)
        rows[self.owners[mask]] = True
        return rows


@frozen(eq=False)
class Column:
    """What a path finds in each row; never changes.

    :ivar cells: one for each row. A row without a record is ``MISSING``.
    :ivar elements: of the rows of kind ``ARRAY`` the elements, of kind ``SEVERAL`` all that the path found; None where
        there is no such row.
    """

    path: str
    cells: Cells
    elements: ColumnElements | None

    def __len__(self) -> int:
        return len(self.cells)


class ColumnBuilder:
    """Makes columns of one path, each from the last and what has changed. One thread at a time."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._parts = split_path(path)
        self._vocabulary = Vocabulary()
        self._cells = CellBuffer(self._vocabulary)
        self._elements: _ElementBuffer | None = None
        self.size = 0
        """Rows that the last column had."""

    @classmethod
    def over(cls, column: Column) -> "ColumnBuilder":
        """A builder that goes on from a column; :meth:`begin` with ``rewrite`` takes a copy of it."""
        builder = cls(column.path)
        builder._vocabulary = column.cells.vocabulary
        builder._cells = CellBuffer.over(column.cells)
        if column.elements is not None:
            builder._elements = _ElementBuffer.over(column.elements)
        builder.size = len(column)
        return builder

    def begin(self, size: int, *, rewrite: bool) -> None:
        """Make ready to write rows.

        :param size: rows that the next column has.
        :param rewrite: rows of the last column are among those to be written.
        """
        self._cells.reserve(size, used=self.size, rewrite=rewrite)
        if self._elements is not None:
            self._elements.begin(size, used=self.size, rewrite=rewrite)
        self.size = size

    def write(self, rows: Sequence[int], records: Sequence[Mapping[str, Any]]) -> None:
        """Write some rows, none of them twice."""
        parts = self._parts
        values = [find_value(record, parts) for record in records]
        places = np.asarray(rows, np.int64)
        self._cells.put(places, values)
        if self._elements is not None:
            self._elements.forget(places)
        arrays = [
            (row, value if isinstance(value, list) else value.values)
            for row, value in zip(rows, values, strict=True)
            if isinstance(value, list | Several)
        ]
        if arrays:
            if self._elements is None:
                self._elements = _ElementBuffer(self._vocabulary, self.size)
            self._elements.append(arrays)

    def is_wasteful(self) -> bool:
        """Whether so much was replaced that the column had better be made anew."""
        gone = 0 if self._elements is None else self._elements.gone
        held = 0 if self._elements is None else self._elements.held
        return 2 * gone > held + 1000 or len(self._vocabulary) > 2 * (self.size + held) + 1000

    def column(self) -> Column:
        """The column as written."""
        elements = None if self._elements is None else self._elements.elements(self.size)
        return Column(self.path, self._cells.cells(self.size), elements)


class _ElementBuffer:
    """Elements that grow: each row's stand together, and are written anew at the end when they change."""

    def __init__(self, vocabulary: Vocabulary, rows: int) -> None:
        self._cells = CellBuffer(vocabulary)
        self._owners = np.empty(0, np.int32)
        self._starts = np.zeros(rows, np.int32)
        self._counts = np.zeros(rows, np.int32)
        self.held = 0
        self.gone = 0

    @classmethod
    def over(cls, elements: ColumnElements) -> "_ElementBuffer":
        buffer = cls(elements.cells.vocabulary, 0)
        buffer._cells = CellBuffer.over(elements.cells)
        buffer._owners = elements.owners
        buffer._starts, buffer._counts = elements.starts, elements.counts
        buffer.held = len(elements.cells)
        return buffer

    def begin(self, rows: int, *, used: int, rewrite: bool) -> None:
        self._cells.reserve(self.held, used=self.held, rewrite=rewrite)
        self._starts = reserved(self._starts, rows, used, 0, rewrite)
        self._counts = reserved(self._counts, rows, used, 0, rewrite)

    def forget(self, rows: NDArray[np.int64]) -> None:
        filled = rows[self._counts[rows] > 0]
        if len(filled):
            starts, counts = self._starts, self._counts
            runs = [np.arange(starts[row], starts[row] + counts[row]) for row in filled]
            self._cells.forget(np.concatenate(runs))
            self.gone += int(counts[filled].sum())
            self._counts[filled] = 0

    def append(self, arrays: Sequence[tuple[int, list[Any]]]) -> None:
        rows = np.fromiter((row for row, _ in arrays), np.int32, len(arrays))
        counts = np.fromiter((len(array) for _, array in arrays), np.int32, len(arrays))
        values = [value for _, array in arrays for value in array]
        end = self.held + len(values)
        self._cells.reserve(end, used=self.held, rewrite=False)
        self._owners = reserved(self._owners, end, self.held, 0, rewrite=False)
        self._owners[self.held : end] = np.repeat(rows, counts)
        self._cells.put(np.arange(self.held, end), values)
        self._starts[rows] = self.held + np.cumsum(counts) - counts
        self._counts[rows] = counts
        self.held = end

    def elements(self, rows: int) -> ColumnElements:
        return ColumnElements(
            cells=self._cells.cells(self.held),
            owners=self._owners[: self.held],
            starts=self._starts[:rows],
            counts=self._counts[:rows],
        )

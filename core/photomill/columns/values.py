"""From columns back to JSON."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.columns.cells import CellKind, Cells, Mask
from photomill.columns.column import Column
from photomill.columns.paths import split_path, values_at

ReadRows = Callable[[Sequence[int]], Iterable[tuple[int, Mapping[str, Any]]]]


def column_values(column: Column, rows: NDArray[np.int64], read: ReadRows) -> list[list[Any]]:
    """For each of some rows the values in it: those of an array one by one, nothing for nulls.

    :param read: reads the records whose values the column does not know.
    """
    unknown = unknown_rows(column)
    values = _decoded(column.cells, rows)
    if column.elements is not None:
        elements = column.elements
        for place in np.flatnonzero((elements.counts[rows] > 0) & ~unknown[rows]).tolist():
            start, count = elements.starts[rows[place]], elements.counts[rows[place]]
            run = np.arange(start, start + count)
            values[place] = [value for found in _decoded(elements.cells, run) for value in found]
    if unknown[rows].any():
        parts = split_path(column.path)
        wanted = np.unique(rows[unknown[rows]]).tolist()
        read_values = {row: list(values_at(record, parts)) for row, record in read(wanted)}
        for place in np.flatnonzero(unknown[rows]).tolist():
            values[place] = read_values.get(int(rows[place]), [])
    return values


def unknown_rows(column: Column) -> Mask:
    """Rows whose values only the records have: bool (rows,)."""
    unknown = column.cells.of_kind(CellKind.BIG, CellKind.OBJECT, CellKind.SEVERAL)
    if column.elements is not None:
        nested = column.elements.cells.of_kind(CellKind.BIG, CellKind.OBJECT, CellKind.ARRAY)
        unknown |= column.elements.rows_with(nested)
    return unknown


def _decoded(cells: Cells, places: NDArray[np.int64]) -> list[list[Any]]:
    """For each place the value there in a list; an empty one for those that the cells do not know."""
    values: list[list[Any]] = [[] for _ in places]
    kinds = cells.kinds[places]
    if cells.codes is not None:
        at = np.flatnonzero(kinds == CellKind.STRING)
        for place, code in zip(at.tolist(), cells.codes[places[at]].tolist(), strict=True):
            values[place] = [cells.vocabulary.text(code)]
    if cells.numbers is not None:
        at = np.flatnonzero(kinds == CellKind.NUMBER)
        for place, number in zip(at.tolist(), cells.numbers[places[at]].tolist(), strict=True):
            values[place] = [int(number) if number.is_integer() else number]
    for place in np.flatnonzero((kinds == CellKind.TRUE) | (kinds == CellKind.FALSE)).tolist():
        values[place] = [bool(kinds[place] == CellKind.TRUE)]
    return values

"""Which rows hold equal values."""

from collections.abc import Hashable, Iterator
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.columns.cells import CellKind, Cells, Mask, nearest_float
from photomill.columns.column import Column
from photomill.columns.equality import json_key
from photomill.columns.paths import split_path, values_at
from photomill.columns.values import ReadRows, unknown_rows

Offsets = NDArray[np.int64]
Codes = NDArray[np.int32]


def column_keys(column: Column, read: ReadRows) -> tuple[Offsets, Codes]:
    """Code the values of every row; equal codes are equal JSON values.

    :param read: reads the records whose values the column does not know.
    :returns: offsets (rows + 1,) and codes: row r has ``codes[offsets[r]:offsets[r + 1]]``, none twice, and none for what
        is missing or null.
    """
    unknown = unknown_rows(column)
    book = _Codebook.of(column)
    rows, codes = book.codes(column.cells)
    if column.elements is not None or unknown.any():
        rows, codes = _with_arrays(column, book, unknown, rows, codes, read)
    offsets = np.zeros(len(column) + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=len(column)), out=offsets[1:])
    return offsets, codes.astype(np.int32)


def _with_arrays(
    column: Column,
    book: "_Codebook",
    unknown: Mask,
    rows: NDArray[np.int64],
    codes: NDArray[np.int64],
    read: ReadRows,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows_of, codes_of = [rows], [codes]
    if column.elements is not None:
        places, inner = book.codes(column.elements.cells)
        owners = column.elements.owners[places]
        rows_of.append(owners[~unknown[owners]].astype(np.int64))
        codes_of.append(inner[~unknown[owners]])
    pairs = np.array(list(_read_codes(column, book, unknown, read)), np.int64).reshape(-1, 2)
    rows_of.append(pairs[:, 0])
    codes_of.append(pairs[:, 1])
    span = book.size()
    joined = np.unique(np.concatenate(rows_of) * span + np.concatenate(codes_of))
    return joined // span, joined % span


def _read_codes(
    column: Column, book: "_Codebook", unknown: Mask, read: ReadRows
) -> Iterator[tuple[int, int]]:
    wanted = np.flatnonzero(unknown).tolist()
    parts = split_path(column.path)
    for row, record in read(wanted) if wanted else ():
        for value in values_at(record, parts):
            yield row, book.code(value)


@frozen(eq=False)
class _Codebook:
    """Codes: first the strings', then false and true, then the numbers', then whatever else there is."""

    column: Column
    words: int
    numbers: NDArray[np.float64]
    others: dict[Hashable, int]

    @classmethod
    def of(cls, column: Column) -> "_Codebook":
        cells = [column.cells] if column.elements is None else [column.cells, column.elements.cells]
        numbers = [
            some.numbers[some.of_kind(CellKind.NUMBER)]
            for some in cells
            if some.numbers is not None
        ]
        unique = np.unique(np.concatenate(numbers)) if numbers else np.empty(0)
        return cls(column, max(some.words for some in cells), unique, {})

    def size(self) -> int:
        return self.words + 2 + len(self.numbers) + len(self.others)

    def codes(self, cells: Cells) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The places of cells with a value, and its code."""
        codes = np.full(len(cells), -1, np.int64)
        if cells.codes is not None:
            codes[:] = cells.codes
        codes[cells.of_kind(CellKind.FALSE)] = self.words
        codes[cells.of_kind(CellKind.TRUE)] = self.words + 1
        if cells.numbers is not None:
            at = cells.of_kind(CellKind.NUMBER)
            codes[at] = self.words + 2 + np.searchsorted(self.numbers, cells.numbers[at])
        places = np.flatnonzero(codes >= 0)
        return places, codes[places]

    def code(self, value: Any) -> int:
        """The code of one value, a new one if need be."""
        if isinstance(value, bool):
            return self.words + value
        if isinstance(value, str):
            code = self.column.cells.vocabulary.code(value)
            if code is not None and code < self.words:
                return code
        elif isinstance(value, int | float):
            place = int(np.searchsorted(self.numbers, nearest_float(value)))
            if place < len(self.numbers) and self.numbers[place].item() == value:
                return self.words + 2 + place
        first = self.words + 2 + len(self.numbers)
        return self.others.setdefault(json_key(value), first + len(self.others))

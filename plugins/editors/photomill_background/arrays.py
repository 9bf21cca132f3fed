"""The arrays that foregrounds are computed with."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating[Any]]
"""Of shape (height, width), 0 to 1: how much of a pixel is foreground. Or colours, (height, width, 3), 0 to 1.

In single precision.
"""
Window = tuple[slice, slice]
"""Rows and columns."""

_TILE = 512


def tiles(height: int, width: int, overlap: int) -> Iterator[tuple[Window, Window]]:
    """Cut a large image up, so that what is computed of it needs little memory.

    :param overlap: pixels that a result depends on, on each side.
    :returns: what to compute from, and that part of it, counted from its corner, that is the result.
    """
    for rows, inner_rows in _pieces(height, overlap):
        for columns, inner_columns in _pieces(width, overlap):
            yield (rows, columns), (inner_rows, inner_columns)


def _pieces(length: int, overlap: int) -> Iterator[tuple[slice, slice]]:
    for begin in range(0, length, _TILE):
        end = min(begin + _TILE, length)
        start, stop = max(0, begin - overlap), min(length, end + overlap)
        yield slice(start, stop), slice(begin - start, end - start)

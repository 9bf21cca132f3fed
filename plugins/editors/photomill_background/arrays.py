"""The arrays that foregrounds are computed with."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating[Any]]
"""Of shape (height, width), 0 to 1: how much of a pixel is foreground. Or colours, (height, width, 3), 0 to 1.

In single precision.
"""

_STRIP = 512


def strips(height: int, overlap: int) -> Iterator[tuple[slice, slice]]:
    """Cut the rows of a large picture, so that what is computed of it needs little memory.

    :param overlap: rows that a result depends on, above and below.
    :returns: the rows to compute from, and those of them, counted from their beginning, that are the result.
    """
    for top in range(0, height, _STRIP):
        bottom = min(top + _STRIP, height)
        start, stop = max(0, top - overlap), min(height, bottom + overlap)
        yield slice(start, stop), slice(top - start, bottom - start)

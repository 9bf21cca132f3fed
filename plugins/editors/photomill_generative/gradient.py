"""Borders that are flat, or change evenly: studio backgrounds, clear skies."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.plugin import RasterPixels
from photomill_generative.placement import Placement

_DEPTH = 0.02
"""Of the shorter side: how deep the border is looked at."""
_LEAST_DEPTH = 2
_NOISE = 2.5
"""Standard deviation in levels that noise and compression may have."""
_SAMPLES = 20_000


@frozen(eq=False)
class Gradient:
    """One plane for each channel: level = slopes · (1, row, column), with the image's first pixel at (0, 0)."""

    slopes: NDArray[np.float64]

    @classmethod
    def of_border(cls, picture: RasterPixels, placement: Placement) -> "Gradient | None":
        """Fit planes to the borders beside which something is to be invented; None where they show something."""
        rows, columns = np.nonzero(_border(placement))
        step = max(1, len(rows) // _SAMPLES)
        rows, columns = rows[::step], columns[::step]
        terms = _terms(rows, columns)
        levels = picture[rows, columns].astype(np.float64)
        slopes, *_ = np.linalg.lstsq(terms, levels, rcond=None)
        off = np.abs(levels - terms @ slopes)
        flat = off.std(axis=0).max() <= _NOISE and np.quantile(off, 0.999) <= 4 * _NOISE
        return cls(slopes.astype(np.float64)) if flat else None

    def levels(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float32]:
        """The planes at each row and column: shape (rows, columns, channels); not clipped."""
        start, down, across = self.slopes
        levels = start + down * rows[:, None, None] + across * columns[None, :, None]
        result: NDArray[np.float32] = levels.astype(np.float32)
        return result


def _terms(rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.stack([np.ones(len(rows)), rows, columns], axis=-1)


def _border(placement: Placement) -> NDArray[np.bool_]:
    height, width = placement.picture_height, placement.picture_width
    depth = max(_LEAST_DEPTH, round(min(height, width) * _DEPTH))
    border = np.zeros((height, width), bool)
    border[:depth] |= placement.top > 0
    border[-depth:] |= placement.bottom > 0
    border[:, :depth] |= placement.left > 0
    border[:, -depth:] |= placement.right > 0
    return border

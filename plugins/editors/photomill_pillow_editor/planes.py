"""Filters of single planes of float32."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def luma(rgb: NDArray[np.uint8]) -> Plane:
    """Y' of ITU-R BT.601, 0 to 255, of shape (h, w)."""
    weighted: Plane = rgb @ _LUMA
    return weighted


def box_mean(plane: Plane, radius: int, *, wraps: bool) -> Plane:
    """The mean of each window of 2 × radius + 1 pixels a side; borders are mirrored, or the sides meet."""
    padded = padding(plane, radius, wraps=wraps).astype(np.float64)
    sums = np.pad(padded, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    side = 2 * radius + 1
    windows = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    means: Plane = (windows / side**2).astype(np.float32)
    return means


def padding(plane: Plane, margin: int, *, wraps: bool) -> Plane:
    """Lay a margin around a plane: mirrored, or on the left and right what the other side shows."""
    sides = np.pad(plane, ((0, 0), (margin, margin)), mode="wrap" if wraps else "symmetric")
    return np.pad(sides, ((margin, margin), (0, 0)), mode="symmetric")


def gaussian(plane: Plane, sigma: float) -> Plane:
    """Blur with a Gaussian that is cut off at four times its width; borders are mirrored."""
    reach = math.ceil(4 * sigma)
    offsets = np.arange(-reach, reach + 1)
    kernel = np.exp(-(offsets**2) / (2 * sigma**2))
    kernel /= kernel.sum()
    for axis in (0, 1):
        plane = _convolved(plane, kernel, reach, axis)
    return plane


def scaled(plane: Plane, size: tuple[int, int], box: Any = None) -> Plane:
    """Resample a plane, or a box of it, linearly; while it shrinks, over the whole footprint of a pixel."""
    import PIL.Image

    resized = PIL.Image.fromarray(plane).resize(size, PIL.Image.Resampling.BILINEAR, box=box)
    return np.asarray(resized, np.float32)


def _convolved(plane: Plane, kernel: NDArray[np.float64], reach: int, axis: int) -> Plane:
    margins = [(reach, reach) if each == axis else (0, 0) for each in (0, 1)]
    padded = np.pad(plane, margins, mode="symmetric")
    result = np.zeros_like(plane)
    for start, weight in enumerate(kernel):
        rows = slice(start, start + plane.shape[0]) if axis == 0 else slice(None)
        columns = slice(start, start + plane.shape[1]) if axis == 1 else slice(None)
        result += np.float32(weight) * padded[rows, columns]
    return result

"""Planes of an image brought to a small square by averaging areas."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.images.image import Pixels

Plane = NDArray[np.float32]

_ROWS_AT_ONCE = 512
"""Only so many become floating-point at once, for large images' sake."""

# ITU-R BT.601, as JPEG has it
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_BLUE = np.float32(0.5 / (1 - 0.114))
_RED = np.float32(0.5 / (1 - 0.299))


def luma_plane(pixels: Pixels, side: int) -> Plane:
    """The brightness of an image, squashed to a square: float32 (side, side), 0 to 255."""
    rows, columns = pixels.shape[:2]
    narrow = np.zeros((side, columns), np.float32)
    weights = _areas(rows, side)
    for start in range(0, rows, _ROWS_AT_ONCE):
        band = slice(start, start + _ROWS_AT_ONCE)
        narrow += weights[:, band] @ _luma(pixels[band])
    return narrow @ _areas(columns, side).T


def chroma_planes(pixels: Pixels, side: int) -> tuple[Plane, Plane]:
    """Blue and red less the brightness (Cb, Cr), squashed to a square: each float32 (side, side), -128 to 128."""
    rows, columns = pixels.shape[:2]
    down, across = _areas(rows, side), _areas(columns, side).T
    red, green, blue = (np.zeros((side, columns), np.float32) for _ in range(3))
    for start in range(0, rows, _ROWS_AT_ONCE):
        band = slice(start, start + _ROWS_AT_ONCE)
        some, share = pixels[band], down[:, band]
        for narrow, channel in zip((red, green, blue), range(3), strict=True):
            narrow += share @ some[..., channel].astype(np.float32)
    red, green, blue = (narrow @ across for narrow in (red, green, blue))
    luma = _LUMA[0] * red + _LUMA[1] * green + _LUMA[2] * blue
    return (blue - luma) * _BLUE, (red - luma) * _RED


def halved(plane: NDArray[Any], times: int = 1) -> NDArray[Any]:
    """Average squares of samples, 2 by 2, ``times`` times over: (n >> times, m >> times)."""
    step = 1 << times
    rows, columns = plane.shape[0] // step, plane.shape[1] // step
    return np.asarray(plane.reshape(rows, step, columns, step).mean(axis=(1, 3)))


def _luma(pixels: Pixels) -> Plane:
    luma: Plane = pixels[..., 0] * _LUMA[0]
    luma += pixels[..., 1] * _LUMA[1]
    luma += pixels[..., 2] * _LUMA[2]
    return luma


@lru_cache(maxsize=64)
def _areas(length: int, side: int) -> Plane:
    """Weights (side, length) that average equal stretches of a line."""
    edges = np.linspace(0, length, side + 1)
    samples = np.arange(length)
    starts = np.maximum(edges[:-1, None], samples)
    ends = np.minimum(edges[1:, None], samples + 1)
    overlap = np.clip(ends - starts, 0, None)
    return np.ascontiguousarray(overlap * (side / length), np.float32)

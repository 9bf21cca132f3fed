"""A 64-bit hash that re-encoding and resizing leave nearly as it is.

The pHash of Neal Krawetz as the library imagehash computes it: the low frequencies of a 32 by 32 discrete cosine transform,
each above or below their median. The picture is brought to 32 by 32 by averaging areas.
"""

from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from photomill.images.image import Image, Pixels

_SIDE = 32
_LOW = 8
_ROWS_AT_ONCE = 512
"""Only so many become floating-point at once, for large pictures' sake."""

# ITU-R BT.601
_RED, _GREEN, _BLUE = np.float32(0.299), np.float32(0.587), np.float32(0.114)


def perceptual_hash(image: Image) -> int:
    """Hash a picture to 64 bits, as an integer from 0 to 2⁶⁴ - 1."""
    rows, columns = image.pixels.shape[:2]
    narrow = np.zeros((_SIDE, columns))
    weights = _areas(rows)
    for start in range(0, rows, _ROWS_AT_ONCE):
        band = slice(start, start + _ROWS_AT_ONCE)
        narrow += weights[:, band] @ _luma(image.pixels[band])
    small = narrow @ _areas(columns).T
    frequencies = (_cosines() @ small @ _cosines().T)[:_LOW, :_LOW]
    bits = frequencies > np.median(frequencies)
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def hamming(one: int, other: int) -> int:
    """Count the bits, 0 to 64, in which two hashes differ."""
    return (one ^ other).bit_count()


def _luma(pixels: Pixels) -> NDArray[np.float32]:
    """The brightness of pixels, 0 to 255: float32 (rows, columns)."""
    luma = pixels[..., 0] * _RED
    luma += pixels[..., 1] * _GREEN
    luma += pixels[..., 2] * _BLUE
    return luma


@lru_cache(maxsize=64)
def _areas(length: int) -> NDArray[np.float64]:
    """Weights (32, length) that average equal stretches of a line."""
    edges = np.linspace(0, length, _SIDE + 1)
    pixels = np.arange(length)
    starts = np.maximum(edges[:-1, None], pixels)
    ends = np.minimum(edges[1:, None], pixels + 1)
    overlap: NDArray[np.float64] = np.clip(ends - starts, 0, None)
    return overlap * (_SIDE / length)


@cache
def _cosines() -> NDArray[np.float64]:
    """The DCT-II of 32 samples as a matrix; a common factor would not change the bits."""
    places = np.arange(_SIDE)
    return np.cos(np.pi * places[:, None] * (2 * places + 1) / (2 * _SIDE))

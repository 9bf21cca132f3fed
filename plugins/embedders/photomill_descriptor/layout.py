"""Where which colours are: the low frequencies of a tiny image.

The colour layout descriptor of MPEG-7 (Kasutani and Yamada, ICIP 2001; ISO/IEC 15938-3), with Oklab for YCbCr, more
coefficients, unquantised, and blind to mirroring: a mirrored image differs in the signs of the coefficients of odd
horizontal frequency, so those lose theirs.
"""

import numpy as np
from numpy.typing import NDArray

from photomill_descriptor.oklab import Lab, reduced

GRID = 8
LIGHTNESS_FREQUENCIES = 6
COLOUR_FREQUENCIES = 5
LENGTH = 51

MEAN_LIGHTNESS_WEIGHT = 0.1
"""How bright an image is on the whole changes first when it is edited."""
COLOUR_WEIGHT = 2.0
"""Oklab's colour axes span less than its lightness."""

_STEPS = np.arange(GRID)
_COSINES = np.cos(np.pi * (2 * _STEPS[None] + 1) * _STEPS[:, None] / (2 * GRID)) * np.sqrt(2 / GRID)
_COSINES[0] /= np.sqrt(2)


def colour_layout(lab: Lab) -> NDArray[np.float64]:
    """Describe an image by 51 numbers."""
    grid = reduced(lab, GRID)
    lightness = _low_frequencies(grid[..., 0], LIGHTNESS_FREQUENCIES)
    lightness[0] *= MEAN_LIGHTNESS_WEIGHT
    colours = [
        COLOUR_WEIGHT * _low_frequencies(grid[..., axis], COLOUR_FREQUENCIES) for axis in (1, 2)
    ]
    return np.concatenate([lightness, *colours])


def _low_frequencies(plane: NDArray[np.float32], count: int) -> NDArray[np.float64]:
    """Take the corner of the cosine transform in which the two frequencies add up to less than ``count``."""
    spectrum = (_COSINES @ plane @ _COSINES.T)[:count, :count]
    spectrum[:, 1::2] = np.abs(spectrum[:, 1::2])
    kept = _STEPS[:count, None] + _STEPS[:count] < count
    return np.asarray(spectrum[kept], np.float64)

"""How much of which colour: a histogram in a perceptual space.

As the colour histograms of Swain and Ballard (1991), with three changes: a pixel is shared among the eight nearest bins,
so that a slight change of colour changes little; bins are finer where colours are pale, as most are; and
the square root of each bin is taken, so that distance is Hellinger's and large plain areas do not hide everything else.
"""

import numpy as np
from numpy.typing import NDArray

from photomill_descriptor.oklab import Lab, reduced

SIDE = 32
LIGHTNESS_BINS = 4
COLOUR_BINS = 9
LENGTH = LIGHTNESS_BINS * COLOUR_BINS * COLOUR_BINS

STRONGEST = 0.3
"""The distance from grey at which the last bin lies; sRGB's strongest colours are little farther."""

TYPICAL_LIGHTNESS = 0.6
DARKEST = 0.15
EXPOSURE = 0.8
"""How far exposure is evened out before counting, 0 … 1: in Oklab, more light scales all three axes alike."""


def colour_distribution(lab: Lab) -> NDArray[np.float64]:
    """Describe an image by 324 numbers."""
    small = reduced(lab, SIDE)
    gain = (TYPICAL_LIGHTNESS / max(float(small[..., 0].mean()), DARKEST)) ** EXPOSURE
    values = small.reshape(-1, 3) * gain
    pale_apart = np.sign(values) * np.sqrt(np.abs(values) / STRONGEST)
    lower, share = zip(
        _shared(values[:, 0] - 0.1, LIGHTNESS_BINS),
        _shared((pale_apart[:, 1] + 1.0) / 2.0, COLOUR_BINS),
        _shared((pale_apart[:, 2] + 1.0) / 2.0, COLOUR_BINS),
        strict=True,
    )
    counts = np.zeros(LENGTH)
    for corner in np.ndindex(2, 2, 2):
        bins = [each + step for each, step in zip(lower, corner, strict=True)]
        flat = (bins[0] * COLOUR_BINS + bins[1]) * COLOUR_BINS + bins[2]
        weights = np.prod(
            [each if step else 1.0 - each for each, step in zip(share, corner, strict=True)], axis=0
        )
        counts += np.bincount(flat, weights, LENGTH)
    return np.asarray(np.sqrt(counts / len(values)), np.float64)


def _shared(
    values: NDArray[np.float32], bins: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find for values of 0 … 1 the lower of the two nearest bins, and the share of the upper one."""
    position = np.clip(values.astype(np.float64) * (bins - 1), 0.0, bins - 1 - 1e-6)
    lower = position.astype(np.int64)
    return lower, position - lower

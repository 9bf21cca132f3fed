"""How alike two pictures look."""

import numpy as np
from numpy.typing import NDArray

_WINDOW = 8
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def structural_similarity(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """The mean structural similarity of two pictures of brightness, shape (h, w), 0 to 255.

    Z. Wang et al., "Image quality assessment: from error visibility to structural similarity", IEEE Transactions on
    Image Processing 13, 2004; with square windows of 8 pixels.
    """
    mean_1, mean_2 = _means(first), _means(second)
    variance_1 = _means(first * first) - mean_1**2
    variance_2 = _means(second * second) - mean_2**2
    covariance = _means(first * second) - mean_1 * mean_2
    likeness = ((2 * mean_1 * mean_2 + _C1) * (2 * covariance + _C2)) / (
        (mean_1**2 + mean_2**2 + _C1) * (variance_1 + variance_2 + _C2)
    )
    return float(likeness.mean())


def _means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of every window that lies inside; of the whole where it is smaller than a window."""
    height, width = (min(_WINDOW, side) for side in values.shape)
    sums = np.pad(values, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    windows: NDArray[np.float64] = (
        sums[height:, width:]
        - sums[:-height, width:]
        - sums[height:, :-width]
        + sums[:-height, :-width]
    )
    means: NDArray[np.float64] = windows / (height * width)
    return means

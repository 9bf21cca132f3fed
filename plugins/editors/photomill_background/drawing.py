"""Drawing a border where the colours change."""

import numpy as np

from photomill.plugin import RasterPixels
from photomill_background.arrays import Values

_ITERATIONS = 2
_SEED = 1
_PIXELS_TO_LEARN = 32
"""GrabCut's mixtures of colours need at least some pixels on either side."""


def draw(
    rgb: RasterPixels, likely: Values, band: RasterPixels, *, iterations: int = _ITERATIONS
) -> Values | None:
    """Cut a foreground out with GrabCut: float32 (h, w), 0 or 1; None where there is too little of one side.

    :param likely: where foreground is, above 0.5.
    :param band: not 0 where that may be wrong.
    """
    import cv2

    is_foreground = likely > 0.5
    counted = int(is_foreground.sum())
    if min(counted, is_foreground.size - counted) < _PIXELS_TO_LEARN:
        return None
    probable = np.where(is_foreground, cv2.GC_PR_FGD, cv2.GC_PR_BGD)
    sure = np.where(is_foreground, cv2.GC_FGD, cv2.GC_BGD)
    labels = np.where(band > 0, probable, sure).astype(np.uint8)
    # The mixtures are seeded by chance.
    cv2.setRNGSeed(_SEED)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    whole = (0, 0, rgb.shape[1], rgb.shape[0])
    cv2.grabCut(
        np.ascontiguousarray(rgb), labels, whole, *models, iterations, cv2.GC_INIT_WITH_MASK
    )
    # Foreground, sure or probable, is odd.
    return (labels & 1).astype(np.float32)

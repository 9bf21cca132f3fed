"""Finding the foreground without weights."""

import numpy as np

from photomill.plugin import Category, RasterPixels
from photomill_background.arrays import Values
from photomill_background.components import main_parts
from photomill_background.drawing import draw
from photomill_background.finding import ForegroundFinder
from photomill_background.flat_ground import against_flat_ground
from photomill_background.saliency import salient

_SIDE = 320
"""Of the copy that is looked at, its longer side in pixels."""
_ITERATIONS = 3
_BLENDS_IN, _STANDS_OUT, _SURELY_STANDS_OUT = 0.08, 0.25, 0.75


class SaliencyForeground(ForegroundFinder):
    """Cuts out what differs from a plain background, or else what stands out.

    A photograph's background is rarely plain: GrabCut starts from a saliency map then, and goes wrong where the subject
    has the colours of what is behind it.
    """

    name = "saliency"
    rank = 0
    engine = "grabcut"

    def _guess(self, rgb: RasterPixels, category: Category) -> Values:
        import cv2

        scale = min(1.0, _SIDE / max(rgb.shape[:2]))
        size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
        small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
        if min(size) < 8:
            return np.zeros(small.shape[:2], np.float32)
        likely = against_flat_ground(small)
        if likely is None:
            likely = _drawn_around(small, salient(small, category))
        return main_parts(likely)


def _drawn_around(rgb: RasterPixels, standing_out: Values) -> Values:
    subject = (standing_out > _STANDS_OUT).astype(np.float32)
    unsure = (standing_out > _BLENDS_IN) & (standing_out < _SURELY_STANDS_OUT)
    drawn = draw(rgb, subject, unsure.astype(np.uint8), iterations=_ITERATIONS)
    return subject if drawn is None else drawn

"""Less noise, more detail."""

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.plugin import (
    EditContext,
    EditOperation,
    OpenContext,
    Polish,
    Raster,
    RasterPixels,
    Stage,
)
from photomill_restoration.enlarging import Pass
from photomill_restoration.measuring import measure
from photomill_restoration.smoothing import filtered, smoothed
from photomill_restoration.transparency import with_colours

_PIECE = 512
_NOISE_SEEN = 1.0
"""Levels; less is nothing that anybody sees."""
_NOISE_TAKEN = 2.0
"""How many times the noise is smoothed away."""
_FINE, _COARSE = 2, 12
"""Radii in pixels: of texture, and of local contrast."""
_FINE_EDGE, _COARSE_EDGE = 20.0, 30.0
"""Levels; what varies more is an edge, which stays as it is."""
_FINE_GAIN, _COARSE_GAIN = 0.4, 0.15
_SHARPEN = 0.2
_MARGIN = 2 * (_FINE + _COARSE) + 16

Plane = NDArray[np.float32]


class RestrainedPolish(EditOperation):
    """Smooths the noise that is measured; raises texture and local contrast; sharpens.

    Base and details are split by the guided filter of K. He, J. Sun and X. Tang (2013), which makes no halos, and luma
    never leaves the range of its neighbours by more than a little.
    """

    name = "polish"
    operation = "restorations.polish"
    stage = Stage.RESTORE
    engine = "guided_filter"
    requires = ("cv2",)
    extra = "opencv-contrib-python-headless"
    Parameters = Polish

    def open(self, context: OpenContext) -> None:
        import cv2

        cv2.setNumThreads(1)

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        if not parameters.enabled:
            return raster
        noise = measure(raster).noise
        polishing = _Polishing(noise if noise >= _NOISE_SEEN else 0.0)
        return with_colours(raster, Pass(polishing, 1, _MARGIN, _PIECE).over)


@frozen
class _Polishing:
    """:ivar noise: standard deviation in levels."""

    noise: float

    def __call__(self, surrounded: RasterPixels) -> RasterPixels:
        import cv2

        clean = smoothed(surrounded, _NOISE_TAKEN * self.noise)
        luma = cv2.cvtColor(np.ascontiguousarray(clean), cv2.COLOR_RGB2GRAY).astype(np.float32)
        more = self._detailed(luma) - luma
        inner = slice(_MARGIN, -_MARGIN)
        # The same difference for each channel keeps hue.
        polished = clean[inner, inner] + more[inner, inner, np.newaxis]
        return np.clip(np.rint(polished), 0, 255).astype(np.uint8)

    def _detailed(self, luma: Plane) -> Plane:
        import cv2

        # Where there was noise, a part of it is left, which must not be raised again.
        trust = np.float32(1 / (1 + (self.noise / 4) ** 2))
        fine = filtered(luma, luma, _FINE, _FINE_EDGE)
        coarse = filtered(fine, fine, _COARSE, _COARSE_EDGE)
        sharp = luma - cv2.GaussianBlur(luma, (0, 0), 1.0)
        raised = _FINE_GAIN * (luma - fine) + _SHARPEN * sharp
        detailed = luma + trust * raised + _COARSE_GAIN * (fine - coarse)
        return np.asarray(np.clip(detailed, *_limits(luma)), np.float32)


def _limits(luma: Plane) -> tuple[Plane, Plane]:
    """How dark and how light each pixel may become: its neighbours' range, and a part of it more."""
    import cv2

    near = np.ones((5, 5), np.uint8)
    low, high = cv2.erode(luma, near), cv2.dilate(luma, near)
    slack = np.float32(0.15) * (high - low)
    return low - slack, high + slack

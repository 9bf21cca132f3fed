"""Sharpening."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.components import EditContext, OpenContext, Stage
from photomill.editing.parameters import Sharpness
from photomill.images.raster import Raster, RasterPixels
from photomill_vips_editor.operation import VipsOperation

_STRENGTH = 1.6
"""How many times its detail is added to the picture at 100."""
_HALO = 40.0
"""The most that a pixel changes, in levels."""
_CORE = 1.0
"""Detail of this many levels is taken for noise, and passed over."""


class LumaSharpness(VipsOperation):
    """Unsharp masking of luma (Y' of ITU-R BT.601): hues and saturation stay.

    The radius grows with the size of the output, from 0.6 pixels to 1.4; detail as small as noise is passed over, and
    halos are bounded. Runs after the picture has its final size.
    """

    name = "sharpness"
    operation = "adjustments.sharpness"
    stage = Stage.SHARPEN
    engine = "opencv"
    requires = ("pyvips", "cv2")
    Parameters = Sharpness

    def open(self, context: OpenContext) -> None:
        import cv2

        super().open(context)
        cv2.setNumThreads(1)

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        if not parameters.amount:
            return raster
        return Raster.from_pixels(_sharpened(raster, _STRENGTH * parameters.amount / 100))


def _sharpened(raster: Raster, strength: float) -> RasterPixels:
    import cv2

    luma = cv2.cvtColor(np.ascontiguousarray(raster.rgb), cv2.COLOR_RGB2GRAY).astype(np.float32)
    sigma = float(np.clip(0.5 + max(raster.width, raster.height) / 4000, 0.6, 1.4))
    detail = _detail(luma, raster.alpha, sigma)
    cored = np.copysign(np.maximum(np.abs(detail) - _CORE, 0), detail)
    change = cv2.merge([np.clip(cored * strength, -_HALO, _HALO).astype(np.float32)] * 3)
    sharp = cv2.add(np.ascontiguousarray(raster.rgb), change, dtype=cv2.CV_8U).astype(
        np.uint8, copy=False
    )
    return sharp if raster.alpha is None else np.dstack((sharp, raster.alpha))


def _detail(
    luma: NDArray[np.float32], alpha: NDArray[np.uint8] | None, sigma: float
) -> NDArray[np.float32]:
    """What a blur takes away; what is invisible has no part in it."""
    import cv2

    if alpha is None:
        return luma - cv2.GaussianBlur(luma, (0, 0), sigma)
    opacity = alpha.astype(np.float32)
    weight = cv2.GaussianBlur(opacity, (0, 0), sigma)
    blurred = cv2.GaussianBlur(luma * opacity, (0, 0), sigma)
    detail: NDArray[np.float32] = np.where(weight > 0, luma - blurred / np.maximum(weight, 1), 0)
    return detail

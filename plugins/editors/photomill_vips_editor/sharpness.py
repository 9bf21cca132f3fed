"""Sharpening."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import EditContext, OpenContext, Raster, Sharpness, Stage
from photomill_vips_editor.operation import VipsOperation
from photomill_vips_editor.vips_images import Levels, as_bytes, as_levels, stripes

_STRENGTH = 1.6
"""How many times its detail is added to the image at 100."""
_HALO = 40.0
"""The most that a pixel changes, in levels."""
_REACH = 8
"""Rows that the widest blur looks at above and below."""
_CORE = 1.0
"""Detail of this many levels is taken for noise, and passed over."""


class LumaSharpness(VipsOperation):
    """Unsharp masking of luma (Y' of ITU-R BT.601): hues and saturation stay.

    The radius grows with the size of the output, from 0.6 pixels to 1.4; detail as small as noise is passed over, and
    halos are bounded. Runs after the image has its final size.
    """

    name = "sharpness"
    operation = "adjustments.sharpness"
    stage = Stage.SHARPEN
    takes_hidden_colours = True
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


def _sharpened(raster: Raster, strength: float) -> Levels:
    sigma = float(np.clip(0.5 + max(raster.width, raster.height) / 4000, 0.6, 1.4))
    levels = raster.levels
    sharp = levels.copy()
    for rows in stripes(raster.height):
        around = slice(max(rows.start - _REACH, 0), rows.stop + _REACH)
        inside = slice(rows.start - around.start, rows.stop - around.start)
        change = _change(_on_8_bits(levels[around]), sigma, strength)[inside]
        sharp[rows, :, :3] = _added(levels[rows, :, :3], change)
    return sharp


def _on_8_bits(levels: Levels) -> Any:
    return as_bytes(levels) if levels.dtype == np.uint16 else levels


def _added(rgb: Levels, change: NDArray[np.float32]) -> Any:
    import cv2

    if rgb.dtype == np.uint16:
        return as_levels(as_bytes(rgb) + change[:, :, np.newaxis])
    return cv2.add(np.ascontiguousarray(rgb), cv2.merge([change] * 3), dtype=cv2.CV_8U)


def _change(pixels: Any, sigma: float, strength: float) -> NDArray[np.float32]:
    """What is added to the colours of some rows."""
    import cv2

    rgb = np.ascontiguousarray(pixels[:, :, :3])
    luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail = _detail(luma, pixels[:, :, 3] if pixels.shape[2] == 4 else None, sigma)
    cored = np.copysign(np.maximum(np.abs(detail) - np.float32(_CORE), 0), detail)
    return np.clip(cored * np.float32(strength), -_HALO, _HALO)


def _detail(luma: NDArray[np.float32], alpha: Any, sigma: float) -> NDArray[np.float32]:
    """What a blur takes away; what is invisible has no part in it."""
    import cv2

    if alpha is None:
        return luma - cv2.GaussianBlur(luma, (0, 0), sigma)
    opacity = alpha.astype(np.float32)
    weight = cv2.GaussianBlur(opacity, (0, 0), sigma)
    blurred = cv2.GaussianBlur(luma * opacity, (0, 0), sigma)
    detail: NDArray[np.float32] = np.where(weight > 0, luma - blurred / np.maximum(weight, 1), 0)
    return detail

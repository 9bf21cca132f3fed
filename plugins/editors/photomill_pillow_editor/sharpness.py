"""Sharpening."""

from typing import Any

import numpy as np

from photomill.components import EditContext, Stage
from photomill.editing.parameters import Sharpness
from photomill.images.raster import Raster
from photomill_pillow_editor import planes
from photomill_pillow_editor.conversion import with_alpha_of
from photomill_pillow_editor.operation import PillowOperation
from photomill_pillow_editor.planes import Plane

_STRENGTH = 1.6
"""How many times its detail is added to the picture at 100."""
_HALO = 40.0
"""The most that a pixel changes, in levels."""
_CORE = 1.0
"""Detail of this many levels is taken for noise, and passed over."""


class PillowSharpness(PillowOperation):
    """Unsharp masking of luma (Y' of ITU-R BT.601): hues and saturation stay.

    The radius grows with the size of the picture, from 0.6 pixels to 1.4; detail as small as noise is passed over, and
    halos are bounded.
    """

    name = "pillow_sharpness"
    operation = "adjustments.sharpness"
    stage = Stage.SHARPEN
    takes_hidden_colours = True
    Parameters = Sharpness

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        if not parameters.amount:
            return raster
        detail = _detail(raster)
        cored = np.copysign(np.maximum(np.abs(detail) - _CORE, 0), detail)
        change = (cored * np.float32(_STRENGTH * parameters.amount / 100)).clip(-_HALO, _HALO)
        sharp = np.rint(raster.rgb + change[:, :, None]).clip(0, 255).astype(np.uint8)
        return with_alpha_of(raster, sharp)


def _detail(raster: Raster) -> Plane:
    """What a blur takes away; what is invisible has no part in it."""
    luma = planes.luma(raster.rgb)
    sigma = float(np.clip(0.5 + max(raster.width, raster.height) / 4000, 0.6, 1.4))
    if raster.alpha is None:
        return luma - planes.gaussian(luma, sigma)
    opacity = raster.alpha.astype(np.float32)
    weight = planes.gaussian(opacity, sigma)
    blurred = planes.gaussian(luma * opacity, sigma) / np.maximum(weight, 1)
    return np.where(weight > 0, luma - blurred, 0).astype(np.float32)

"""A ground behind and around the image."""

from typing import Any

import numpy as np

from photomill.plugin import Canvas, EditContext, Raster, RasterPixels, Stage
from photomill_pillow_editor.operation import PillowOperation

_OPAQUE = 255


class PillowCanvas(PillowOperation):
    """Puts the image on a larger ground of one colour. What lies outside of the ground is cut off."""

    name = "pillow_canvas"
    operation = "canvas"
    stage = Stage.FILL
    takes_hidden_colours = True
    Parameters = Canvas

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        wanted: Canvas = parameters
        width, height = wanted.width or raster.width, wanted.height or raster.height
        placed = (width, height, wanted.left, wanted.top) != (raster.width, raster.height, 0, 0)
        opaque = wanted.colour[3] == _OPAQUE
        if not placed and not (opaque and raster.has_alpha):
            return raster
        pixels = _flattened(raster, wanted.colour) if opaque else _with_alpha(raster)
        if not placed:
            return Raster.from_pixels(pixels)
        ground = np.empty((height, width, pixels.shape[2]), np.uint8)
        ground[:] = wanted.colour[: pixels.shape[2]]
        visible = pixels[: max(height - wanted.top, 0), : max(width - wanted.left, 0)]
        bottom, right = wanted.top + visible.shape[0], wanted.left + visible.shape[1]
        ground[wanted.top : bottom, wanted.left : right] = visible
        return Raster.from_pixels(ground)


def _with_alpha(raster: Raster) -> RasterPixels:
    if raster.has_alpha:
        return raster.pixels
    return np.dstack([raster.rgb, np.full((raster.height, raster.width), _OPAQUE, np.uint8)])


def _flattened(raster: Raster, colour: tuple[int, int, int, int]) -> RasterPixels:
    if raster.alpha is None:
        return raster.pixels
    alpha = raster.alpha[:, :, None].astype(np.uint32)
    behind = (_OPAQUE - alpha) * np.array(colour[:3], np.uint32)
    return ((raster.rgb * alpha + behind + _OPAQUE // 2) // _OPAQUE).astype(np.uint8)

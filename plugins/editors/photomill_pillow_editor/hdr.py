"""Balancing light locally."""

from typing import Any

import numpy as np

from photomill.components import EditContext, Stage
from photomill.editing.parameters import Hdr
from photomill.images.raster import Raster, RasterPixels
from photomill_pillow_editor import planes
from photomill_pillow_editor.conversion import with_alpha_of
from photomill_pillow_editor.operation import PillowOperation
from photomill_pillow_editor.planes import Plane

_SIDE = 512
"""The filter looks at a copy of no more than this many pixels a side: the same at every size."""
_RADIUS = 1 / 12
"""Of the filter's window, in parts of the copy's longer side."""
_SMOOTHNESS = 0.01
"""Variance of luma (0 to 1) that counts as an edge."""
_SHADOWS, _HIGHLIGHTS = 1.5, 0.9
_DETAIL = 0.7
_COLOUR = 0.15
_LARGEST_GAIN = 4.0
_DARKEST = 0.02
"""Keeps the gain of the darkest pixels, which are noise, small."""

_STRIP = 256
"""Rows that are worked on at once; they bound the memory."""


class PillowHdr(PillowOperation):
    """Splits luma into a base and its details; lifts the base's shadows, lowers its highlights, and raises details.

    The split is that of Durand and Dorsey, "Fast Bilateral Filtering for the Display of High-Dynamic-Range Images"
    (2002), with the edge-preserving filter of He and Sun, "Fast Guided Filter" (2015). Works on coded sRGB.
    """

    name = "pillow_hdr"
    operation = "adjustments.hdr"
    stage = Stage.ADJUST
    Parameters = Hdr

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        if not parameters.intensity:
            return raster
        strength = parameters.intensity / 100
        return with_alpha_of(raster, _balanced(raster.rgb, strength, parameters.stitching))


def _balanced(rgb: RasterPixels, strength: float, stitching: bool) -> RasterPixels:
    luma: Plane = planes.luma(rgb) / np.float32(255)
    base = _base(luma, stitching)
    result = np.empty_like(rgb)
    for top in range(0, len(rgb), _STRIP):
        rows = slice(top, top + _STRIP)
        result[rows] = _lighted(rgb[rows], luma[rows], base[rows], strength)
    return result


def _lighted(rgb: RasterPixels, luma: Plane, base: Plane, strength: float) -> RasterPixels:
    wanted = (_lit(base, strength) + (luma - base) * np.float32(1 + _DETAIL * strength)).clip(0, 1)
    gain = np.minimum((wanted + _DARKEST) / (luma + _DARKEST), _LARGEST_GAIN)[:, :, None]
    vividness = np.float32(1 + _COLOUR * strength)
    grey = luma[:, :, None] * np.float32(255)
    balanced = gain * (grey + (rgb - grey) * vividness)
    result: RasterPixels = np.rint(balanced).clip(0, 255).astype(np.uint8)
    return result


def _lit(base: Plane, strength: float) -> Plane:
    """Lift the shadows and lower the highlights; rising from 0 at 0 to 1 at 1."""
    dark = 1 - base
    lift = np.float32(_SHADOWS * strength) * base * dark**3
    lowered = np.float32(_HIGHLIGHTS * strength) * base**3 * dark
    result: Plane = base + lift - lowered
    return result


def _base(luma: Plane, stitching: bool) -> Plane:
    """Luma without its details: a linear function of it in each window, whose coefficients a small copy gives."""
    height, width = luma.shape
    scale = min(1.0, _SIDE / max(height, width))
    small_size = max(1, round(width * scale)), max(1, round(height * scale))
    radius = max(1, round(max(small_size) * _RADIUS))
    small = planes.scaled(luma, small_size)
    margin = 2 * radius + 2
    wide = planes.padding(small, margin, wraps=stitching)
    box = (margin, margin, margin + small_size[0], margin + small_size[1])
    slope, offset = (
        planes.scaled(each, (width, height), box) for each in _coefficients(wide, radius)
    )
    base: Plane = slope * luma + offset
    return base


def _coefficients(luma: Plane, radius: int) -> tuple[Plane, Plane]:
    mean = planes.box_mean(luma, radius, wraps=False)
    mean_square = planes.box_mean(luma * luma, radius, wraps=False)
    variance: Plane = np.maximum(mean_square - mean * mean, np.float32(0))
    slope: Plane = variance / (variance + np.float32(_SMOOTHNESS))
    return (
        planes.box_mean(slope, radius, wraps=False),
        planes.box_mean(mean - slope * mean, radius, wraps=False),
    )

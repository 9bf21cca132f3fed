"""Blurring the background of an image whose foreground is known."""

import math
from typing import Any

import numpy as np

from photomill.plugin import (
    BlurBackground,
    EditContext,
    EditOperation,
    OpenContext,
    Raster,
    RasterPixels,
    Stage,
)
from photomill_background.arrays import Values, tiles
from photomill_background.colours import foreground_colours
from photomill_background.lens import lens_blurred
from photomill_background.normalised import gaussian_blurred
from photomill_background.transparency import has_background, opacity_of

_STRENGTHS = {"low": 0.005, "medium": 0.01, "high": 0.02}
"""Of the image's diagonal: the standard deviation of the regular blur. The lens' disc has twice that radius."""


class SubjectSafeBlur(EditOperation):
    """Blurs what is behind the subject, of which nothing is smeared into the background.

    Colours are averaged over background pixels alone, so that no halo of the subject surrounds it, and the subject's
    soft edge is freed from the sharp background before it is laid over the blurred one. What is transparent of the
    original stays so.
    """

    name = "blur_background"
    operation = "background.blur"
    stage = Stage.BACKGROUND
    rank = 10
    engine = "normalised convolution"
    at_any_size = True
    takes_hidden_colours = True
    requires = ("cv2",)
    extra = "opencv-contrib-python-headless"
    Parameters = BlurBackground

    def open(self, context: OpenContext) -> None:
        import cv2

        cv2.setNumThreads(1)

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        if parameters.level == "off":
            return raster
        if not has_background(raster):
            context.notes.append("what is transparent cannot be blurred: it stays as it is")
            return raster
        alpha = raster.alpha
        if alpha is None or (alpha == 255).all():
            return Raster.from_pixels(raster.rgb)
        blurred = _blurred(raster, alpha, parameters)
        opacity = opacity_of(raster)
        return Raster.from_pixels(blurred if opacity is None else np.dstack([blurred, opacity]))


def _blurred(raster: Raster, alpha: RasterPixels, parameters: BlurBackground) -> RasterPixels:
    extent = _STRENGTHS[parameters.level] * math.hypot(raster.width, raster.height)
    if parameters.type == "lens":
        background = lens_blurred(raster.rgb, alpha, 2 * extent)
    else:
        background = gaussian_blurred(raster.rgb, alpha, extent)
    return _laid_over(foreground_colours(raster.rgb, alpha), alpha, background)


def _laid_over(colours: RasterPixels, alpha: RasterPixels, background: Values) -> RasterPixels:
    """Composite over a background that may be smaller."""
    import cv2

    height, width = alpha.shape
    grown = cv2.resize(background, (width, height), interpolation=cv2.INTER_LINEAR)
    result = np.empty_like(colours)
    for window, _ in tiles(height, width, 0):
        opacity = alpha[window].astype(np.float32)[:, :, np.newaxis] / 255
        mixed = colours[window] * opacity + grown[window] * (255 * (1 - opacity))
        result[window] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return result

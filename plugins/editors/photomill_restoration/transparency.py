"""Colours and alpha apart."""

from collections.abc import Callable

import numpy as np

from photomill.plugin import Raster, RasterPixels


def with_colours(raster: Raster, edited: Callable[[RasterPixels], RasterPixels]) -> Raster:
    """Edit the colours of an image, of shape (h, w, 3), and keep its alpha."""
    colours = edited(np.ascontiguousarray(raster.rgb))
    if raster.alpha is None:
        return Raster.from_pixels(colours)
    return Raster.from_pixels(np.dstack([colours, raster.alpha]))

"""Between rasters and Pillow's images."""

from typing import Any

import numpy as np

from photomill.plugin import Raster, RasterPixels


def to_pillow(raster: Raster) -> Any:
    """Make a Pillow image of mode RGB or RGBA."""
    import PIL.Image

    return PIL.Image.fromarray(raster.pixels)


def to_raster(image: Any) -> Raster:
    """Take the pixels of a Pillow image of mode RGB or RGBA."""
    pixels: RasterPixels = np.asarray(image)
    return Raster.from_pixels(pixels)

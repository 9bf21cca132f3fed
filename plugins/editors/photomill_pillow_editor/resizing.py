"""Resampling."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import EditContext, Raster, RasterPixels, Resize, Stage
from photomill_pillow_editor.conversion import to_pillow, to_raster
from photomill_pillow_editor.operation import PillowOperation

_OPAQUE = 255.0


class PillowResizing(PillowOperation):
    """Shrinks with Lanczos 3 over the whole footprint of a pixel, enlarges with Catmull-Rom; on the coded values of sRGB.

    Colours are weighted by their opacity, so that what is invisible never shows as a fringe.
    """

    name = "pillow_resizing"
    operation = "resizing"
    stage = Stage.RESIZE
    takes_hidden_colours = True
    Parameters = Resize

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        wanted: Resize = parameters
        size = wanted.width or raster.width, wanted.height or raster.height
        window = wanted.window(*size)
        resized = _resampled(raster, size)
        if window is None:
            return resized
        left, top, width, height = window
        return Raster.from_pixels(resized.pixels[top : top + height, left : left + width])


def _resampled(raster: Raster, size: tuple[int, int]) -> Raster:
    if size == (raster.width, raster.height):
        return raster
    if raster.alpha is not None:
        return Raster.from_pixels(_weighted(raster, size))
    return to_raster(_resized(to_pillow(raster), size))


def _weighted(raster: Raster, size: tuple[int, int]) -> RasterPixels:
    alpha = raster.pixels[:, :, 3].astype(np.float32)
    resized_alpha = _plane(alpha, size)
    # Where nothing is visible, any colour is as good as another.
    weight = np.where(resized_alpha > 0.5, resized_alpha, np.inf)
    colours = [_plane(raster.pixels[:, :, channel] * alpha, size) / weight for channel in range(3)]
    pixels = np.rint(np.stack([*colours, resized_alpha], axis=-1)).clip(0, _OPAQUE)
    result: RasterPixels = pixels.astype(np.uint8)
    return result


def _plane(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    import PIL.Image

    return np.asarray(_resized(PIL.Image.fromarray(values), size))


def _resized(image: Any, size: tuple[int, int]) -> Any:
    """Shrink the sides that become shorter, then enlarge the others."""
    from PIL.Image import Resampling

    shrunk = min(image.width, size[0]), min(image.height, size[1])
    return image.resize(shrunk, Resampling.LANCZOS).resize(size, Resampling.BICUBIC)

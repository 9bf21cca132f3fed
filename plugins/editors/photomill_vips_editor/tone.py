"""Exposure, contrast and saturation."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.components import EditContext, Stage
from photomill.editing.parameters import Tone
from photomill.images.raster import Raster, RasterPixels
from photomill_vips_editor import curves
from photomill_vips_editor.operation import VipsOperation
from photomill_vips_editor.pictures import from_vips, image_of, to_vips

_NODES = 33
_SAMPLES = 256
"""The mean is taken from no more than this many rows and columns."""


class TableTone(VipsOperation):
    """All three in one pass over the pixels, through a table.

    Exposure works on linear light, contrast on CIE lightness, saturation on the chroma of OKLab: see ``curves``. Without
    saturation each channel goes through an exact table of 256 values; with it, colours go through one of 33 × 33 × 33
    nodes with linear interpolation between them.
    """

    name = "tone"
    operation = "adjustments.tone"
    stage = Stage.ADJUST
    requires = ("pyvips", "PIL")
    Parameters = Tone

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        if parameters == Tone():
            return raster
        if not parameters.saturation and not parameters.contrast:
            # What needs no look at the whole picture may stay lazy.
            return from_vips(_through_curve(to_vips(raster), raster.has_alpha, parameters, 0.5))
        mean = _mean(raster, parameters) if parameters.contrast else 0.5
        if parameters.saturation:
            return Raster.from_pixels(_through_table(raster, parameters, mean))
        image = image_of(raster.pixels)
        return from_vips(_through_curve(image, raster.has_alpha, parameters, mean))


def _mean(raster: Raster, tone: Tone) -> float:
    rows, columns = (max(1, side // _SAMPLES) for side in (raster.height, raster.width))
    light = curves.exposed(_LINEAR[raster.rgb[::rows, ::columns]], tone.exposure)
    alpha = raster.alpha
    weights = None if alpha is None else alpha[::rows, ::columns].astype(np.float32)
    return curves.mean_lightness(light, weights)


def _curve(light: curves.Values, tone: Tone, mean: float) -> curves.Values:
    light = curves.exposed(light, tone.exposure)
    return curves.contrasted(light, tone.contrast, mean) if tone.contrast else light


def _through_curve(image: Any, has_alpha: bool, tone: Tone, mean: float) -> Any:
    import pyvips

    channel = np.rint(curves.coded(_curve(_LINEAR, tone, mean)) * 255).astype(np.uint8)
    channels = [channel, channel, channel, *([np.arange(256, dtype=np.uint8)] if has_alpha else [])]
    table = np.stack(channels, axis=-1)[np.newaxis]
    return image.maplut(pyvips.Image.new_from_array(table))


def _through_table(raster: Raster, tone: Tone, mean: float) -> RasterPixels:
    import PIL.Image
    import PIL.ImageFilter

    table = PIL.ImageFilter.Color3DLUT(_NODES, _table(tone, mean).ravel())
    toned = np.asarray(PIL.Image.fromarray(raster.rgb).filter(table))
    return toned if raster.alpha is None else np.dstack((toned, raster.alpha))


def _table(tone: Tone, mean: float) -> NDArray[np.float32]:
    """Of shape (blue, green, red, 3): red varies fastest, as Pillow has it."""
    nodes = _curve(curves.linear(np.linspace(0, 1, _NODES)), tone, mean)
    blue, green, red = np.meshgrid(nodes, nodes, nodes, indexing="ij")
    light = np.stack((red, green, blue), axis=-1)
    return curves.coded(curves.saturated(light, tone.saturation)).astype(np.float32)


_LINEAR = curves.linear(np.arange(256) / 255)

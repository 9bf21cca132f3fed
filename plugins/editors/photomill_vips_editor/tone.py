"""Exposure, contrast and saturation."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import DeepPixels, EditContext, Raster, Stage, Tone
from photomill_vips_editor import curves
from photomill_vips_editor.operation import VipsOperation
from photomill_vips_editor.vips_images import defer, image_of, is_deep, stripes, to_vips

_NODES = 33
_SAMPLES = 256
"""The mean is taken from no more than this many rows and columns."""


class TableTone(VipsOperation):
    """All three in one pass over the pixels, through a table.

    Exposure works on linear light, contrast on CIE lightness, saturation on the chroma of OKLab: see ``curves``. Without
    saturation each channel goes through an exact table of all its values; with it, colours go through one of 33 × 33 × 33
    nodes with linear interpolation between them, or, of 16 bits, are computed one by one. An image that is shrunk next is shrunk first.
    """

    name = "tone"
    operation = "adjustments.tone"
    stage = Stage.ADJUST
    takes_hidden_colours = True
    requires = ("pyvips", "PIL")
    Parameters = Tone

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        if parameters == Tone():
            return raster
        if not parameters.contrast:
            return defer(to_vips(raster), _finish(parameters, 0.5))
        # The mean is of the whole image, which may be readable only once.
        mean = _mean(raster, parameters)
        return defer(image_of(raster.levels), _finish(parameters, mean))


def _finish(tone: Tone, mean: float) -> Callable[[Any], Any]:
    return partial(_through_table if tone.saturation else _through_curve, tone=tone, mean=mean)


def _mean(raster: Raster, tone: Tone) -> float:
    rows, columns = (max(1, side // _SAMPLES) for side in (raster.height, raster.width))
    light = curves.exposed(_LINEAR[raster.rgb[::rows, ::columns]], tone.exposure)
    alpha = raster.alpha
    weights = None if alpha is None else alpha[::rows, ::columns].astype(np.float32)
    return curves.mean_lightness(light, weights)


def _curve(light: curves.Values, tone: Tone, mean: float) -> curves.Values:
    light = curves.exposed(light, tone.exposure)
    return curves.contrasted(light, tone.contrast, mean) if tone.contrast else light


def _through_curve(image: Any, *, tone: Tone, mean: float) -> Any:
    import pyvips

    deep = is_deep(image)
    most, kind = (65535, np.uint16) if deep else (255, np.uint8)
    levels = curves.coded(_curve(_LINEAR_DEEP if deep else _LINEAR, tone, mean)) * most
    channel = np.clip(np.rint(levels), 0, most).astype(kind)
    opacity = [np.arange(most + 1, dtype=kind)] if image.hasalpha() else []
    table = np.stack([channel, channel, channel, *opacity], axis=-1)[np.newaxis]
    return image.maplut(pyvips.Image.new_from_array(table))


def _through_table(image: Any, *, tone: Tone, mean: float) -> Any:
    import PIL.Image
    import PIL.ImageFilter

    if is_deep(image):
        return image_of(_computed(image.numpy(), tone, mean))
    table = PIL.ImageFilter.Color3DLUT(_NODES, _table(tone, mean).ravel())
    # Pillow hands the alpha of RGBA through.
    return image_of(np.asarray(PIL.Image.fromarray(image.numpy()).filter(table)))


def _computed(levels: DeepPixels, tone: Tone, mean: float) -> DeepPixels:
    """Without a table between: 16 bits are finer than its nodes."""
    result = levels.copy()
    channel = _curve(_LINEAR_DEEP, tone, mean)
    for rows in stripes(len(levels)):
        light = curves.saturated(channel[levels[rows, :, :3]], tone.saturation)
        result[rows, :, :3] = np.clip(np.rint(curves.coded(light) * 65535), 0, 65535)
    return result


def _table(tone: Tone, mean: float) -> NDArray[np.float32]:
    """Of shape (blue, green, red, 3): red varies fastest, as Pillow has it.

    Nodes outside of what can be shown are not clipped, so that greys between them stay grey.
    """
    nodes = _curve(curves.linear(np.linspace(0, 1, _NODES)), tone, mean)
    blue, green, red = np.meshgrid(nodes, nodes, nodes, indexing="ij")
    light = np.stack((red, green, blue), axis=-1)
    return curves.coded(curves.saturated(light, tone.saturation))


_LINEAR = curves.linear(np.arange(256) / 255)
_LINEAR_DEEP = curves.linear(np.arange(65536) / 65535)

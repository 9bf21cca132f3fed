"""Exposure, contrast and saturation."""

from typing import Any

import numpy as np

from photomill.components import EditContext, Stage
from photomill.editing.parameters import Tone
from photomill.images.raster import Raster, RasterPixels
from photomill_pillow_editor import light
from photomill_pillow_editor.conversion import with_alpha_of
from photomill_pillow_editor.light import Values
from photomill_pillow_editor.operation import PillowOperation

_SHOULDER = 0.25
"""Linear light from which on brightened values are rolled off."""
_LARGEST_CHROMA = 0.33
"""Of the colours of sRGB in OKLab."""
_SAMPLES = 256
"""The mean is taken from no more than about this many rows and columns."""
_STRIP = 256
"""Rows that are worked on at once; they bound the memory."""


class PillowTone(PillowOperation):
    """Computes every pixel: no table stands between.

    * exposure e: linear light × 2^(e/50). Brightened values above 0.25 approach white as in Reinhard et al.,
      "Photographic Tone Reproduction for Digital Images" (2002), equation 4.
    * contrast c: CIE lightness of each channel, spread about the picture's mean lightness by 1 + c/50 there, with
      smooth ends at black and white; drawn to the mean by 1 + c/100 below 0.
    * saturation s: chroma in OKLab × (1 + s/100); upwards, what is vivid already is raised less.
    """

    name = "pillow_tone"
    operation = "adjustments.tone"
    stage = Stage.ADJUST
    takes_hidden_colours = True
    Parameters = Tone

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        tone: Tone = parameters
        if tone == Tone():
            return raster
        curve = _curve(tone, _mean(raster, tone))
        return with_alpha_of(raster, _toned(raster.rgb, curve, tone.saturation))


def _toned(rgb: RasterPixels, curve: Values, saturation: int) -> RasterPixels:
    """:param curve: what linear light each of the 256 levels becomes."""
    if not saturation:
        levels = np.rint(light.to_srgb(curve) * 255).astype(np.uint8)
        return levels[rgb]
    result = np.empty_like(rgb)
    for top in range(0, len(rgb), _STRIP):
        vivid = light.to_srgb(_saturated(curve[rgb[top : top + _STRIP]], saturation))
        result[top : top + _STRIP] = np.rint(vivid * 255)
    return result


def _curve(tone: Tone, mean: float) -> Values:
    exposed = _exposed(_LINEAR, tone.exposure)
    return _contrasted(exposed, tone.contrast, mean) if tone.contrast else exposed


def _mean(raster: Raster, tone: Tone) -> float:
    """The mean CIE lightness of what is visible, 0 to 1, away from both ends."""
    rows, columns = (max(1, side // _SAMPLES) for side in (raster.height, raster.width))
    sample = raster.pixels[::rows, ::columns]
    exposed = _exposed(_LINEAR[sample[:, :, :3]], tone.exposure)
    lightness = light.to_lightness(exposed @ light.LUMINANCE)
    opacity = sample[:, :, 3] if raster.has_alpha else np.ones(lightness.shape)
    visible = opacity if opacity.any() else np.ones(lightness.shape)
    return float(np.average(lightness, weights=visible).clip(0.1, 0.9))


def _exposed(values: Values, exposure: int) -> Values:
    gain = np.float32(2.0 ** (exposure / 50))
    brightened = values * gain
    if gain <= 1:
        return brightened
    white = (gain - _SHOULDER) / (1 - _SHOULDER)
    over = np.maximum(brightened - _SHOULDER, 0) / (1 - _SHOULDER)
    rolled = _SHOULDER + (1 - _SHOULDER) * over * (1 + over / white**2) / (1 + over)
    return np.where(brightened > _SHOULDER, rolled, brightened).astype(np.float32)


def _contrasted(values: Values, contrast: int, mean: float) -> Values:
    lightness = light.to_lightness(values)
    if contrast < 0:
        return light.from_lightness(mean + (lightness - mean) * np.float32(1 + contrast / 100))
    slope = 1 + contrast / 50
    below = mean * (lightness / mean).clip(0, 1) ** slope
    above = 1 - (1 - mean) * ((1 - lightness) / (1 - mean)).clip(0, 1) ** slope
    return light.from_lightness(np.where(lightness < mean, below, above).astype(np.float32))


def _saturated(colours: Values, saturation: int) -> Values:
    lab = light.to_oklab(colours)
    chroma = np.hypot(lab[..., 1:2], lab[..., 2:3])
    headroom = 1 - np.minimum(chroma / _LARGEST_CHROMA, 1) if saturation > 0 else 1
    lab[..., 1:] *= 1 + np.float32(saturation / 100) * headroom
    return light.from_oklab(lab)


_LINEAR = light.from_srgb((np.arange(256) / 255).astype(np.float32)).astype(np.float32)

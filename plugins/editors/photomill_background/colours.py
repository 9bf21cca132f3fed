"""The colours of a foreground, freed from the background that shone through.

M. Forte, "Approximate Fast Foreground Colour Estimation", ICIP 2021: the colours of foreground and background around a
pixel are means weighted by alpha; the pixel's own foreground colour is the one nearest to that mean which explains the
image. Once over a wide neighbourhood, and once more over a narrow one.
"""

import numpy as np

from photomill.plugin import RasterPixels
from photomill_background.arrays import Values, tiles

_WIDE, _NARROW = 90, 6
"""Sides of the neighbourhoods in pixels, as the paper has them."""
_NEAR_ZERO = 1e-5


def foreground_colours(rgb: RasterPixels, alpha: RasterPixels) -> RasterPixels:
    """Estimate what the foreground's colours are: uint8 (h, w, 3).

    Opaque pixels keep theirs. What is transparent takes on those of the nearest foreground, and black farther away.

    :param alpha: of shape (h, w).
    """
    result = np.empty_like(rgb)
    for window, inner in tiles(len(alpha), alpha.shape[1], (_WIDE + _NARROW) // 2):
        result[window][inner] = _estimated(rgb[window], alpha[window])[inner]
    return result


def _estimated(rgb: RasterPixels, alpha: RasterPixels) -> RasterPixels:
    if (alpha == 255).all():
        return rgb
    if not alpha.any():
        return np.zeros_like(rgb)
    picture = rgb.astype(np.float32) / 255
    opacity = alpha.astype(np.float32)[:, :, np.newaxis] / 255
    foreground, background = _refined(picture, picture, picture, opacity, _WIDE)
    foreground, _ = _refined(picture, foreground, background, opacity, _NARROW)
    estimated = np.rint(foreground * 255).astype(np.uint8)
    return np.where(alpha[:, :, np.newaxis] == 255, rgb, estimated)


def _refined(
    picture: Values, foreground: Values, background: Values, opacity: Values, side: int
) -> tuple[Values, Values]:
    """Improve an estimate: the foreground's colours, and the mean ones of the background."""
    mean_foreground = _weighted_mean(foreground, opacity, side)
    mean_background = _weighted_mean(background, 1 - opacity, side)
    explained = opacity * mean_foreground + (1 - opacity) * mean_background
    return np.clip(mean_foreground + opacity * (picture - explained), 0, 1), mean_background


def _weighted_mean(colours: Values, weight: Values, side: int) -> Values:
    import cv2

    total = cv2.blur(colours * weight, (side, side))
    return np.asarray(total / (cv2.blur(weight, (side, side))[:, :, np.newaxis] + _NEAR_ZERO))

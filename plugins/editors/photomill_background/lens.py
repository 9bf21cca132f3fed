"""The blur of a wide open lens.

What is out of focus becomes a disc, and light adds up linearly. What touches the subject is hardly farther away than it
is; away from it the discs grow.
"""

import math

import numpy as np

from photomill.plugin import RasterPixels
from photomill_background.arrays import Values
from photomill_background.normalised import Ground

_RADIUS = 10.0
"""Of the largest disc, in pixels of the small copy."""
_NEAREST = 0.35
"""Of the largest disc's radius: that of the disc beside the subject."""
_LAYERS = 4
_REACH = 4.0
"""So many radii of the largest disc away from the subject, discs are as large as they get."""


def lens_blurred(rgb: RasterPixels, alpha: RasterPixels, radius: float) -> Values:
    """Blur what is transparent with discs of up to ``radius`` pixels.

    :returns: colours of shape (h', w', 3), 0 to 1, possibly smaller than the image.
    """
    ground = Ground(rgb, alpha, _RADIUS / max(radius, _RADIUS), _LINEAR)
    largest = radius * ground.scale
    depth = _depths(ground.weight, largest) * (_LAYERS - 1)
    result = np.zeros_like(ground.premultiplied)
    for layer in range(_LAYERS):
        share = np.clip(1 - np.abs(depth - layer), 0, 1)[:, :, np.newaxis]
        if share.any():
            nearness = _NEAREST + (1 - _NEAREST) * layer / (_LAYERS - 1)
            result += share * _out_of_focus(ground, largest * nearness)
    return _coded(result)


def _depths(weight: Values, radius: float) -> Values:
    """How far behind the subject each pixel is taken to be: 0 beside it, 1 far away."""
    import cv2

    away = cv2.distanceTransform((weight > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    ramp = np.clip(away / (_REACH * max(radius, 1.0)), 0, 1)
    return np.asarray(cv2.blur(ramp, (5, 5)))


def _out_of_focus(ground: Ground, radius: float) -> Values:
    import cv2

    disc = _disc(radius)
    return ground.blurred(lambda values: cv2.filter2D(values, -1, disc))


def _disc(radius: float) -> Values:
    """A disc with a smooth rim, of sum 1."""
    reach = math.ceil(radius)
    away = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1])
    disc = np.clip(radius + 0.5 - away, 0, 1)
    return np.asarray(disc / disc.sum(), np.float32)


def _coded(light: Values) -> Values:
    """Linear light as sRGB codes it: IEC 61966-2-1."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


_CODES = np.arange(256) / 255
_LINEAR: Values = np.where(
    _CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4
).astype(np.float32)

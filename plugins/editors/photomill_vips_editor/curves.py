"""What tone does to colours, as functions on arrays of 0 to 1."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]

_SHOULDER = 0.25
"""Linear light from which on brightened values are rolled off."""
_LARGEST_CHROMA = 0.33
"""Of the colours of sRGB in OKLab."""
_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


def linear(coded: Any) -> Values:
    """Coded sRGB to linear light: IEC 61966-2-1."""
    values = np.asarray(coded, np.float32)
    return np.where(values > 0.04045, ((values + 0.055) / 1.055) ** 2.4, values / 12.92)


def coded(light: Values) -> Values:
    """Linear light to coded sRGB, which goes on outside of 0 to 1, below 0 as its own mirror image."""
    size = np.abs(light)
    values = np.where(size > 0.0031308, 1.055 * size ** (1 / 2.4) - 0.055, size * 12.92)
    return np.copysign(values, light).astype(np.float32)


def exposed(light: Values, exposure: int) -> Values:
    """Multiply linear light by 2^(exposure/50): two stops at 100.

    Brightened values above a shoulder approach 1 as in Reinhard et al., "Photographic Tone Reproduction for Digital
    Images" (2002), equation 4, so that white stays white and nothing below it is clipped.
    """
    gain = 2.0 ** (exposure / 50)
    light = light * np.float32(gain)
    if gain <= 1:
        return light
    white = (gain - _SHOULDER) / (1 - _SHOULDER)
    over = np.maximum(light - _SHOULDER, 0) / (1 - _SHOULDER)
    rolled = _SHOULDER + (1 - _SHOULDER) * over * (1 + over / white**2) / (1 + over)
    return np.where(light > _SHOULDER, rolled, light)


def contrasted(light: Values, contrast: int, mean: float) -> Values:
    """Spread CIE lightness around the image's mean, by a slope there of 1 + contrast/50 (contrast/100 below 0).

    Each channel is taken as the lightness of the grey it would be alone. Black and white stay, with smooth ends.

    :param mean: lightness, 0 to 1.
    """
    lightness = _lightness(light)
    if contrast < 0:
        return _light(mean + (lightness - mean) * np.float32(1 + contrast / 100))
    slope = 1 + contrast / 50
    below = mean * np.clip(lightness / mean, 0, 1) ** slope
    above = 1 - (1 - mean) * np.clip((1 - lightness) / (1 - mean), 0, 1) ** slope
    return _light(np.where(lightness < mean, below, above).astype(np.float32))


def mean_lightness(light: Values, weights: Values | None) -> float:
    """The mean CIE lightness of linear colours of shape (..., 3), 0 to 1, away from both ends."""
    lightness = _lightness(light @ _LUMINANCE)
    if weights is not None and weights.sum() > 0:
        mean = float(np.average(lightness, weights=weights))
    else:
        mean = float(lightness.mean())
    return min(max(mean, 0.1), 0.9)


def saturated(light: Values, saturation: int) -> Values:
    """Multiply the chroma of linear colours, of shape (..., 3), by 1 + saturation/100 in OKLab; −100 is grey.

    Upwards, colours that are vivid already are raised less. Source: B. Ottosson, "A perceptual color space for image
    processing" (2020).
    """
    lab = np.cbrt(light @ _LMS.T) @ _LAB.T
    chroma = np.hypot(lab[..., 1:2], lab[..., 2:3])
    headroom = 1 - np.minimum(chroma / _LARGEST_CHROMA, 1) if saturation > 0 else 1
    lab[..., 1:] *= 1 + np.float32(saturation / 100) * headroom
    lms: Values = (lab @ np.linalg.inv(_LAB).T) ** 3
    result: Values = lms @ np.linalg.inv(_LMS).T
    return result


def _lightness(light: Values) -> Values:
    return np.where(light > 216 / 24389, 1.16 * np.cbrt(light) - 0.16, light * 9.032963)


def _light(lightness: Values) -> Values:
    return np.where(lightness > 0.08, ((lightness + 0.16) / 1.16) ** 3, lightness / 9.032963)

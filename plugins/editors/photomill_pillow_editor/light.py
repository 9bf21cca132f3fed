"""Linear light, lightness, and the colours of OKLab, for arrays of 0 to 1."""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""What red, green and blue light of sRGB give to luminance."""

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float64,
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float64,
)


def from_srgb(coded: Values) -> Values:
    """Coded sRGB to linear light (IEC 61966-2-1)."""
    return np.where(coded > 0.04045, ((coded + 0.055) / 1.055) ** 2.4, coded / 12.92)


def to_srgb(light: Values) -> Values:
    """Linear light to coded sRGB; what is outside of 0 to 1 is clipped."""
    light = light.clip(0, 1)
    return np.where(light > 0.0031308, 1.055 * light ** (1 / 2.4) - 0.055, light * 12.92)


def to_lightness(luminance: Values) -> Values:
    """Luminance to CIE lightness, L*/100."""
    return np.where(luminance > 216 / 24389, 1.16 * np.cbrt(luminance) - 0.16, luminance * 9.032963)


def from_lightness(lightness: Values) -> Values:
    """CIE lightness, L*/100, to luminance."""
    return np.where(lightness > 0.08, ((lightness + 0.16) / 1.16) ** 3, lightness / 9.032963)


def to_oklab(light: Values) -> Values:
    """Linear light of shape (..., 3) to OKLab: B. Ottosson, "A perceptual color space for image processing" (2020)."""
    return (np.cbrt(light @ _TO_CONES.T.astype(np.float32)) @ _TO_LAB.T).astype(np.float32)


def from_oklab(lab: Values) -> Values:
    """OKLab of shape (..., 3) to linear light."""
    cones = (lab @ np.linalg.inv(_TO_LAB).T) ** 3
    light: Values = (cones @ np.linalg.inv(_TO_CONES).T).astype(np.float32)
    return light

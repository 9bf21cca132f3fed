"""How alike two images of one size are."""

from typing import Any

import numpy as np
from PIL import Image

MOST = 99.0
"""Decibels, said of images that are the same."""


def psnr(one: Image.Image, other: Image.Image) -> float:
    """Peak signal to noise ratio over all channels, in decibels."""
    first, second = np.asarray(one, np.float64), np.asarray(other, np.float64)
    error = float(((first - second) ** 2).mean())
    return MOST if not error else float(10 * np.log10(255**2 / error))


def ssim(one: Image.Image, other: Image.Image) -> float:
    """Mean structural similarity of the lightness (Wang et al., 2004), with a Gaussian of 1.5 pixels."""
    import cv2

    first, second = (np.asarray(each.convert("L"), np.float64) for each in (one, other))

    def smooth(values: Any) -> Any:
        return cv2.GaussianBlur(values, (11, 11), 1.5)

    means = smooth(first), smooth(second)
    spread = smooth(first**2) - means[0] ** 2, smooth(second**2) - means[1] ** 2
    together = smooth(first * second) - means[0] * means[1]
    near, far = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    similar = (2 * means[0] * means[1] + near) * (2 * together + far)
    return float(
        (similar / ((means[0] ** 2 + means[1] ** 2 + near) * (spread[0] + spread[1] + far))).mean()
    )

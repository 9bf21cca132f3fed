"""Blurring what a mask leaves, and nothing of what it hides.

Normalised convolution (Knutsson and Westin, CVPR 1993): colours times weight are blurred, and divided by the blurred
weight. A blur this wide leaves no detail, so it is done on a copy so small that nobody can tell.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from photomill.plugin import RasterPixels
from photomill_background.arrays import Values

_DEVIATION = 4.0
"""In pixels of the small copy: linear interpolation of a blur this wide cannot be told from the blur at full size."""
_TRACE = 1e-4
"""So much of the mean colour of all background is mixed in everywhere; it shows only where no background is near."""

_SRGB: Values = np.arange(256, dtype=np.float32) / 255


class Ground:
    """A background: what is transparent of an image, possibly shrunk.

    :ivar premultiplied: colours times weight, of shape (h', w', 3).
    :ivar weight: of shape (h', w'), 0 to 1.
    :ivar scale: of the shrunk background, at most 1.
    """

    def __init__(
        self, rgb: RasterPixels, alpha: RasterPixels, scale: float, table: Values = _SRGB
    ) -> None:
        """Shrink a background.

        :param table: the values of the 256 levels of a channel.
        """
        import cv2

        height, width = alpha.shape
        scale = min(1.0, scale)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        # The cube leaves hardly anything of edges, which hold the subject's colours too.
        weight = cv2.LUT(alpha, (1 - _SRGB) ** 3)

        def shrink(values: Any) -> Values:
            return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA))

        # Channel by channel, since the products are large.
        self.premultiplied: Values = np.dstack(
            [shrink(cv2.LUT(rgb[:, :, channel], table) * weight) for channel in range(3)]
        )
        self.weight = shrink(weight)
        self.scale = size[0] / width

    def blurred(self, blur: Callable[[Values], Any]) -> Values:
        """Colours blurred by a linear filter, but for what is hidden: of shape (h', w', 3)."""
        total = blur(self.premultiplied) + _TRACE * self._mean()
        return np.asarray(total / (blur(self.weight) + _TRACE)[:, :, np.newaxis])

    def _mean(self) -> Values:
        total = max(float(self.weight.mean()), 1e-12)
        return np.asarray(self.premultiplied.mean(axis=(0, 1)) / total, np.float32)


def gaussian_blurred(rgb: RasterPixels, alpha: RasterPixels, deviation: float) -> Values:
    """Blur what is transparent with a Gaussian of ``deviation`` pixels.

    :returns: colours of shape (h', w', 3), 0 to 1, possibly smaller than the image.
    """
    import cv2

    ground = Ground(rgb, alpha, _DEVIATION / max(deviation, _DEVIATION))
    sigma = max(deviation * ground.scale, 0.1)
    return ground.blurred(lambda values: cv2.GaussianBlur(values, (0, 0), sigma))

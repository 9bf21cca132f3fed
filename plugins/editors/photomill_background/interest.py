"""How much each part of an image is worth keeping."""

import numpy as np

from photomill.plugin import Raster, RasterPixels
from photomill_background.arrays import Values
from photomill_background.flat_ground import against_flat_ground
from photomill_background.saliency import salient
from photomill_background.text_regions import is_graphic, text_regions
from photomill_lite0.activation import ActivationMap

_SIDE = 320
"""Of the copy that is looked at, its longer side in pixels."""
_LEAST = 8
_EVEN = 2.0
"""An image whose levels deviate by less shows nothing, whatever a network sees in it."""


class Interest:
    """Asks the network where it sees what it names; without one, what stands out counts alone."""

    def __init__(self, network: ActivationMap | None) -> None:
        self._network = network

    def of(self, raster: Raster) -> Values:
        """Tell it for each pixel of a small copy: float32 (h', w') of any scale, ≥ 0.

        It is nothing everywhere where the copy is too small to tell.
        """
        small = _small(raster.rgb)
        if min(small.shape[:2]) < _LEAST or small.std() < _EVEN:
            return np.zeros(small.shape[:2], np.float32)
        found = self._seen(raster.rgb, small)
        alpha = raster.alpha
        return found if alpha is None else found * (_small(alpha) / np.float32(255))

    def _seen(self, rgb: RasterPixels, small: RasterPixels) -> Values:
        maps: list[Values] = []
        if self._network is not None:
            maps.append(_grown(self._network.of(rgb), small))
        plain = against_flat_ground(small)
        if plain is not None:
            # Before a plain ground each pixel tells by itself whether it is the subject.
            maps.append(plain)
        if is_graphic(rgb):
            maps.append(_grown(text_regions(rgb), small))
        if not maps:
            maps.append(salient(small, "general") ** 2)
        shares = [each / max(float(each.sum()), 1e-9) for each in maps]
        return np.asarray(np.sum(shares, axis=0), np.float32)


def _grown(values: Values, small: RasterPixels) -> Values:
    import cv2

    size = small.shape[1], small.shape[0]
    kernel = cv2.INTER_CUBIC if values.shape[0] < size[1] else cv2.INTER_AREA
    return np.maximum(cv2.resize(values, size, interpolation=kernel), 0)


def _small(pixels: RasterPixels) -> RasterPixels:
    import cv2

    scale = min(1.0, _SIDE / max(pixels.shape[:2]))
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    small = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)

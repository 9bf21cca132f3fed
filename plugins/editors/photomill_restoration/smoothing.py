"""Removing noise without blurring edges."""

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import RasterPixels

MARGIN = 16
"""Pixels around a piece that its result depends on."""
_RADIUS = 2
_CHROMA_RADIUS = 4
_CHROMA_STRENGTH = 2.0
"""Eyes see less detail in colours, and cameras and compression make more noise there."""

Colours = NDArray[np.float32]


def smoothed(rgb: RasterPixels, strength: float) -> RasterPixels:
    """Smooth what varies less than noise does: uint8 of the same shape.

    K. He, J. Sun and X. Tang, "Guided Image Filtering" (2013), each channel of YCrCb guided by luma and itself.

    :param strength: standard deviation of what is taken for noise, in levels; 0 changes nothing.
    """
    import cv2

    if strength <= 0:
        return rgb
    ycc = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2YCrCb).astype(np.float32)
    luma, red, blue = (np.asarray(plane, np.float32) for plane in cv2.split(ycc))
    chroma_strength = _CHROMA_STRENGTH * strength
    merged = cv2.merge(
        [
            filtered(luma, luma, _RADIUS, strength),
            filtered(red, red, _CHROMA_RADIUS, chroma_strength),
            filtered(blue, blue, _CHROMA_RADIUS, chroma_strength),
        ]
    )
    levels = np.clip(np.rint(merged), 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(levels, cv2.COLOR_YCrCb2RGB), np.uint8)


def filtered(plane: Colours, guide: Colours, radius: int, strength: float) -> Colours:
    """The guided filter.

    :param strength: standard deviation in levels: what varies more is an edge.
    """
    import cv2

    result = cv2.ximgproc.guidedFilter(guide, plane, radius, strength * strength)
    return np.asarray(result, np.float32)

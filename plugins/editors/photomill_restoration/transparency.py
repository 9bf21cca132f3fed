"""What becomes of transparent pixels when their neighbours are looked at."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from photomill.images.raster import Raster, RasterPixels

Colours = NDArray[np.float32]


def with_colours(raster: Raster, edited: Callable[[RasterPixels], RasterPixels]) -> Raster:
    """Edit the colours of a picture, of shape (h, w, 3), and keep its alpha and what cannot be seen."""
    alpha = raster.alpha
    if alpha is None:
        return Raster.from_pixels(edited(raster.rgb))
    colours = edited(visible_colours(raster))
    unseen = (alpha == 0)[:, :, np.newaxis]
    return Raster.from_pixels(np.dstack([np.where(unseen, raster.rgb, colours), alpha]))


def visible_colours(raster: Raster) -> RasterPixels:
    """The colours, with those that can be seen gone on with where there is nothing to be seen: uint8 (h, w, 3).

    The pull-push algorithm of S. Gortler et al., "The Lumigraph" (1996): what is missing is filled from a copy half as
    large, and so on.
    """
    alpha = raster.alpha
    if alpha is None or alpha.all() or not alpha.any():
        return np.ascontiguousarray(raster.rgb)
    seen = (alpha > 0).astype(np.float32)
    filled = _filled(raster.rgb.astype(np.float32), seen)
    return np.where(seen[:, :, np.newaxis] > 0, raster.rgb, np.rint(filled)).astype(np.uint8)


def _filled(colours: Colours, seen: Colours) -> Colours:
    import cv2

    if (seen > 0).all():
        return colours
    height, width = seen.shape
    half = max(1, (width + 1) // 2), max(1, (height + 1) // 2)
    weight = cv2.resize(seen, half, interpolation=cv2.INTER_AREA)
    total = cv2.resize(colours * seen[:, :, np.newaxis], half, interpolation=cv2.INTER_AREA)
    mean = total / np.maximum(weight, np.float32(1e-6))[:, :, np.newaxis]
    coarse = _filled(np.asarray(mean, np.float32), (weight > 0).astype(np.float32))
    grown = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.where(seen[:, :, np.newaxis] > 0, colours, grown).astype(np.float32)

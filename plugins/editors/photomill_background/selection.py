"""Finding the region that a text speaks of."""

from collections.abc import Sequence

import numpy as np

from photomill.components.editor import RankRegions
from photomill.images.raster import RasterPixels
from photomill_background.arrays import Values
from photomill_background.components import Mask, parts

_THRESHOLDS = (0.2, 0.5, 0.8)
_LEAST = 0.005
"""Of the picture: what is smaller is no region."""
_ALIKE = 0.85
"""Regions whose intersection is more than this of their union are one."""
_MARGIN = 0.1
"""Around a region, of its size: what it is seen with."""
_FADED = 0.5
"""How much of what surrounds a region is replaced by grey."""


def region_that_fits(
    rgb: RasterPixels, likely: Values, text: str, rank_regions: RankRegions
) -> Values:
    """Keep that part of a guess that fits a text best.

    :param likely: of any shape, 0 to 1; what is kept of it has the same shape.
    """
    regions = candidates([likely])
    if not regions:
        return likely
    scores = np.asarray(rank_regions(text, [_shown(rgb, region) for region in regions]))
    return _within(likely, regions[int(np.argmax(scores))])


def candidates(maps: Sequence[Values]) -> list[Mask]:
    """The connected parts of maps at several thresholds, and all of each together."""
    found: list[Mask] = []
    for likely in maps:
        for threshold in _THRESHOLDS:
            mask = likely > threshold
            for each in [mask, *(part.mask for part in parts(mask))]:
                if each.mean() >= _LEAST and not any(_alike(each, other) for other in found):
                    found.append(each)
    return found


def _alike(one: Mask, other: Mask) -> bool:
    return bool((one & other).sum() > _ALIKE * (one | other).sum())


def _shown(rgb: RasterPixels, region: Mask) -> RasterPixels:
    """A region cut out, what surrounds it faded."""
    import cv2

    rows, columns = (np.flatnonzero(region.any(axis=axis)) for axis in (1, 0))
    height, width = rgb.shape[:2]
    top, bottom = _widened(rows[0], rows[-1] + 1, height / region.shape[0], height)
    left, right = _widened(columns[0], columns[-1] + 1, width / region.shape[1], width)
    size = (width, height)
    inside = cv2.resize(region.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    cut = rgb[top:bottom, left:right].astype(np.float32)
    faded = cut + _FADED * (127 - cut)
    kept = inside[top:bottom, left:right, np.newaxis]
    return np.ascontiguousarray(np.where(kept, cut, faded).astype(np.uint8))


def _widened(first: int, end: int, scale: float, length: int) -> tuple[int, int]:
    margin = _MARGIN * (end - first)
    return (
        max(0, int((first - margin) * scale)),
        min(length, max(int((end + margin) * scale), int(first * scale) + 1)),
    )


def _within(likely: Values, region: Mask) -> Values:
    """What is likely in a region, and in its soft edge."""
    import cv2

    reach = cv2.dilate(region.astype(np.uint8), np.ones((5, 5), np.uint8))
    return np.where(reach > 0, likely, 0).astype(np.float32)

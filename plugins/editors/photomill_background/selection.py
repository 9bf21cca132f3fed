"""Finding the region that a text speaks of."""

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from photomill.plugin import RankRegions, RasterPixels
from photomill_background.arrays import Values
from photomill_background.components import Mask, parts

_THRESHOLDS = (0.2, 0.5, 0.8)
_LEAST = 0.005
"""Of the image: what is smaller is no region."""
_ALIKE = 0.85
"""Regions whose intersection is more than this of their union are one."""
_MARGIN = 0.1
"""Around a region, of its size: what it is seen with."""
_LIKELY = 0.6
"""At least as likely foreground is the region that was chosen, however little it stood out."""
_FADED = 0.5
"""How much of what surrounds a region is replaced by grey."""


@frozen
class Region:
    """A part of an image that may be meant.

    :ivar mask: of the shape of the map it was found in.
    :ivar likely: that map: how likely each pixel is foreground, 0 to 1.
    """

    mask: Mask
    likely: Values


def region_that_fits(
    rgb: RasterPixels, maps: Sequence[Values], text: str, rank_regions: RankRegions
) -> Values:
    """Keep that part of what may be foreground which fits a text best.

    :param maps: of one shape (h', w'), 0 to 1.
    :returns: of that shape.
    """
    found = regions(maps)
    if not found:
        return maps[0]
    scores = rank_regions(text, [_shown(rgb, region.mask) for region in found])
    return _within(found[int(np.argmax(scores))])


def regions(maps: Sequence[Values]) -> list[Region]:
    """The connected parts of maps at several thresholds, and all parts of each together."""
    found: list[Region] = []
    for likely in maps:
        for threshold in _THRESHOLDS:
            mask = likely > threshold
            for each in [mask, *(part.mask for part in parts(mask))]:
                if each.mean() >= _LEAST and not any(_alike(each, one.mask) for one in found):
                    found.append(Region(each, likely))
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


def _within(region: Region) -> Values:
    """What is likely in a region, and in its soft edge."""
    import cv2

    reach = cv2.dilate(region.mask.astype(np.uint8), np.ones((5, 5), np.uint8))
    kept = np.where(region.mask, np.maximum(region.likely, _LIKELY), region.likely)
    return np.where(reach > 0, kept, 0).astype(np.float32)

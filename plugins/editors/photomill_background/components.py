"""The connected parts of a mask."""

from collections.abc import Iterator

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill_background.arrays import Values

Mask = NDArray[np.bool_]
"""Of shape (height, width)."""
_SPECK = 0.002
"""Of the image's area."""
_BESIDE = 0.05
"""Of the area of the largest part."""


_BESIDE_MAIN = 0.3


@frozen
class Part:
    """One connected part.

    :ivar area: in pixels.
    """

    mask: Mask
    area: int


def parts(mask: Mask) -> Iterator[Part]:
    """The connected parts of a mask, the largest first."""
    import cv2

    _, labels, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    areas = statistics[1:, cv2.CC_STAT_AREA]
    for index in np.argsort(-areas, kind="stable"):
        yield Part(labels == index + 1, int(areas[index]))


def without_specks(drawn: Values) -> Values:
    """Drop parts that are tiny, and tiny beside the largest; fill holes that are tiny."""
    kept = _kept(drawn > 0.5, beside_largest=True)
    filled = ~_kept(~kept, beside_largest=False)
    return filled.astype(np.float32)


def _kept(mask: Mask, *, beside_largest: bool) -> Mask:
    import cv2

    _, labels, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    areas = statistics[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    keeps = areas >= _SPECK * mask.size
    if beside_largest:
        keeps |= areas >= _BESIDE * areas.max()
    keeps[0] = False
    return np.asarray(keeps[labels], np.bool_)


def main_parts(likely: Values, beside: float = _BESIDE_MAIN) -> Values:
    """Keep the largest part of what is likely foreground, and others that are large beside it."""
    found = list(parts(likely > 0.5))
    if not found:
        return likely
    kept = np.zeros(likely.shape, np.bool_)
    for part in found:
        if part.area >= beside * found[0].area:
            kept |= part.mask
    # What is a little likely around a part belongs to its soft edge.
    return np.where(kept | (likely <= 0.5), likely, 0).astype(np.float32)

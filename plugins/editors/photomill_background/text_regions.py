"""Where lines of text are in what was drawn on a screen: by the form of their edges, without a network."""

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import RasterPixels
from photomill_background.arrays import Values

_SIDE = 1024
"""Of the copy that is looked at, its longer side at most, in pixels."""
_EVEN = 0.55
"""Of a graphic's pixels are the same as their neighbour on the right; of a photograph's hardly any."""
_STEP = 32
"""A stroke differs by so much from what is around it, of 255."""
_LINE_HEIGHTS = (5, 80)
_LEAST_ASPECT = 1.2
_INK = (0.15, 0.95)
"""Share of a line's box that edges cover: less is a frame, more is a pattern."""


def is_graphic(rgb: RasterPixels) -> bool:
    """Whether an image is drawn, or taken of a screen: most of its pixels repeat their neighbour."""
    middle = rgb[:: max(1, rgb.shape[0] // 512)].astype(np.int16)
    if middle.shape[1] < 2:
        return False
    steps = np.abs(np.diff(middle, axis=1)).max(axis=-1)
    return bool((steps <= 1).mean() > _EVEN)


def text_regions(rgb: RasterPixels) -> Values:
    """Tell where lines of text are: float32 (h', w'), 0 or 1, of a size of its own."""
    import cv2

    scale = min(1.0, _SIDE / max(rgb.shape[:2]))
    size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
    small = cv2.resize(np.ascontiguousarray(rgb), size, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    edges = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > _STEP
    # Letters of a line run together, lines do not.
    joined = cv2.morphologyEx(edges.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, 9), np.uint8))
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(joined)
    ink = np.bincount(labels[edges].ravel(), minlength=len(boxes))
    kept = _like_lines(np.asarray(boxes, np.int32), ink)
    return np.asarray(kept[labels], np.float32)


def _like_lines(boxes: NDArray[np.int32], ink: NDArray[np.int64]) -> NDArray[np.bool_]:
    import cv2

    width, height = boxes[:, cv2.CC_STAT_WIDTH], boxes[:, cv2.CC_STAT_HEIGHT]
    share = ink / np.maximum(width * height, 1)
    kept = (height >= _LINE_HEIGHTS[0]) & (height <= _LINE_HEIGHTS[1])
    kept &= width >= _LEAST_ASPECT * height
    kept &= (share >= _INK[0]) & (share <= _INK[1])
    kept[0] = False
    return np.asarray(kept, np.bool_)

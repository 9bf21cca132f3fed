"""Making parts of an image unreadable."""

import numpy as np

from photomill.plugin import RasterPixels
from photomill_faces.cascades import Rectangles

_ROOM = 0.2
"""Around a plate, of its height and width."""
_BLOCKS = 3
"""Over the height of a plate: fewer than any character needs."""


def blurred(pixels: RasterPixels, rectangles: Rectangles) -> RasterPixels:
    """A copy in which nothing in the rectangles, nor close around them, can be read; opacity stays.

    Few large blocks are what remains, which no sharpening brings back; the blur over them is for the eye.
    """
    result = pixels.copy()
    for rectangle in rectangles:
        _blur(result, rectangle)
    return result


def _blur(pixels: RasterPixels, rectangle: tuple[int, int, int, int]) -> None:
    import cv2

    x, y, width, height = rectangle
    across, down = max(2, round(_ROOM * width)), max(2, round(_ROOM * height))
    rows = slice(max(0, y - down), min(pixels.shape[0], y + height + down))
    columns = slice(max(0, x - across), min(pixels.shape[1], x + width + across))
    part = np.ascontiguousarray(pixels[rows, columns, :3])
    if not part.size:
        return
    blocks = max(1, round(_BLOCKS * part.shape[1] / part.shape[0])), min(_BLOCKS, part.shape[0])
    coarse = cv2.resize(part, blocks, interpolation=cv2.INTER_AREA)
    size = part.shape[1], part.shape[0]
    smooth = cv2.resize(coarse, size, interpolation=cv2.INTER_NEAREST)
    smooth = cv2.GaussianBlur(smooth, (0, 0), max(1.0, part.shape[0] / (2 * _BLOCKS)))
    weight = _feathered(part.shape[0], part.shape[1], down, across)
    pixels[rows, columns, :3] = np.rint(part * (1 - weight) + smooth * weight).astype(np.uint8)


def _feathered(height: int, width: int, down: int, across: int) -> np.ndarray:
    """1 over the plate and half of the room around it, falling to 0 at the edge: (height, width, 1)."""
    rows = np.minimum(np.arange(height) + 1, np.arange(height, 0, -1)) / max(1, down / 2)
    columns = np.minimum(np.arange(width) + 1, np.arange(width, 0, -1)) / max(1, across / 2)
    weight = np.minimum(1, rows)[:, np.newaxis] * np.minimum(1, columns)
    return np.asarray(weight[:, :, np.newaxis], np.float32)

"""Finding number plates without weights."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.images.raster import RasterPixels
from photomill_privacy.cascades import Rectangles, found, open_cascade, overlap, small_grey

_CASCADES = ("haarcascade_russian_plate_number", "haarcascade_license_plate_rus_16stages")
_LONGEST_SIDE = 1600
_PYRAMID = (1600, 800, 400)
"""Longest sides of the copies in which characters are joined to rows, which must be about as high as the kernel."""
_NEIGHBOURS = 4
_SMALLEST = (40, 12)
_ASPECT = (1.4, 8.0)
"""Width by height: of two-line plates, and of long ones."""
_LARGEST = 0.5
"""Of the picture's width."""
_CHARACTERS = 4
_SAME = 0.5
_ROOM = 0.25
"""Around the characters, of their height: the edge of a plate."""
_STANDS_OFF = 25.0
"""Levels between the ground of a plate and what is around it."""

Grey = NDArray[np.uint8]


class ClassicalPlates:
    """Joins what two cascades see with bright or dark rectangles that hold a row of characters."""

    def __init__(self) -> None:
        """
        :raises PluginUnavailable: this OpenCV comes without cascades.
        """
        self._cascades = [open_cascade(name) for name in _CASCADES]

    def plates(self, rgb: RasterPixels) -> Rectangles:
        """Left, top, width and height of each plate, in pixels of the picture."""
        grey, scale = small_grey(rgb, _LONGEST_SIDE)
        seen: Rectangles = []
        for cascade in self._cascades:
            seen += [
                each
                for each in found(cascade, grey, _SMALLEST, _NEIGHBOURS)
                if holds_characters(_part(grey, each))
            ]
        plates = _scaled(seen, scale)
        for longest_side in _PYRAMID:
            grey, scale = small_grey(rgb, longest_side)
            plates += _scaled(written_rectangles(grey), scale)
        return _distinct(plates)


def written_rectangles(grey: Grey) -> Rectangles:
    """Rectangles of a plate's proportions in which characters stand in a row."""
    import cv2

    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (13, 5))
    candidates: Rectangles = []
    for operation in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT):
        strokes = cv2.morphologyEx(grey, operation, kernel)
        slopes = np.abs(cv2.Sobel(strokes, cv2.CV_32F, 1, 0))
        level = slopes.max()
        if level < 40:
            continue
        blurred = cv2.GaussianBlur((slopes * (255 / level)).astype(np.uint8), (5, 5), 0)
        joined = cv2.morphologyEx(blurred, cv2.MORPH_CLOSE, kernel)
        _, mask = cv2.threshold(joined, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        candidates += [_grown(_bounds(contour), grey) for contour in contours]
    return [
        each
        for each in candidates
        if _has_proportions(each, grey.shape[1])
        and holds_characters(_part(grey, each))
        and stands_off(grey, each)
    ]


def holds_characters(part: Grey) -> bool:
    """Whether a row of at least four like shapes, of a character's proportions, fills most of a rectangle."""
    import cv2

    height, width = 48, max(48, round(part.shape[1] * 48 / max(1, part.shape[0])))
    large = cv2.resize(part, (width, height), interpolation=cv2.INTER_CUBIC)
    for kind in (cv2.THRESH_BINARY_INV, cv2.THRESH_BINARY):
        _, mask = cv2.threshold(large, 0, 255, kind | cv2.THRESH_OTSU)
        _, _, statistics, _ = cv2.connectedComponentsWithStats(mask)
        if _row_of_characters(statistics[1:], width, height):
            return True
    return False


def stands_off(grey: Grey, rectangle: tuple[int, int, int, int]) -> bool:
    """Whether the ground of a rectangle is another one than that around it, on three sides at least.

    It tells plates from captions and lettering.
    """
    x, y, width, height = rectangle
    ground = float(np.median(_part(grey, rectangle)))
    thick, away = max(2, height // 4), max(2, height // 5)
    sides = (
        grey[max(0, y - away - thick) : max(0, y - away), x : x + width],
        grey[y + height + away : y + height + away + thick, x : x + width],
        grey[y : y + height, max(0, x - away - thick) : max(0, x - away)],
        grey[y : y + height, x + width + away : x + width + away + thick],
    )
    others = [side.size and abs(float(np.median(side)) - ground) >= _STANDS_OFF for side in sides]
    return sum(map(bool, others)) >= 3


def _row_of_characters(statistics: NDArray[Any], width: int, height: int) -> bool:
    shapes = [
        (int(x), int(y), int(w), int(h))
        for x, y, w, h, area in statistics
        if 0.35 * height <= h <= 0.95 * height
        and 0.1 * h <= w <= 1.1 * h
        and 0.15 * w * h <= area <= 0.95 * w * h
        and x > 0
        and x + w < width
    ]
    for _, y, _, h in shapes:
        alike = sorted(
            other
            for other in shapes
            if abs(other[3] - h) <= 0.25 * h and abs(other[1] + other[3] - y - h) <= 0.2 * h
        )
        gaps = [after[0] - (before[0] + before[2]) for before, after in pairwise(alike)]
        near = sum(-0.2 * h <= gap <= 1.2 * h for gap in gaps)
        if len(alike) >= _CHARACTERS and near >= _CHARACTERS - 1:
            return alike[-1][0] + alike[-1][2] - alike[0][0] >= 0.4 * width
    return False


def _has_proportions(rectangle: tuple[int, int, int, int], width: int) -> bool:
    _, _, wide, high = rectangle
    if high < _SMALLEST[1] or wide < _SMALLEST[0] or wide > _LARGEST * width:
        return False
    return _ASPECT[0] <= wide / high <= _ASPECT[1]


def _grown(rectangle: tuple[int, int, int, int], grey: Grey) -> tuple[int, int, int, int]:
    """With a little room: a plate's edge is around its characters."""
    x, y, width, height = rectangle
    room = max(2, round(_ROOM * height))
    left, top = max(0, x - room), max(0, y - room)
    right, bottom = min(grey.shape[1], x + width + room), min(grey.shape[0], y + height + room)
    return left, top, right - left, bottom - top


def _bounds(contour: Any) -> tuple[int, int, int, int]:
    import cv2

    x, y, width, height = cv2.boundingRect(contour)
    return int(x), int(y), int(width), int(height)


def _part(grey: Grey, rectangle: tuple[int, int, int, int]) -> Grey:
    x, y, width, height = rectangle
    return grey[y : y + height, x : x + width]


def _scaled(rectangles: Rectangles, scale: float) -> Rectangles:
    """In pixels of the picture."""
    return [
        (round(x / scale), round(y / scale), round(width / scale), round(height / scale))
        for x, y, width, height in rectangles
    ]


def _distinct(rectangles: Rectangles) -> Rectangles:
    """Without what another, larger one covers."""
    kept: Rectangles = []
    for each in sorted(rectangles, key=lambda one: (-one[2] * one[3], one)):
        if not any(overlap(each, other) > _SAME for other in kept):
            kept.append(each)
    return kept

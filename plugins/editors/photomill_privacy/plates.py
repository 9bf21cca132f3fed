"""Finding number plates without weights."""

import numpy as np

from photomill.plugin import RasterPixels
from photomill_faces.cascades import (
    Cascade,
    Rectangle,
    Rectangles,
    grey_scaled,
    overlap,
    small_grey,
)
from photomill_privacy.character_rows import Grey, character_rows
from photomill_privacy.plate_ground import level_between_tones, plate_of

_CASCADES = ("haarcascade_russian_plate_number", "haarcascade_license_plate_rus_16stages")
_LONGEST_SIDE = 1600
_NEIGHBOURS = 4
_SMALLEST = (40, 12)
_SIDES = (3200, 1600, 800)
"""Longest sides of the copies in which rows of characters are looked for, which are of a limited height there."""
_ENLARGED = 3.0
"""How much larger than the image a copy may be: the characters of far plates are joined at their own size."""
_PART_HEIGHT = 96
_FILLED = 0.4
"""Of what a cascade sees, by characters: the length of their row."""
_SAME = 0.5


class ClassicalPlates:
    """Joins what two cascades see, where characters stand in it, with rows of characters that stand on a plate."""

    def __init__(self) -> None:
        """
        :raises PluginUnavailable: this OpenCV comes without cascades.
        """
        self._cascades = [Cascade(name) for name in _CASCADES]

    def plates(self, rgb: RasterPixels) -> Rectangles:
        """Left, top, width and height of each plate, in pixels of the image."""
        written = _written(rgb)
        # A cascade's box is wide: where the plate itself is known, it says nothing new.
        seen = [box for box in self._seen(rgb) if not any(_tells(box, one) for one in written)]
        return distinct([*seen, *written])

    def _seen(self, rgb: RasterPixels) -> Rectangles:
        grey, scale = small_grey(rgb, _LONGEST_SIDE)
        return [
            _in_picture(each, scale)
            for cascade in self._cascades
            for each in cascade.found(grey, _SMALLEST, _NEIGHBOURS)
            if _holds_characters(grey, each)
        ]


def _written(rgb: RasterPixels) -> Rectangles:
    longest = max(rgb.shape[:2])
    scales = sorted({min(_ENLARGED, side / longest) for side in _SIDES})
    plates: Rectangles = []
    for scale in scales:
        grey = grey_scaled(rgb, scale)
        for row in character_rows(grey):
            plate = plate_of(grey, row)
            if plate is not None:
                plates.append(_in_picture(plate, scale))
    return plates


def _holds_characters(grey: Grey, rectangle: Rectangle) -> bool:
    """Whether a row of characters on an even ground fills much of a rectangle."""
    import cv2

    x, y, width, height = rectangle
    size = max(_PART_HEIGHT, round(width * _PART_HEIGHT / height)), _PART_HEIGHT
    part = cv2.resize(grey[y : y + height, x : x + width], size, interpolation=cv2.INTER_CUBIC)
    large = np.asarray(part, np.uint8)
    return any(
        row.right - row.left >= _FILLED * size[0]
        and level_between_tones(large[row.top : row.bottom, row.left : row.right]) is not None
        for row in character_rows(large)
    )


def _tells(box: Rectangle, plate: Rectangle) -> bool:
    """Whether a cascade's box is of this plate, and not of another beside a sticker that looks like one."""
    x, y = plate[0] + plate[2] / 2, plate[1] + plate[3] / 2
    inside = box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3]
    return inside and plate[2] >= box[2] / 2


def _in_picture(rectangle: Rectangle, scale: float) -> Rectangle:
    x, y, width, height = (round(value / scale) for value in rectangle)
    return x, y, max(1, width), max(1, height)


def distinct(rectangles: Rectangles) -> Rectangles:
    """Without what another, larger one covers."""
    kept: Rectangles = []
    for each in sorted(rectangles, key=lambda one: (-one[2] * one[3], one)):
        if not any(overlap(each, other) > _SAME for other in kept):
            kept.append(each)
    return kept

"""The plate that a row of characters stands on.

It is one even ground with a straight edge all around, hardly larger than the row; which tells plates from captions,
lettering and textures.
"""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill_faces.cascades import Rectangle
from photomill_privacy.character_rows import CharacterRow, Grey

Mask = NDArray[np.bool_]

_AROUND = 2.6
"""How far a plate may reach beyond its row, in heights of a character: a second row."""
_TWO_TONES = 0.72
"""Of the variance in a row: what ink and ground alone must explain."""
_CONTRAST = 40
"""Levels between the two."""
_ASPECT = (1.3, 8.0)
"""Width by height: of two-line plates, and of long ones."""
_STRAIGHT = 0.8
"""Of the upright or turned rectangle around it: what a plate fills."""
_ROW_WIDTH, _CHARACTER_HEIGHT = 0.45, 0.2
"""Of the plate's sides, at least."""


@frozen
class _Window:
    """A part of an image, and what it cuts off.

    :ivar row: the rows and columns of the characters, counted from the window's corner.
    :ivar cut: left, top, right and bottom: whether the image goes on there.
    """

    pixels: Grey
    left: int
    top: int
    row: tuple[slice, slice]
    cut: tuple[bool, bool, bool, bool]


def plate_of(grey: Grey, row: CharacterRow) -> Rectangle | None:
    """The box around the plate, in pixels; None where the row stands on none."""
    window = _around(grey, row)
    level = level_between_tones(window.pixels[window.row])
    if level is None:
        return None
    ground = window.pixels > level if row.dark else window.pixels <= level
    found = _connected(ground, window)
    if found is None:
        return None
    part, (x, y, width, height) = found
    long, short = _sides(part)
    if not _ASPECT[0] <= long / short <= _ASPECT[1] or width < height:
        return None
    if row.right - row.left < _ROW_WIDTH * long or row.character < _CHARACTER_HEIGHT * short:
        return None
    return window.left + x, window.top + y, width, height


def level_between_tones(part: Grey) -> float | None:
    """Otsu's threshold between ink and ground; None where there is more to see than these two."""
    import cv2

    level, _ = cv2.threshold(part, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    bright = part > level
    share = float(bright.mean())
    if share in (0.0, 1.0):
        return None
    apart = float(part[bright].mean() - part[~bright].mean())
    explained = share * (1 - share) * apart**2
    two_tones = apart >= _CONTRAST and explained >= _TWO_TONES * float(part.var())
    return float(level) if two_tones else None


def _around(grey: Grey, row: CharacterRow) -> _Window:
    reach = round(_AROUND * row.character)
    height, width = grey.shape
    left, top = max(0, row.left - reach), max(0, row.top - reach)
    right, bottom = min(width, row.right + reach), min(height, row.bottom + reach)
    inside = (
        slice(row.top - top, row.bottom - top),
        slice(row.left - left, row.right - left),
    )
    cut = (left > 0, top > 0, right < width, bottom < height)
    return _Window(grey[top:bottom, left:right], left, top, inside, cut)


def _connected(ground: Mask, window: _Window) -> tuple[Mask, Rectangle] | None:
    """The ground that the row stands on, and its box; None where it reaches beyond the window."""
    import cv2

    count, labels, statistics, _ = cv2.connectedComponentsWithStats(
        ground.astype(np.uint8), connectivity=4
    )
    inside = labels[window.row]
    areas = np.bincount(inside[inside > 0], minlength=count)
    label = int(areas.argmax())
    if areas[label] == 0 or areas[label] < 0.5 * areas.sum():
        return None
    x, y, width, height = (int(value) for value in statistics[label][:4])
    rows, columns = ground.shape
    touches = (x == 0, y == 0, x + width == columns, y + height == rows)
    if any(touch and cut for touch, cut in zip(touches, window.cut, strict=True)):
        return None
    return labels == label, (x, y, width, height)


def _sides(part: Mask) -> tuple[float, float]:
    """The longer and the shorter side of the rectangle that a ground is; endless where it is none."""
    import cv2

    contours, _ = cv2.findContours(part.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=cv2.contourArea)
    _, sides, _ = cv2.minAreaRect(outline)
    # A contour runs through the middles of its pixels.
    short, long = (side + 1 for side in sorted(sides))
    straight = cv2.contourArea(outline) >= _STRAIGHT * long * short
    return (long, short) if straight else (np.inf, 1.0)

"""Rows of characters, whatever they say.

Characters are connected strokes of a character's proportions; a row is a chain of them, each the nearest to the right
of the one before, of like height and on a straight line that need not be level.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
"""Of shape (height, width)."""
Shapes = NDArray[np.float32]
"""Of shape (n, 4): left, top, width and height of each stroke, in pixels."""

_NEIGHBOURHOODS = (25, 61)
"""Sides in pixels of the squares over whose mean ink stands out: for small characters, and for large ones."""
_STANDS_OUT = 8
"""Levels between ink and that mean."""
_HEIGHTS = (9, 90)
_ASPECT = (0.08, 1.15)
"""Width by height: of an I, and of a W."""
_INK = (0.15, 0.97)
"""Of a character's box."""
_COUNT = (3, 12)
_LIKE_HEIGHT = 1.25
_GAP = (-0.2, 1.0)
"""Between two characters, of the lower one's height; broken diagonals overlap."""
_SLOPE = 0.35
_OFF_LINE = 0.15
"""How far a character may be off its row's line, of its height."""
_LENGTH = (1.5, 12.0)
"""Of a row, in heights of its characters."""
_AT_ONCE = 256


@frozen
class CharacterRow:
    """A row of characters.

    :ivar left: of its box, in pixels; so are the others.
    :ivar character: the height of its characters.
    :ivar dark: whether the characters are darker than what they stand on.
    """

    left: int
    top: int
    right: int
    bottom: int
    character: float
    dark: bool


def character_rows(grey: Grey) -> Iterator[CharacterRow]:
    """Rows of 3 to 12 characters that are 9 to 90 pixels high; the same one may come more than once."""
    for neighbourhood in _NEIGHBOURHOODS:
        for dark in (True, False):
            shapes = _strokes(grey, neighbourhood, dark=dark)
            for members in _chains(shapes):
                if _is_row(members):
                    yield _row(members, dark=dark)


def _strokes(grey: Grey, neighbourhood: int, *, dark: bool) -> Shapes:
    """What might be characters, from left to right."""
    import cv2

    kind = cv2.THRESH_BINARY_INV if dark else cv2.THRESH_BINARY
    offset = _STANDS_OUT if dark else -_STANDS_OUT
    ink = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, kind, neighbourhood, offset)
    _, _, statistics, _ = cv2.connectedComponentsWithStats(ink, connectivity=4)
    _, _, width, height, area = statistics[1:].T.astype(np.float32)
    aspect, filled = width / height, area / (width * height)
    fits = _within(height, _HEIGHTS) & _within(aspect, _ASPECT) & _within(filled, _INK)
    shapes = statistics[1:][fits, :4].astype(np.float32)
    return shapes[np.argsort(shapes[:, 0], kind="stable")]


def _within(values: NDArray[Any], limits: tuple[float, float]) -> NDArray[np.bool_]:
    return (values >= limits[0]) & (values <= limits[1])


def _chains(shapes: Shapes) -> list[Shapes]:
    """Link each stroke with the next one of its row."""
    chain_of: dict[int, list[int]] = {}
    for before, after in _links(shapes):
        joined = chain_of.setdefault(before, [before])
        other = chain_of.get(after, [after])
        if joined is not other:
            joined.extend(other)
            chain_of.update(dict.fromkeys(other, joined))
    distinct = {id(chain): chain for chain in chain_of.values()}
    return [shapes[sorted(chain)] for chain in distinct.values()]


def _links(shapes: Shapes) -> Iterator[tuple[int, int]]:
    """The positions of each stroke that has a next one, and of that one."""
    reach = _HEIGHTS[1] * (_ASPECT[1] + _GAP[1] + _ASPECT[1])
    for start in range(0, len(shapes), _AT_ONCE):
        some = shapes[start : start + _AT_ONCE]
        end = int(np.searchsorted(shapes[:, 0], some[-1, 0] + reach, side="right"))
        distance = _distances(some, shapes[start:end])
        nearest = distance.argmin(axis=1)
        for each in np.flatnonzero(np.isfinite(distance.min(axis=1))):
            yield start + int(each), start + int(nearest[each])


def _distances(some: Shapes, others: Shapes) -> NDArray[np.float32]:
    """How far to the right each of the others is of each of some; infinite where it cannot be the next."""
    left, top, width, height = (column[:, np.newaxis] for column in some.T)
    other_left, other_top, other_width, other_height = others.T
    lower, higher = np.minimum(height, other_height), np.maximum(height, other_height)
    gap = other_left - (left + width)
    along = other_left + other_width / 2 - (left + width / 2)
    across = np.abs(other_top + other_height / 2 - (top + height / 2))
    follows = (
        (higher <= _LIKE_HEIGHT * lower)
        & (gap >= _GAP[0] * lower)
        & (gap <= _GAP[1] * lower)
        & (along > 0)
        & (across <= _SLOPE * along + 0.05 * lower)
    )
    return np.where(follows, along, np.float32(np.inf)).astype(np.float32)


def _is_row(members: Shapes) -> bool:
    """Whether a chain is straight, and as long as a row."""
    if not _COUNT[0] <= len(members) <= _COUNT[1]:
        return False
    left, top, width, height = members.T.astype(np.float64)
    columns, rows = left + width / 2, top + height / 2
    slope, first = np.polyfit(columns, rows, 1)
    character = float(np.median(height))
    off_line = np.abs(slope * columns + first - rows).max()
    length = (left + width).max() - left.min()
    straight = off_line <= _OFF_LINE * character and abs(slope) <= _SLOPE
    return bool(straight and _LENGTH[0] <= length / character <= _LENGTH[1])


def _row(members: Shapes, *, dark: bool) -> CharacterRow:
    left, top = members[:, :2].min(axis=0)
    right, bottom = (members[:, :2] + members[:, 2:]).max(axis=0)
    character = float(np.median(members[:, 3]))
    return CharacterRow(int(left), int(top), int(right), int(bottom), character, dark)

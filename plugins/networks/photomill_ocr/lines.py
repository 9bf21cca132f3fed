"""Where lines of text stand, and the order in which people read them."""

from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

Corners = NDArray[np.float32]
"""Of shape (4, 2): columns and rows of the corners, in pixels: from the upper left one, clockwise."""

_SAME_ROW = 0.5
"""How far the middles of two boxes of one row are apart at most, of the lower one's height."""


@frozen(eq=False)
class TextBox:
    """Where a line of text stands.

    :ivar confidence: 0 to 1.
    """

    corners: Corners
    confidence: float

    @property
    def width(self) -> float:
        """Along the line, in pixels."""
        return float(np.linalg.norm(self.corners[1] - self.corners[0]))

    @property
    def height(self) -> float:
        """Across the line, in pixels."""
        return float(np.linalg.norm(self.corners[3] - self.corners[0]))

    @property
    def middle(self) -> tuple[float, float]:
        """Column and row."""
        column, row = self.corners.mean(axis=0).tolist()
        return column, row


def clockwise(corners: Corners) -> Corners:
    """The corners of a rectangle from the upper left one on; its line runs along the side that is nearest to level."""
    middle = corners.mean(axis=0)
    angles = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    around = corners[np.argsort(angles, kind="stable")]
    sides = np.roll(around, -1, axis=0) - around
    # Of the sides that run from left to right the one that rises or falls least is the upper edge.
    length = np.maximum(np.linalg.norm(sides, axis=1), 1e-6)
    return np.roll(around, -int(np.argmax(sides[:, 0] / length)), axis=0)


def reading_order(boxes: Sequence[TextBox]) -> list[int]:
    """The places of boxes as people read: row by row, each from left to right."""
    middles = [box.middle for box in boxes]
    rows: list[list[int]] = []
    for place in sorted(range(len(boxes)), key=lambda each: (middles[each][1], middles[each][0])):
        for row in reversed(rows):
            last = row[-1]
            lower = min(boxes[last].height, boxes[place].height)
            if abs(middles[last][1] - middles[place][1]) <= _SAME_ROW * lower:
                row.append(place)
                break
        else:
            rows.append([place])
    return [place for row in rows for place in sorted(row, key=lambda each: middles[each])]

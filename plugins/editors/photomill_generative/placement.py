"""Where an image lies on its ground."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill_generative.patches import Colours

_DEPTH = 0.2
"""Of a side's length: what lies deeper in an image is what it shows, and should not be there twice."""
_LEAST_DEPTH = 8


@frozen
class Placement:
    """In pixels; the image lies wholly on the ground.

    :ivar width: of the ground.
    :ivar left: of the image.
    """

    width: int
    height: int
    left: int
    top: int
    picture_width: int
    picture_height: int

    @property
    def right(self) -> int:
        """What is to be invented on the right of the image."""
        return self.width - self.left - self.picture_width

    @property
    def bottom(self) -> int:
        return self.height - self.top - self.picture_height

    @property
    def inside(self) -> tuple[slice, slice]:
        """The image's rows and columns."""
        rows = slice(self.top, self.top + self.picture_height)
        return rows, slice(self.left, self.left + self.picture_width)

    def strips(self) -> list[tuple[slice, slice]]:
        """What is to be invented, as rows and columns of up to four rectangles."""
        rows, columns = self.inside
        around = [
            (slice(0, rows.start), slice(0, self.width)),
            (slice(rows.stop, self.height), slice(0, self.width)),
            (rows, slice(0, columns.start)),
            (rows, slice(columns.stop, self.width)),
        ]
        return [(y, x) for y, x in around if y.stop > y.start and x.stop > x.start]

    def scaled(self, factor: float) -> "Placement":
        """The same on a smaller ground; nothing that is there vanishes."""
        left, picture_width, right = _lengths(self.left, self.picture_width, self.right, factor)
        top, picture_height, bottom = _lengths(self.top, self.picture_height, self.bottom, factor)
        return Placement(
            left + picture_width + right,
            top + picture_height + bottom,
            left,
            top,
            picture_width,
            picture_height,
        )

    def distance(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """How far pixels are from the image, in pixels; shape (rows, columns)."""
        y, x = np.arange(rows.start, rows.stop), np.arange(columns.start, columns.stop)
        down = _outside(y, self.top, self.picture_height)
        across = _outside(x, self.left, self.picture_width)
        return np.hypot(down[:, None], across[None, :]).astype(np.float32)

    def drawn_out(self, picture: Colours) -> Colours:
        """Fill the ground with the nearest pixels of the image."""
        rows = (np.arange(self.height) - self.top).clip(0, self.picture_height - 1)
        columns = (np.arange(self.width) - self.left).clip(0, self.picture_width - 1)
        drawn: Colours = picture[np.ix_(rows, columns)]
        return drawn


def reflected(positions: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Where reflections bring positions to, 0 to length − 1; to and fro within what is near that border."""
    depth = max(1, min(length, max(_LEAST_DEPTH, round(length * _DEPTH))))
    before, after = -1 - positions, positions - length
    inside = np.where(before >= 0, _folded(before, depth), length - 1 - _folded(after, depth))
    return np.where((positions >= 0) & (positions < length), positions, inside)


def _folded(steps: NDArray[np.int64], depth: int) -> NDArray[np.int64]:
    folded = steps % (2 * depth)
    return np.where(folded < depth, folded, 2 * depth - 1 - folded)


def _lengths(before: int, length: int, after: int, factor: float) -> tuple[int, int, int]:
    around = [max(1, round(each * factor)) if each else 0 for each in (before, after)]
    return around[0], max(1, round(length * factor)), around[1]


def _outside(positions: NDArray[np.int64], start: int, length: int) -> NDArray[np.int64]:
    beyond = np.maximum(start - positions, positions - (start + length - 1))
    return np.maximum(beyond, 0)

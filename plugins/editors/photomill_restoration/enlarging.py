"""Enlarging an image piece by piece, and bringing it to its size."""

import math
from typing import Protocol

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.plugin import Raster, RasterPixels
from photomill_restoration.pieces import pieces, surrounded

_BAND = 256
"""Rows of a result that are computed at once."""


class Enlarge(Protocol):
    """Enlarges a piece: uint8 (h + 2 margin, w + 2 margin, 3) → (h factor, w factor, 3)."""

    def __call__(self, surrounded: RasterPixels) -> RasterPixels: ...


@frozen
class Pass:
    """One step of an enlargement.

    :ivar factor: how many times as high and wide a piece becomes.
    :ivar margin: pixels around a piece that are looked at.
    :ivar side: of a piece, in pixels.
    """

    enlarge: Enlarge
    factor: int
    margin: int
    side: int

    def over(self, picture: RasterPixels) -> RasterPixels:
        """Enlarge a whole image."""
        height, width = picture.shape[:2]
        result = np.empty((height * self.factor, width * self.factor, 3), np.uint8)
        for piece in pieces(height, width, self.side):
            part = self.enlarge(surrounded(picture, piece, self.margin))
            result[piece.scaled(self.factor)] = part
        return result


def enlarged(raster: Raster, size: tuple[int, int], passes: list[Pass]) -> Raster:
    """Enlarge an image to a size; its alpha apart, smoothly.

    What is larger than asked for after the last pass is reduced by the mean of what each pixel covers, and what is
    smaller is interpolated.

    :param size: width and height, no less than the image's.
    """
    colours = np.ascontiguousarray(raster.rgb)
    *first, last = passes
    for step in first:
        colours = step.over(colours)
    result = _in_bands(colours, size, last)
    if raster.alpha is not None:
        result = np.dstack([result, resized(raster.alpha, size)])
    return Raster.from_pixels(result)


def doublings(picture: tuple[int, int], size: tuple[int, int], most: int) -> int:
    """How many times an image has to be doubled to be as large as ``size`` both ways: 1 to ``most``."""
    needed = max(size[0] / picture[0], size[1] / picture[1])
    return min(most, max(1, math.ceil(math.log2(needed))))


def resized(plane: RasterPixels, size: tuple[int, int]) -> RasterPixels:
    """Enlarge by cubic interpolation."""
    import cv2

    if plane.shape[1::-1] == size:
        return plane
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def _in_bands(picture: RasterPixels, size: tuple[int, int], step: Pass) -> RasterPixels:
    """Enlarge once and bring to size, without ever holding the whole of what is too large."""
    width, height = size
    rows = len(picture) * step.factor
    if rows < height or picture.shape[1] * step.factor < width:
        return resized(step.over(picture), size)
    result = np.empty((height, width, 3), np.uint8)
    ratio = rows / height
    for top in range(0, height, _BAND):
        bottom = min(top + _BAND, height)
        first = math.floor(top * ratio) // step.factor
        last = min(len(picture), math.ceil(math.ceil(bottom * ratio) / step.factor))
        band = _rows(picture, first, last, step)
        edges = np.minimum(np.arange(top, bottom + 1) * ratio - first * step.factor, len(band))
        result[top:bottom] = _reduced(band, edges, width)
    return result


def _rows(picture: RasterPixels, first: int, last: int, step: Pass) -> RasterPixels:
    start, stop = max(0, first - step.margin), min(len(picture), last + step.margin)
    enlarged = step.over(picture[start:stop])
    return enlarged[(first - start) * step.factor : (last - start) * step.factor]


def _reduced(band: RasterPixels, edges: NDArray[np.float64], width: int) -> RasterPixels:
    """The mean of what each pixel covers.

    :param edges: where in the band the rows of the result begin, and where the last one ends.
    """
    import cv2

    narrow = band
    if band.shape[1] != width:
        resized = cv2.resize(band, (width, len(band)), interpolation=cv2.INTER_AREA)
        narrow = np.asarray(resized, np.uint8)
    if np.array_equal(edges, np.arange(len(band) + 1)):
        return narrow
    sums = np.zeros((len(narrow) + 1, *narrow.shape[1:]), np.float32)
    np.cumsum(narrow, axis=0, out=sums[1:], dtype=np.float32)
    whole = np.minimum(np.floor(edges).astype(np.int64), len(narrow) - 1)
    part = (edges - whole)[:, np.newaxis, np.newaxis].astype(np.float32)
    upto = sums[whole] * (1 - part) + sums[whole + 1] * part
    means = np.diff(upto, axis=0) / np.diff(edges)[:, np.newaxis, np.newaxis]
    levels: RasterPixels = np.clip(np.rint(means), 0, 255).astype(np.uint8)
    return levels

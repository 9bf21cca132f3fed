"""Repairing JPEG by JPEG.

A. Nosratinia, "Embedded Post-Processing for Enhancement of Compressed Images" (1999): the image is compressed again
with its blocks beginning elsewhere, as often as there are such places, and the results are averaged. Chroma is
not halved again: on photographs that would lose up to half a decibel.
"""

import io
from itertools import product

import numpy as np
from attrs import frozen

from photomill.plugin import RasterPixels
from photomill_restoration.jpeg_file import Compression

MARGIN = 16
"""Pixels around a piece that its result depends on: the largest block of a JPEG file, with halved chroma."""


@frozen
class ShiftedJpeg:
    """
    :ivar compression: as the image was compressed.
    :ivar step: pixels between the places where blocks begin: 2 makes 16 of them, 1 makes 64.
    """

    compression: Compression
    step: int

    def __call__(self, surrounded: RasterPixels) -> RasterPixels:
        """Repair a piece, of which :data:`MARGIN` pixels on each side are only looked at."""
        height, width = (side - 2 * MARGIN for side in surrounded.shape[:2])
        shifts = list(product(range(0, 8, self.step), repeat=2))
        total = np.zeros((height, width, 3), np.uint16)
        for down, across in shifts:
            again = self._compressed(surrounded[down:, across:])
            top, left = MARGIN - down, MARGIN - across
            total += again[top : top + height, left : left + width]
        count = np.uint16(len(shifts))
        return ((total + count // 2) // count).astype(np.uint8)

    def _compressed(self, picture: RasterPixels) -> RasterPixels:
        from PIL import Image

        file = io.BytesIO()
        Image.fromarray(picture).save(file, "JPEG", **self.compression.pillow_options())
        with Image.open(file) as again:
            return np.asarray(again, np.uint8)

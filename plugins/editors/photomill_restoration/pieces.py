"""Cutting images up, so that what is computed of them needs little memory."""

from collections.abc import Iterator

import numpy as np
from attrs import frozen

from photomill.plugin import RasterPixels


@frozen
class Piece:
    """A rectangle of an image."""

    top: int
    left: int
    height: int
    width: int

    def scaled(self, factor: int) -> tuple[slice, slice]:
        """Its rows and columns in an image that many times as large."""
        return (
            slice(self.top * factor, (self.top + self.height) * factor),
            slice(self.left * factor, (self.left + self.width) * factor),
        )


def pieces(height: int, width: int, side: int) -> Iterator[Piece]:
    """Cut an image into squares, smaller at its right and lower border."""
    for top in range(0, height, side):
        for left in range(0, width, side):
            yield Piece(top, left, min(side, height - top), min(side, width - left))


def surrounded(picture: RasterPixels, piece: Piece, margin: int) -> RasterPixels:
    """A piece and what is around it, of shape (height + 2 margin, width + 2 margin, 3).

    Beyond the image, its border goes on.
    """
    import cv2

    height, width = picture.shape[:2]
    top, left = max(0, piece.top - margin), max(0, piece.left - margin)
    bottom = min(height, piece.top + piece.height + margin)
    right = min(width, piece.left + piece.width + margin)
    seen = np.ascontiguousarray(picture[top:bottom, left:right])
    grown = cv2.copyMakeBorder(
        seen,
        top - (piece.top - margin),
        piece.top + piece.height + margin - bottom,
        left - (piece.left - margin),
        piece.left + piece.width + margin - right,
        cv2.BORDER_REPLICATE,
    )
    return np.asarray(grown, np.uint8)

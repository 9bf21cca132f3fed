"""What is left of a file that breaks off."""

from collections.abc import Callable

import numpy as np
from attrs import field, frozen

from photomill.images.image import Pixels

BLOCK = 16
"""Rows of pixels that a JPEG encoder usually keeps in one row of blocks (minimum coded units)."""

Decode = Callable[[bytes], Pixels | None]
"""Decodes a whole file, and takes what it can get; None where that is nothing."""


@frozen
class Remains:
    """
    :ivar data: a file that a tolerant decoder reads.
    :ivar rows: how many rows of the image are there in full.
    :ivar height: how many it has; 0 where nobody can tell.
    :ivar ended: the file has its proper end, so that there is nothing to tell where no row is missing.
    """

    data: bytes = field(repr=False)
    rows: int
    height: int
    ended: bool = False

    @property
    def missing(self) -> int:
        return self.height - self.rows

    def enough(self, share: float) -> bool:
        """Whether no more is missing than a share of the rows allows, or one row of blocks.

        :param share: 0 to 1, of the rows that must be there.
        """
        if not self.height:
            return False
        block = min(BLOCK, self.height // 2)
        return self.missing <= max(block, int((1 - share) * self.height))

    @property
    def note(self) -> str:
        """For whoever gets the image; empty where there is nothing to tell."""
        if self.missing:
            return f"The file ends too early: {self.missing} of {self.height} rows of pixels are missing."
        return "" if self.ended else "The file ends too early; no row of pixels is missing."

    @property
    def refusal(self) -> str:
        if not self.height:
            return "the file ends too early to show any of the image"
        return f"the file ends too early: {self.rows} of {self.height} rows of pixels are there"


NONE_LEFT = Remains(b"", 0, 0)
"""The file breaks off before any pixel, or in a way that keeps every pixel from being told."""


def rows_alike(decode: Decode, one: bytes, other: bytes, *, block: int) -> int | None:
    """How many rows of two files' images are alike from the top, in whole blocks; None where one shows nothing.

    Of files that differ only in what was put behind the place where they break off, those are the rows that do not
    depend on it: they were there. Filters and upsampling reach beyond the edge of a block, so the count is rounded up.
    """
    first, second = decode(one), decode(other)
    if first is None or second is None or first.shape != second.shape:
        return None
    height = len(first)
    differing = np.flatnonzero((first != second).any(axis=(1, 2)))
    if not len(differing):
        return height
    return min(height, -(-int(differing[0]) // block) * block)

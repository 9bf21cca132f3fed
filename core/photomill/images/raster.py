"""An image under edit."""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from photomill.images.hidden import continued

RasterPixels = NDArray[np.uint8]
"""sRGB pixels of shape (height, width, 3), or (height, width, 4) with alpha, dtype uint8, C-contiguous."""
DeepPixels = NDArray[np.uint16]
"""The same with 16 bits a channel: 0 to 65535."""

LEVELS_PER_STEP = 257
"""How many levels of 16 bits are one of 8."""


class Raster:
    """Upright sRGB, 8 bits a channel or 16; with alpha (not premultiplied) or without.

    A library that evaluates lazily hands its own image on as :attr:`native`, so that the next operation of the same
    library goes on without a copy; every other operation asks for :attr:`pixels`, which are of 8 bits, or, where it can
    work with 16, for :attr:`levels`. One thread at a time.

    :ivar was_native: whether a library handed its own image on, whatever was asked for since: not what was drawn as pixels.
    """

    def __init__(
        self,
        native: Any,
        width: int,
        height: int,
        bands: int,
        read: Callable[[Any], RasterPixels | DeepPixels],
        depth: int = 8,
        *,
        has_ink: bool = False,
    ) -> None:
        """Wrap a library's own image.

        :param bands: 3, or 4 with alpha.
        :param read: gives the pixels of ``native``, uint8 or, of a depth of 16, uint16; called once at most.
        :param depth: bits a channel: 8 or 16.
        :param has_ink: ``native`` holds CMYK, which ``read`` converts; its bands count as the 3 that come of them.
        """
        self._native = native
        self._read = read
        self._levels: RasterPixels | DeepPixels | None = None
        self._pixels: RasterPixels | None = None
        self._visible: Raster | None = None
        self.width = width
        self.height = height
        self.bands = bands
        self.depth = depth
        self._has_ink = has_ink
        self.was_native = native is not None

    @classmethod
    def from_pixels(cls, pixels: RasterPixels | DeepPixels) -> Self:
        """Wrap an array of shape (h, w, 3) or (h, w, 4), uint8 or uint16, which nobody changes from here on."""
        height, width, bands = pixels.shape
        depth = 16 if pixels.dtype == np.uint16 else 8
        raster = cls(None, width, height, bands, lambda native: pixels, depth)
        raster._levels = _read_only(pixels)
        return raster

    @property
    def native(self) -> Any:
        """The library's own image, or None where there are only pixels."""
        return self._native

    @property
    def has_ink(self) -> bool:
        """Whether :attr:`native` still holds the inks of a CMYK file, which end where pixels are asked for."""
        return self._has_ink and self._native is not None

    @property
    def levels(self) -> RasterPixels | DeepPixels:
        """The pixels as deep as they are, read-only: uint8, or uint16 where :attr:`depth` is 16.

        What was native is given up, since it may be readable only once.
        """
        if self._levels is None:
            self._levels = _read_only(self._read(self._native))
            self._native = None
        return self._levels

    @property
    def pixels(self) -> RasterPixels:
        """The pixels with 8 bits, read-only; what was native is given up likewise."""
        if self._pixels is None:
            self._pixels = _read_only(to_8_bits(self.levels))
        return self._pixels

    @property
    def has_alpha(self) -> bool:
        return self.bands == 4

    @property
    def rgb(self) -> RasterPixels:
        """The colours alone, of shape (h, w, 3); a view."""
        return self.pixels[:, :, :3]

    @property
    def alpha(self) -> RasterPixels | None:
        """The opacity alone, of shape (h, w), 0 to 255; None where there is none."""
        return self.pixels[:, :, 3] if self.has_alpha else None

    def visible(self) -> "Raster":
        """The same image, where colours under an alpha of 0 are those that can be seen nearby; made once."""
        if self._visible is None:
            self._visible = self
            if self.has_alpha:
                levels: Any = self.levels
                filled = continued(levels)
                if filled is not levels:
                    self._visible = Raster.from_pixels(filled)
                    self._visible._visible = self._visible
        return self._visible


def to_8_bits(levels: RasterPixels | DeepPixels) -> RasterPixels:
    """Round 16 bits to 8; what has 8 stays as it is."""
    if levels.dtype != np.uint16:
        return levels  # type: ignore[return-value]
    # In rows: the sums need 32 bits.
    result = np.empty(levels.shape, np.uint8)
    for row, values in zip(result, levels, strict=True):
        row[:] = (values.astype(np.uint32) + LEVELS_PER_STEP // 2) // LEVELS_PER_STEP
    return result


def _read_only(pixels: Any) -> Any:
    shared = np.ascontiguousarray(pixels).view()
    shared.flags.writeable = False
    return shared

"""A picture under edit."""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from photomill.images.hidden import continued

RasterPixels = NDArray[np.uint8]
"""sRGB pixels of shape (height, width, 3), or (height, width, 4) with alpha, dtype uint8, C-contiguous."""


class Raster:
    """Upright sRGB, 8 bits a channel; with alpha (not premultiplied) or without.

    A library that evaluates lazily hands its own picture on as :attr:`native`, so that the next operation of the same
    library goes on without a copy; every other operation asks for :attr:`pixels`. One thread at a time.
    """

    def __init__(
        self, native: Any, width: int, height: int, bands: int, read: Callable[[Any], RasterPixels]
    ) -> None:
        """Wrap a library's own picture.

        :param bands: 3, or 4 with alpha.
        :param read: gives the pixels of ``native``; called once at most.
        """
        self._native = native
        self._read = read
        self._pixels: RasterPixels | None = None
        self._visible: Raster | None = None
        self.width = width
        self.height = height
        self.bands = bands

    @classmethod
    def from_pixels(cls, pixels: RasterPixels) -> Self:
        """Wrap an array of shape (h, w, 3) or (h, w, 4) and dtype uint8, which nobody changes from here on."""
        height, width, bands = pixels.shape
        raster = cls(None, width, height, bands, lambda native: pixels)
        raster._pixels = _read_only(pixels)
        return raster

    @property
    def native(self) -> Any:
        """The library's own picture, or None where there are only pixels."""
        return self._native

    @property
    def pixels(self) -> RasterPixels:
        """The pixels, read-only; what was native is given up, since it may be readable only once."""
        if self._pixels is None:
            self._pixels = _read_only(self._read(self._native))
            self._native = None
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
        """The same picture, where colours under an alpha of 0 are those that can be seen nearby; made once."""
        if self._visible is None:
            self._visible = self
            if self.has_alpha:
                filled = continued(self.pixels)
                if filled is not self.pixels:
                    self._visible = Raster.from_pixels(filled)
                    self._visible._visible = self._visible
        return self._visible


def _read_only(pixels: RasterPixels) -> RasterPixels:
    shared = np.ascontiguousarray(pixels).view()
    shared.flags.writeable = False
    return shared

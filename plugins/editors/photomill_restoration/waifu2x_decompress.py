"""Repairing compression with waifu2x."""

from typing import Any, ClassVar

import numpy as np
from attrs import frozen

from photomill.plugin import Decompress, EditContext, Raster, RasterPixels, Stage
from photomill_restoration import nets, shifted_jpeg
from photomill_restoration.enlarging import Pass
from photomill_restoration.levels import decompress_level
from photomill_restoration.measuring import as_compressed, measure
from photomill_restoration.nets import Net
from photomill_restoration.shifted_jpeg import ShiftedJpeg
from photomill_restoration.transparency import with_colours
from photomill_restoration.waifu2x import PIECE, Waifu2xOperation

_BLOCKY = 20.0
"""Of a JPEG file's quality: below, the networks take blocks for what the image shows."""
_STEP = 2


class Waifu2xDecompress(Waifu2xOperation):
    """Cleans with the networks that clean and double, whose doubling is undone within.

    Where compression was worst, the blocks are softened by shifted JPEG before; on photographs of quality 10 that is
    nearer to the original than either alone.
    """

    name = "waifu2x_decompress"
    operation = "restorations.decompress"
    stage = Stage.RESTORE
    Parameters = Decompress
    same_size = True

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        if parameters.mode == "off":
            return raster
        damage = measure(raster, context.origin)
        level = decompress_level(parameters, damage)
        if level is None:
            return raster
        net = self._nets.of_level(level)
        cleaning = Pass(net, 1, nets.MARGIN, PIECE)
        if damage.quality < _BLOCKY:
            shifted = ShiftedJpeg(as_compressed(damage, context.origin), _STEP)
            cleaning = Pass(_Softened(shifted, net), 1, _Softened.MARGIN, PIECE)
        return with_colours(raster, cleaning.over)


@frozen
class _Softened:
    """Runs a network on the mean of a piece and its repair by shifted JPEG."""

    BLOCK: ClassVar = 8
    MARGIN: ClassVar = shifted_jpeg.MARGIN + BLOCK
    """Whole blocks, so that all pieces are cut as the file's blocks are."""

    shifted: ShiftedJpeg
    net: Net

    def __call__(self, surrounded: RasterPixels) -> RasterPixels:
        inner = slice(shifted_jpeg.MARGIN, -shifted_jpeg.MARGIN)
        given = surrounded[inner, inner].astype(np.uint16)
        softened = (given + self.shifted(surrounded) + 1) // 2
        rest = slice(self.BLOCK - nets.MARGIN, nets.MARGIN - self.BLOCK)
        return self.net(softened[rest, rest].astype(np.uint8))

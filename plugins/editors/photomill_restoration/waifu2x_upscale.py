"""Upscaling with waifu2x."""

from typing import Any

from photomill.plugin import EditContext, Raster, Stage, Upscale
from photomill_restoration.enlarging import Pass, doublings, enlarged
from photomill_restoration.levels import upscale_level
from photomill_restoration.measuring import measure
from photomill_restoration.nets import MARGIN
from photomill_restoration.target import target_size
from photomill_restoration.waifu2x import PIECE, Waifu2xOperation

_DOUBLINGS = 2


class Waifu2xUpscale(Waifu2xOperation):
    """Doubles, at most twice; the first time with the network that the image's noise and compression call for."""

    name = "waifu2x_upscale"
    operation = "restorations.upscale"
    stage = Stage.ENLARGE
    Parameters = Upscale

    def _pixels(self, raster: Raster, parameters: Any) -> int:
        size = target_size(raster, parameters)
        if size is None:
            return 0
        count = doublings((raster.width, raster.height), size, _DOUBLINGS)
        looks = sum(4**each for each in range(count))
        return raster.width * raster.height * int(looks)

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        size = target_size(raster, parameters)
        if size is None:
            return raster
        level = upscale_level(parameters, measure(raster))
        count = doublings((raster.width, raster.height), size, _DOUBLINGS)
        # What was cleaned once is clean.
        levels = [level] + [-1] * (count - 1)
        return enlarged(
            raster,
            size,
            [Pass(self._nets.of_level(each), 2, MARGIN, PIECE) for each in levels],
        )

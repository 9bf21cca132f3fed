"""Repairing compression without a model."""

from typing import Any

from attrs import frozen

from photomill.plugin import (
    Decompress,
    EditContext,
    EditOperation,
    OpenContext,
    Raster,
    RasterPixels,
    Stage,
)
from photomill_restoration import shifted_jpeg, smoothing
from photomill_restoration.enlarging import Pass
from photomill_restoration.measuring import as_compressed, measure
from photomill_restoration.shifted_jpeg import ShiftedJpeg
from photomill_restoration.transparency import with_colours

_PIECE = 512
_STEPS = {"moderate": 2, "auto": 2, "strong": 1}


class ShiftedDecompress(EditOperation):
    """Compresses again at shifted places, as the file was, and smooths what is left; ``moderate`` does not smooth.

    ``strong`` shifts to each of the 64 places of a block, the others to every fourth.
    """

    name = "decompress"
    operation = "restorations.decompress"
    stage = Stage.RESTORE
    engine = "shifted_jpeg"
    requires = ("cv2", "PIL")
    extra = "opencv-contrib-python-headless"
    Parameters = Decompress

    def open(self, context: OpenContext) -> None:
        import cv2

        cv2.setNumThreads(1)

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        if parameters.mode == "off":
            return raster
        damage = measure(raster, context.origin)
        if parameters.mode == "auto" and not damage.is_compressed:
            return raster
        compression = as_compressed(damage, context.origin)
        shifted = ShiftedJpeg(compression, _STEPS[parameters.mode])
        smooth = 0.0 if parameters.mode == "moderate" else (100 - compression.quality) / 20
        repair = _Repair(shifted, smooth)
        cleaning = Pass(repair, 1, shifted_jpeg.MARGIN + smoothing.MARGIN, _PIECE)
        return with_colours(raster, cleaning.over)


@frozen
class _Repair:
    shifted: ShiftedJpeg
    smooth: float

    def __call__(self, surrounded: RasterPixels) -> RasterPixels:
        repaired = smoothing.smoothed(self.shifted(surrounded), self.smooth)
        inner = slice(smoothing.MARGIN, -smoothing.MARGIN)
        return repaired[inner, inner]

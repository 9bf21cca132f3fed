"""Upscaling without a model."""

import math
from typing import Any

from attrs import frozen

from photomill.plugin import (
    EditContext,
    EditOperation,
    OpenContext,
    Raster,
    RasterPixels,
    Stage,
    Upscale,
)
from photomill_restoration import back_projection, smoothing
from photomill_restoration.back_projection import BackProjection
from photomill_restoration.enlarging import Pass, enlarged
from photomill_restoration.measuring import measure
from photomill_restoration.recipes import Recipe, recipe_for
from photomill_restoration.target import target_size

_LARGEST_FACTOR = 4
_PIECE = 256


class BackProjectedUpscale(EditOperation):
    """Lanczos and back-projection; smooths what the kind of image calls for before, and sharpens after."""

    name = "upscale"
    operation = "restorations.upscale"
    stage = Stage.ENLARGE
    engine = "lanczos_back_projection"
    requires = ("cv2",)
    extra = "opencv-contrib-python-headless"
    Parameters = Upscale

    def open(self, context: OpenContext) -> None:
        import cv2

        cv2.setNumThreads(1)

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        size = target_size(raster, parameters)
        if size is None:
            return raster
        recipe = recipe_for(parameters, measure(raster))
        needed = math.ceil(max(size[0] / raster.width, size[1] / raster.height))
        factor = min(max(2, needed), _LARGEST_FACTOR)
        margin = back_projection.MARGIN + smoothing.MARGIN
        return enlarged(raster, size, [Pass(_Cooked.by(recipe, factor), factor, margin, _PIECE)])


@frozen
class _Cooked:
    """A recipe for one factor."""

    smooth: float
    projection: BackProjection

    @classmethod
    def by(cls, recipe: Recipe, factor: int) -> "_Cooked":
        return cls(recipe.smooth, BackProjection(factor, recipe.sharpen))

    def __call__(self, surrounded: RasterPixels) -> RasterPixels:
        smooth = smoothing.smoothed(surrounded, self.smooth)
        inner = slice(smoothing.MARGIN, -smoothing.MARGIN)
        return self.projection(smooth[inner, inner])

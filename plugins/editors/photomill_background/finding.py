"""What every way to find the foreground does."""

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np

from photomill.plugin import (
    Category,
    EditContext,
    EditOperation,
    FindForeground,
    OpenContext,
    Raster,
    RasterPixels,
    Stage,
)
from photomill_background.arrays import Values
from photomill_background.refinement import refined
from photomill_background.selection import region_that_fits
from photomill_background.transparency import CutOut, PartlyTransparent, is_cut_out

_NEXT_TO_NOTHING, _NEXT_TO_ALL = 0.005, 0.985
"""Of the image: a foreground that covers less or more was not found."""


class ForegroundFinder(EditOperation):
    """Guesses what is foreground, and refines the guess at full size: see ``refinement``."""

    operation = "background.mask"
    stage = Stage.BACKGROUND
    at_any_size = True
    requires: ClassVar[tuple[str, ...]] = ("cv2",)
    extra = "opencv-contrib-python-headless"
    Parameters = FindForeground

    def open(self, context: OpenContext) -> None:
        import cv2

        cv2.setNumThreads(1)

    @abstractmethod
    def _guess(self, rgb: RasterPixels, category: Category) -> Values:
        """How likely each pixel is foreground: float32 (h', w') of any size, 0 to 1.

        :param rgb: of shape (h, w, 3), C-contiguous.
        """

    def _closer_looks(self, rgb: RasterPixels, guess: Values) -> list[Values]:
        """What more may be foreground when the main object is not meant: maps of the guess's shape."""
        return []

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        if not parameters.enabled:
            return raster
        alpha = None if raster.alpha is None or (raster.alpha == 255).all() else raster.alpha
        if parameters.use_alpha and alpha is None:
            context.notes.append("the image has no transparency of its own: all of it is kept")
            return raster
        if alpha is not None and (parameters.use_alpha or is_cut_out(alpha)):
            context.notes.append("the image's own transparency was taken for its background")
            return CutOut.from_pixels(raster.pixels)
        if parameters.object_to_keep and context.rank_regions is None:
            context.notes.append(
                "no text model was there to choose by: the main object is kept; "
                "[editing] text_embedder names one"
            )
        found = self._found(np.ascontiguousarray(raster.rgb), parameters, context)
        if found is None:
            context.notes.append("no foreground was found: the background stays")
            return raster if alpha is None else CutOut.from_pixels(raster.pixels)
        if alpha is not None:
            return PartlyTransparent.of(raster, found)
        return Raster.from_pixels(np.dstack([raster.rgb, found]))

    def _found(
        self, rgb: RasterPixels, parameters: FindForeground, context: EditContext
    ) -> RasterPixels | None:
        guess = self._guess(rgb, parameters.category)
        if parameters.object_to_keep and context.rank_regions is not None:
            maps = [guess, *self._closer_looks(rgb, guess)]
            guess = region_that_fits(rgb, maps, parameters.object_to_keep, context.rank_regions)
        if guess.max() < 0.5:
            return None
        alpha = refined(rgb, guess)
        covered = float((alpha > 127).mean())
        return alpha if _NEXT_TO_NOTHING <= covered <= _NEXT_TO_ALL else None

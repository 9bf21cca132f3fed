"""Removing the background of an image whose foreground is known."""

from typing import Any

import numpy as np

from photomill.plugin import (
    EditContext,
    EditOperation,
    OpenContext,
    Raster,
    RasterPixels,
    RemoveBackground,
    Stage,
)
from photomill_background.colours import foreground_colours
from photomill_background.transparency import has_background

_VISIBLE = 12
"""An alpha above this, of 255, belongs to what clipping keeps."""


class CleanRemoval(EditOperation):
    """Takes the background out of soft edges: see ``colours``. Clips to what can be seen."""

    name = "remove_background"
    operation = "background.remove"
    stage = Stage.BACKGROUND
    rank = 10
    takes_hidden_colours = True
    engine = "blur fusion"
    requires = ("cv2",)
    extra = "opencv-contrib-python-headless"
    Parameters = RemoveBackground

    def open(self, context: OpenContext) -> None:
        import cv2

        cv2.setNumThreads(1)

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        alpha = raster.alpha if parameters != RemoveBackground() else None
        if alpha is None:
            return raster
        top, bottom, left, right = _window(alpha) if parameters.clipping else _whole(alpha)
        pixels = raster.pixels[top:bottom, left:right]
        if has_background(raster) and (pixels[:, :, 3] < 255).any():
            colours = foreground_colours(pixels[:, :, :3], pixels[:, :, 3])
            pixels = np.dstack([colours, pixels[:, :, 3]])
        return Raster.from_pixels(pixels)


def _whole(alpha: RasterPixels) -> tuple[int, int, int, int]:
    return 0, alpha.shape[0], 0, alpha.shape[1]


def _window(alpha: RasterPixels) -> tuple[int, int, int, int]:
    """Where there is something to see, as top, bottom, left, right; the whole where there is nothing."""
    visible = alpha > _VISIBLE
    rows, columns = (np.flatnonzero(visible.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return _whole(alpha)
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1

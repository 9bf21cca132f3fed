"""Crops that keep what stands out."""

from typing import Any, ClassVar

import numpy as np

from photomill.components import EditContext, EditOperation, Stage
from photomill.editing.parameters import SmartCrop
from photomill.images.raster import Raster, RasterPixels
from photomill_background.arrays import Values
from photomill_background.flat_ground import against_flat_ground
from photomill_background.saliency import salient

_SIDE = 320
"""Of the copy that is looked at, its longer side in pixels."""
_LEAST = 8
_MIDDLE = 0.1
"""How much of what stands out a window may miss to be in the middle instead of at the edge."""


class SubjectCrop(EditOperation):
    """Cuts the window that holds the most of what stands out; of windows that hold alike, the one nearer the middle."""

    name = "subject_crop"
    operation = "resizing.smart_crop"
    stage = Stage.RESIZE
    rank = 5
    engine = "saliency"
    requires: ClassVar[tuple[str, ...]] = ("cv2",)
    extra = "opencv-contrib-python-headless"
    Parameters = SmartCrop

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        width = min(parameters.width or raster.width, raster.width)
        height = min(parameters.height or raster.height, raster.height)
        if (width, height) == (raster.width, raster.height):
            return raster
        if parameters.mode == "face":
            context.notes.append(
                "no face was looked for or found: the crop keeps what draws the eye"
            )
        standing_out = _standing_out(raster)
        left = _start(standing_out.sum(axis=0), width, raster.width)
        top = _start(standing_out.sum(axis=1), height, raster.height)
        window = raster.pixels[top : top + height, left : left + width]
        return Raster.from_pixels(window.copy())


def _standing_out(raster: Raster) -> Values:
    """How much each pixel of a small copy stands out: 0 to 1; nothing where the copy is too small to tell."""
    small = _small(raster.rgb)
    if min(small.shape[:2]) < _LEAST:
        return np.zeros(small.shape[:2], np.float32)
    found = against_flat_ground(small)
    if found is None:
        found = salient(small, "general") ** 2
    alpha = raster.alpha
    return found if alpha is None else found * (_small(alpha) / np.float32(255))


def _small(pixels: RasterPixels) -> RasterPixels:
    import cv2

    scale = min(1.0, _SIDE / max(pixels.shape[:2]))
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    small = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _start(profile: Values, length: int, available: int) -> int:
    """Where a window of a length begins along an axis."""
    if length >= available:
        return 0
    fine = np.interp(
        (np.arange(available) + 0.5) * len(profile) / available - 0.5,
        np.arange(len(profile)),
        profile,
    )
    sums = np.concatenate([[0.0], np.cumsum(fine)])
    held = sums[length:] - sums[:-length]
    share = held / max(float(held.max()), 1e-9)
    middle = (available - length) / 2
    off = np.abs(np.arange(len(held)) - middle) / max(middle, 1)
    return int(np.argmax(share - _MIDDLE * off))

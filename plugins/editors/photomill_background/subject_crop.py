"""Crops that keep what stands out."""

from typing import Any, ClassVar

import numpy as np

from photomill.plugin import (
    EditContext,
    EditOperation,
    OpenContext,
    Raster,
    RasterPixels,
    SmartCrop,
    Stage,
)
from photomill_background.arrays import Values
from photomill_background.flat_ground import against_flat_ground
from photomill_background.saliency import salient
from photomill_faces.detecting import any_detector
from photomill_faces.faces import FaceDetector
from photomill_faces.framing import across, bounds, down

_SIDE = 320
"""Of the copy that is looked at, its longer side in pixels."""
_LEAST = 8
_MIDDLE = 0.1
"""How much of what stands out a window may miss to be in the middle instead of at the edge."""


class SubjectCrop(EditOperation):
    """Cuts the window that holds the most of what stands out; of windows that hold alike, the one nearer the middle.

    The faces that are found, by MTCNN where it was added and else by OpenCV's cascades, stay in the window.
    """

    name = "subject_crop"
    operation = "resizing.smart_crop"
    stage = Stage.RESIZE
    rank = 5
    engine = "saliency"
    requires: ClassVar[tuple[str, ...]] = ("cv2",)
    extra = "opencv-contrib-python-headless"
    Parameters = SmartCrop

    _detector: FaceDetector | None

    def open(self, context: OpenContext) -> None:
        import cv2

        cv2.setNumThreads(1)
        self._detector = any_detector(context.models_dir)

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        width, height = parameters.size_in(raster)
        if (width, height) == (raster.width, raster.height):
            return raster
        if parameters.mode == "face":
            context.notes.append(
                "no face was looked for or found: the crop keeps what draws the eye"
            )
        standing_out = _standing_out(raster)
        faces = [] if self._detector is None else self._detector.faces(raster.rgb)
        columns = bounds([across(face) for face in faces], width, raster.width)
        rows = bounds([down(face) for face in faces], height, raster.height)
        left = _start(standing_out.sum(axis=0), width, raster.width, columns)
        top = _start(standing_out.sum(axis=1), height, raster.height, rows)
        window = raster.levels[top : top + height, left : left + width]
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


def _start(profile: Values, length: int, available: int, bounds: tuple[int, int]) -> int:
    """Where a window of a length begins along an axis.

    :param bounds: the first and the last start that may be taken.
    """
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
    first, last = bounds
    return first + int(np.argmax((share - _MIDDLE * off)[first : last + 1]))

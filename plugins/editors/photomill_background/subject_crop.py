"""Crops that keep the subject."""

from typing import Any, ClassVar

import numpy as np

from photomill.plugin import (
    EditContext,
    EditOperation,
    OpenContext,
    PluginUnavailable,
    Raster,
    SmartCrop,
    Stage,
)
from photomill_background.arrays import Values
from photomill_background.interest import Interest
from photomill_faces.detecting import any_detector
from photomill_faces.faces import FaceDetector
from photomill_faces.framing import across, bounds, down
from photomill_lite0.activation import ActivationMap

_MIDDLE = 0.1
"""How much of what counts a window may miss to be in the middle instead of at the edge."""


class SubjectCrop(EditOperation):
    """Cuts the window that holds the most of the subject; of windows that hold alike, the one nearer the middle.

    Faces come first: those found, by MTCNN where it was added and else by OpenCV's cascades, stay in the window. Then
    counts where EfficientNet-Lite0 sees what it names, and in graphics and screenshots where text is.
    """

    name = "subject_crop"
    operation = "resizing.smart_crop"
    stage = Stage.RESIZE
    rank = 5
    engine = "efficientnet-lite0"
    requires: ClassVar[tuple[str, ...]] = ("cv2",)
    extra = "opencv-contrib-python-headless"
    Parameters = SmartCrop

    _detector: FaceDetector | None
    _interest: Interest
    _missing: str

    def open(self, context: OpenContext) -> None:
        import cv2

        cv2.setNumThreads(1)
        self._detector = any_detector(context.models_dir)
        self._missing = ""
        try:
            self._interest = Interest(ActivationMap())
        except (PluginUnavailable, ImportError) as error:
            self._interest = Interest(None)
            self._missing = str(error)
            self.engine = "saliency"

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        width, height = parameters.size_in(raster)
        if (width, height) == (raster.width, raster.height):
            return raster
        if parameters.mode == "face":
            context.notes.append(
                "no face was looked for or found: the crop keeps what draws the eye"
            )
        if self._missing:
            context.notes.append(
                f"the crop keeps what stands out, not what a network sees: {self._missing}"
            )
        left, top = self.corner(raster, width, height)
        window = raster.levels[top : top + height, left : left + width]
        return Raster.from_pixels(window.copy())

    def corner(self, raster: Raster, width: int, height: int) -> tuple[int, int]:
        """Where the window begins: its left column and its top row."""
        interest = self._interest.of(raster)
        faces = [] if self._detector is None else self._detector.faces(raster.rgb)
        columns = bounds([across(face) for face in faces], width, raster.width)
        rows = bounds([down(face) for face in faces], height, raster.height)
        return (
            _start(interest.sum(axis=0), width, raster.width, columns),
            _start(interest.sum(axis=1), height, raster.height, rows),
        )


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

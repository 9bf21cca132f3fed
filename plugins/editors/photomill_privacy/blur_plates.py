"""Blurring number plates."""

from typing import Any, ClassVar, Protocol

from photomill.plugin import (
    BlurCarPlate,
    EditContext,
    EditOperation,
    InvalidInput,
    OpenContext,
    Raster,
    RasterPixels,
    Stage,
)
from photomill_faces.cascades import Rectangles
from photomill_privacy.plates import ClassicalPlates
from photomill_privacy.unreadable import blurred

NO_PLATE = "no number plate was found: nothing was blurred"


class PlateDetector(Protocol):
    """Finds number plates."""

    def plates(self, rgb: RasterPixels) -> Rectangles:
        """Left, top, width and height of each plate, in pixels."""


class BlurPlates(EditOperation):
    """Blurs what two cascades and a search for rows of characters find.

    The cascades were trained on Russian plates; the search takes any that are bright or dark rectangles.
    """

    name = "blur_plates"
    operation = "privacy.blur_car_plate"
    stage = Stage.PRIVACY
    rank = 0
    engine = "cascades and contours"
    requires: ClassVar[tuple[str, ...]] = ("cv2",)
    extra = "opencv-contrib-python-headless"
    Parameters = BlurCarPlate

    _detector: PlateDetector

    def open(self, context: OpenContext) -> None:
        import cv2

        super().open(context)
        cv2.setNumThreads(1)
        self._detector = self._open_detector(context)

    def _open_detector(self, context: OpenContext) -> PlateDetector:
        """
        :raises PluginUnavailable: what it needs is missing.
        """
        return ClassicalPlates()

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        if not parameters.enabled:
            return raster
        pixels = raster.pixels
        plates = self._detector.plates(raster.rgb)
        if not plates and parameters.strict:
            raise InvalidInput(NO_PLATE)
        if not plates:
            context.notes.append(NO_PLATE)
            return raster
        return Raster.from_pixels(blurred(pixels, plates))

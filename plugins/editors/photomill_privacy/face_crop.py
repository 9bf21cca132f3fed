"""Crops that keep faces."""

from typing import Any, ClassVar

from photomill.components import EditContext, EditOperation, OpenContext, Stage
from photomill.editing.parameters import SmartCrop
from photomill.images.raster import Raster
from photomill_privacy.identity_crop import MtcnnOptions, open_mtcnn
from photomill_privacy.mtcnn import Mtcnn

_ROOM = 0.4
"""Around a face, of its size: hair, chin and shoulders."""


class FaceCrop(EditOperation):
    """Cuts the window that holds the most of the faces; where there is none, another engine looks for what is."""

    name = "face_crop"
    operation = "resizing.smart_crop"
    stage = Stage.RESIZE
    rank = 10
    engine = "mtcnn"
    requires: ClassVar[tuple[str, ...]] = ("cv2", "onnx", "onnxruntime")
    extra = "opencv-contrib-python-headless"
    Options = MtcnnOptions
    Parameters = SmartCrop

    _detector: Mtcnn

    def open(self, context: OpenContext) -> None:
        super().open(context)
        self._detector = open_mtcnn(context, self.options)

    def serves(self, parameters: Any) -> bool:
        return bool(parameters.mode == "face")

    def declines(self, raster: Raster, parameters: Any, context: EditContext) -> str:
        return "" if self._detector.faces(raster.rgb) else "no face was found"

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        width = min(parameters.width or raster.width, raster.width)
        height = min(parameters.height or raster.height, raster.height)
        if (width, height) == (raster.width, raster.height):
            return raster
        faces = self._detector.faces(raster.rgb)
        left = best_start([_span(face.left, face.right) for face in faces], width, raster.width)
        top = best_start([_span(face.top, face.bottom) for face in faces], height, raster.height)
        window = raster.pixels[top : top + height, left : left + width]
        return Raster.from_pixels(window.copy())


def best_start(spans: list[tuple[float, float]], length: int, available: int) -> int:
    """Where a window begins along one axis: over as much of the spans as can be, the large ones in its middle.

    :param spans: of the faces, each a first and a last position.
    """
    if not spans:
        return (available - length) // 2
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    if last - first > length:
        # Not all fit: the largest is in the middle.
        first, last = max(spans, key=lambda span: span[1] - span[0])
    start = round((first + last - length) / 2)
    return min(max(0, start), available - length)


def _span(first: float, last: float) -> tuple[float, float]:
    room = _ROOM * (last - first)
    return first - room, last + room

"""Crops that keep faces."""

from collections.abc import Sequence
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from attrs import frozen

from photomill.components import EditContext, EditOperation, OpenContext, Stage
from photomill.editing.parameters import SmartCrop
from photomill.images.raster import Raster
from photomill_privacy.faces import Face
from photomill_privacy.identity_crop import MtcnnOptions, open_mtcnn
from photomill_privacy.mtcnn import Mtcnn

_ROOM = 0.4
"""Around a face, of its size: hair, chin and shoulders."""
_TRIED = 24
"""So many faces, the largest, say where windows are tried."""


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
    _found: WeakKeyDictionary[Raster, list[Face]]

    def open(self, context: OpenContext) -> None:
        import cv2

        super().open(context)
        cv2.setNumThreads(1)
        self._detector = open_mtcnn(context, self.options)
        self._found = WeakKeyDictionary()

    def serves(self, parameters: Any) -> bool:
        return bool(parameters.mode == "face")

    def declines(self, raster: Raster, parameters: Any, context: EditContext) -> str:
        if _size(raster, parameters) == (raster.width, raster.height):
            return ""
        return "" if self._faces(raster) else "no face was found"

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        width, height = _size(raster, parameters)
        if (width, height) == (raster.width, raster.height):
            return raster
        faces = self._faces(raster)
        across = [_span(face.left, face.right, face) for face in faces]
        down = [_span(face.top, face.bottom, face) for face in faces]
        left = best_start(across, width, raster.width)
        top = best_start(down, height, raster.height)
        window = raster.pixels[top : top + height, left : left + width]
        return Raster.from_pixels(window.copy())

    def _faces(self, raster: Raster) -> list[Face]:
        """Looked for once, though two questions need them."""
        faces = self._found.get(raster)
        if faces is None:
            faces = self._found[raster] = self._detector.faces(raster.rgb)
        return faces


@frozen
class Span:
    """What a face takes of an axis.

    :ivar weight: how much it matters that it is seen.
    """

    first: float
    last: float
    weight: float

    def seen(self, start: float, length: float) -> float:
        """Its share that is in a window."""
        shared = min(self.last, start + length) - max(self.first, start)
        return max(0.0, shared) / max(self.last - self.first, 1e-6)


def best_start(spans: Sequence[Span], length: int, available: int) -> int:
    """Where a window begins along one axis: over as much of the faces as can be, with them in its middle.

    :param length: of the window, in pixels; ``available`` of the picture.
    """
    centres = [
        (min(one.first, other.first) + max(one.last, other.last)) / 2
        for one in spans[:_TRIED]
        for other in spans[:_TRIED]
    ]
    starts = [min(max(0, round(centre - length / 2)), available - length) for centre in centres]
    if not starts:
        return (available - length) // 2
    # Half a face is worth less than half of one.
    return max(
        starts,
        key=lambda start: sum(span.weight * span.seen(start, length) ** 2 for span in spans),
    )


def _span(first: float, last: float, face: Face) -> Span:
    room = _ROOM * (last - first)
    return Span(first - room, last + room, face.width * face.height)


def _size(raster: Raster, parameters: SmartCrop) -> tuple[int, int]:
    """Of the window."""
    width = min(parameters.width or raster.width, raster.width)
    return width, min(parameters.height or raster.height, raster.height)

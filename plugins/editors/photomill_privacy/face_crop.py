"""Crops that keep faces."""

from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from photomill.plugin import EditContext, EditOperation, OpenContext, Raster, SmartCrop, Stage
from photomill_faces.faces import Face
from photomill_faces.framing import across, best_start, down
from photomill_faces.model import MTCNN
from photomill_faces.mtcnn import Mtcnn
from photomill_privacy.identity_crop import MtcnnOptions, open_mtcnn


class FaceCrop(EditOperation):
    """Cuts the window that holds the most of the faces; where there is none, another engine looks for what is."""

    name = "face_crop"
    operation = "resizing.smart_crop"
    stage = Stage.RESIZE
    rank = 10
    engine = "mtcnn"
    requires: ClassVar[tuple[str, ...]] = ("cv2", "onnxruntime")
    extra = "opencv-contrib-python-headless"
    models = (MTCNN,)
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
        if parameters.size_in(raster) == (raster.width, raster.height):
            return ""
        return "" if self._faces(raster) else "no face was found"

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        width, height = parameters.size_in(raster)
        if (width, height) == (raster.width, raster.height):
            return raster
        faces = self._faces(raster)
        columns = [across(face) for face in faces]
        rows = [down(face) for face in faces]
        left = best_start(columns, width, raster.width)
        top = best_start(rows, height, raster.height)
        window = raster.levels[top : top + height, left : left + width]
        return Raster.from_pixels(window.copy())

    def _faces(self, raster: Raster) -> list[Face]:
        """Looked for once, though two questions need them."""
        faces = self._found.get(raster)
        if faces is None:
            faces = self._found[raster] = self._detector.faces(raster.rgb)
        return faces

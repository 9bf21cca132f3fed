"""Cutting away what shows who somebody is."""

import math
from abc import abstractmethod
from typing import Any, ClassVar

from attrs import field, frozen, validators

from photomill.plugin import EditContext, EditOperation, IdentityCrop, OpenContext, Raster, Stage
from photomill_faces.cascades import HaarFaces
from photomill_faces.faces import Face, FaceDetector
from photomill_faces.mtcnn import Mtcnn

NO_FACE = "no face was found: nothing was cut away"
LITTLE_LEFT = "hardly anything of the picture is below the noses"
_LITTLE = 0.1
"""Of the picture's height."""


@frozen
class MtcnnOptions:
    """
    :ivar longest_side: of the copy in which faces are looked for, in pixels.
    :ivar smallest: face that is looked for, in pixels of that copy.
    :ivar confidence: from which something counts as a face, 0 to 1.
    """

    longest_side: int = field(default=960, validator=validators.ge(48))
    smallest: float = field(default=24.0, validator=validators.ge(12))
    confidence: float = field(
        default=0.95, validator=validators.and_(validators.ge(0), validators.le(1))
    )


class _CropBelowFaces(EditOperation):
    """Keeps what is below the row between nose and lips of the lowest face."""

    operation = "privacy.identity_crop"
    stage = Stage.PRIVACY
    Parameters = IdentityCrop
    requires: ClassVar[tuple[str, ...]] = ("cv2",)
    extra = "opencv-contrib-python-headless"

    _detector: FaceDetector

    @abstractmethod
    def _open_detector(self, context: OpenContext) -> FaceDetector:
        """
        :raises PluginUnavailable: the detector's weights are missing.
        """

    def open(self, context: OpenContext) -> None:
        import cv2

        super().open(context)
        cv2.setNumThreads(1)
        self._detector = self._open_detector(context)

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        if not parameters.enabled:
            return raster
        faces = self._detector.faces(raster.rgb)
        if not faces:
            context.notes.append(NO_FACE)
            return raster
        first = first_row(faces, raster.height)
        if raster.height - first < _LITTLE * raster.height:
            context.notes.append(LITTLE_LEFT)
        return Raster.from_pixels(raster.levels[first:].copy())


class MtcnnIdentityCrop(_CropBelowFaces):
    """Finds the row by the landmarks of MTCNN."""

    name = "mtcnn_identity_crop"
    rank = 10
    engine = "mtcnn"
    requires: ClassVar[tuple[str, ...]] = ("cv2", "onnxruntime")
    Options = MtcnnOptions

    def _open_detector(self, context: OpenContext) -> FaceDetector:
        return open_mtcnn(context, self.options)


class HaarIdentityCrop(_CropBelowFaces):
    """Finds the row by the proportions of an upright face."""

    name = "haar_identity_crop"
    rank = 0
    engine = "haar cascades"

    def _open_detector(self, context: OpenContext) -> FaceDetector:
        return HaarFaces()


def open_mtcnn(context: OpenContext, options: MtcnnOptions) -> Mtcnn:
    """
    :raises PluginUnavailable: the weights are missing.
    """
    return Mtcnn(
        context.models_dir,
        longest_side=options.longest_side,
        smallest=options.smallest,
        confidence=options.confidence,
    )


def first_row(faces: list[Face], height: int) -> int:
    """The first row that may stay: below that of every face, and at least one is left."""
    row = math.ceil(max(face.above_mouth() for face in faces))
    return min(max(0, row), height - 1)

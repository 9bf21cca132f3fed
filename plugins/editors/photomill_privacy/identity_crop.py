"""Cutting away what shows who somebody is."""

import math
from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
from attrs import field, frozen, validators

from photomill.plugin import (
    EditContext,
    EditOperation,
    IdentityCrop,
    InvalidInput,
    OpenContext,
    Raster,
    Stage,
)
from photomill_faces.cascades import HaarFaces
from photomill_faces.faces import Face, FaceDetector
from photomill_faces.model import MTCNN
from photomill_faces.mtcnn import Mtcnn
from photomill_faces.turns import faces_in_turns

NO_FACE = "no face was found: nothing was cut away"
TURNED = "no face was found upright: what is above the mouth is cut away as the face is turned"
LITTLE_LEFT = "hardly anything of the image is below the noses"
_LITTLE = 0.1
"""Of the image's height."""


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
    """Keeps what is below the row between nose and lips of the lowest face.

    Where none stands upright, those count that lie on a side or stand on their head.
    """

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
        turns, faces = faces_in_turns(self._detector, raster.rgb)
        if not faces:
            if parameters.strict:
                raise InvalidInput(NO_FACE)
            context.notes.append(NO_FACE)
            return raster
        if turns:
            context.notes.append(TURNED)
        turned = np.rot90(raster.levels, turns)
        height = turned.shape[0]
        first = first_row(faces, height)
        if height - first < _LITTLE * height:
            context.notes.append(LITTLE_LEFT)
        return Raster.from_pixels(np.rot90(turned[first:], -turns).copy())


class MtcnnIdentityCrop(_CropBelowFaces):
    """Finds the row by the landmarks of MTCNN."""

    name = "mtcnn_identity_crop"
    rank = 10
    engine = "mtcnn"
    requires: ClassVar[tuple[str, ...]] = ("cv2", "onnxruntime")
    models = (MTCNN,)
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
    """Open the networks that find faces.

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

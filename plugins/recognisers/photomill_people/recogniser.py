"""People by their faces: MTCNN finds them, dlib's ResNet tells them apart."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import field, frozen, validators
from numpy.typing import NDArray

from photomill.plugin import (
    FaceRecogniser,
    Image,
    OpenContext,
    PluginUnavailable,
    RecognisedFace,
    model_file,
)
from photomill_faces.alignment import aligned
from photomill_faces.faces import Face
from photomill_faces.identity_network import DIMENSION, identity_model, normalised
from photomill_faces.model import MTCNN
from photomill_faces.mtcnn import Mtcnn
from photomill_networks.quantised import read_quantised
from photomill_networks.runtime import open_session
from photomill_people.model import FACES, MANIFEST, WEIGHTS

_CROP_SIDE = 112
_QUALITY = 85


@frozen
class PeopleOptions:
    """What counts as a face, and which faces are one person's.

    :ivar longest_side: of the copy in which faces are looked for, in pixels; larger finds smaller faces, and takes longer.
    :ivar smallest: width of a face in that copy, in pixels.
    :ivar confidence: that something is a face, 0 to 1.
    :ivar radius: Euclidean distance up to which two faces are taken for one person's; see ``benchmarks/people.py``.
    """

    longest_side: int = field(default=1280, validator=validators.ge(64))
    smallest: int = field(default=36, validator=validators.ge(20))
    confidence: float = field(default=0.98, validator=[validators.ge(0.5), validators.le(1)])
    radius: float = field(default=0.5, validator=validators.gt(0))


class People(FaceRecogniser):
    """Upright faces that look towards the camera, by the models ``mtcnn`` and ``faces``."""

    name = "people"
    Options = PeopleOptions
    requires = ("cv2", "onnxruntime")
    models = (MTCNN, FACES)

    options: PeopleOptions

    def open(self, context: OpenContext) -> None:
        self._detector = Mtcnn(
            context.models_dir,
            longest_side=self.options.longest_side,
            smallest=float(self.options.smallest),
            confidence=self.options.confidence,
        )
        self._network = _open(context.models_dir)

    @property
    def dimension(self) -> int:
        return DIMENSION

    @property
    def fingerprint(self) -> str:
        return "mtcnn-facenet-pytorch-2.6.0+dlib-resnet-8bit-1"

    @property
    def radius(self) -> float:
        return self.options.radius

    @property
    def decode_side(self) -> int:
        return self.options.longest_side

    def _recognise(self, image: Image) -> Sequence[RecognisedFace]:
        pixels = image.pixels
        # Of the copy that was looked at, not of the image.
        least = self.options.smallest * max(1.0, max(pixels.shape[:2]) / self.options.longest_side)
        faces = [face for face in self._detector.faces(pixels) if face.width >= least]
        return [
            _described(face, self._vector(aligned(pixels, face.landmarks)), pixels)
            for face in faces
            if face.landmarks is not None
        ]

    def _vector(self, chip: NDArray[np.uint8]) -> NDArray[np.float32]:
        # One at a time: the same face gives the same bits whoever stands beside.
        (vectors,) = self._network.run(["vectors"], {"pixels": normalised(chip[np.newaxis])})
        return np.asarray(vectors[0], np.float32)


def _open(models_dir: Path | None) -> Any:
    manifest, weights = (
        model_file(models_dir, FACES, name).read_bytes() for name in (MANIFEST, WEIGHTS)
    )
    try:
        return open_session(identity_model(read_quantised(manifest, weights)))
    except (ValueError, KeyError) as error:
        raise PluginUnavailable(f"the model faces is damaged: {error}") from error


def _described(
    face: Face, vector: NDArray[np.float32], pixels: NDArray[np.uint8]
) -> RecognisedFace:
    height, width = pixels.shape[:2]
    left, right = (min(max(0.0, each / width), 1.0) for each in (face.left, face.right))
    top, bottom = (min(max(0.0, each / height), 1.0) for each in (face.top, face.bottom))
    return RecognisedFace(
        left, top, right - left, bottom - top, face.confidence, vector, _crop(face, pixels)
    )


def _crop(face: Face, pixels: NDArray[np.uint8]) -> bytes:
    """A square around a face, with some room."""
    import cv2

    height, width = pixels.shape[:2]
    side = min(round(1.5 * max(face.width, face.height)), width, height)
    left = min(max(0, round((face.left + face.right - side) / 2)), width - side)
    top = min(max(0, round((face.top + face.bottom - side) / 2)), height - side)
    square = pixels[top : top + side, left : left + side, ::-1]
    small = cv2.resize(square, (_CROP_SIDE, _CROP_SIDE), interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    assert done  # 112 × 112 pixels can always be encoded
    return bytes(data)

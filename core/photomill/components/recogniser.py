"""Recognisers: the faces of an image, and vectors that tell whose they are."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import final

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from photomill.components.base import Component
from photomill.errors import PluginError
from photomill.images.image import Image

FaceVector = NDArray[np.float32]


@frozen(eq=False)
class RecognisedFace:
    """A face in an image.

    :ivar left: of its box, as a share of the image's width, 0 to 1; ``width`` likewise.
    :ivar top: as a share of its height; ``height`` likewise.
    :ivar confidence: that it is a face, 0 to 1.
    :ivar vector: float32 (dimension,); faces of one person lie near each other.
    :ivar crop: a JPEG file of the face, for showing.
    """

    left: float
    top: float
    width: float
    height: float
    confidence: float
    vector: FaceVector = field(repr=False)
    crop: bytes = field(repr=False)


class FaceRecogniser(Component):
    """Finds faces in images and tells whose are alike. Nothing is asked of it but where a collection wants people."""

    family = "recognisers"

    @property
    @abstractmethod
    def dimension(self) -> int:
        """The length of a vector; constant once opened."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Names models, weights and preprocessing. Vectors of unlike fingerprints are never compared."""

    @property
    @abstractmethod
    def radius(self) -> float:
        """The Euclidean distance of two vectors up to which their faces are taken for one person's."""

    @property
    def decode_side(self) -> int:
        """The shorter side in pixels that decoding may shrink an image to; 0 asks for every pixel."""
        return 0

    @final
    def recognise(self, image: Image) -> list[RecognisedFace]:
        """The faces of an image, the largest first.

        :raises PluginError: the recogniser gave a box outside the image, or vectors of another shape.
        """
        found = sorted(self._recognise(image), key=lambda face: -face.width * face.height)
        for face in found:
            if face.vector.shape != (self.dimension,) or face.vector.dtype != np.float32:
                raise PluginError(
                    f"the recogniser {self.name!r} returned {face.vector.dtype} {face.vector.shape}, "
                    f"expected float32 ({self.dimension},)"
                )
            if not np.isfinite(face.vector).all():
                raise PluginError(
                    f"the recogniser {self.name!r} returned a vector that is not finite"
                )
            right, bottom = face.left + face.width, face.top + face.height
            if min(face.left, face.top) < 0 or max(right, bottom) > 1 + 1e-9:
                raise PluginError(f"the recogniser {self.name!r} returned a face beyond the image")
            if face.width <= 0 or face.height <= 0 or not face.crop:
                raise PluginError(f"the recogniser {self.name!r} returned a face without pixels")
        return found

    @abstractmethod
    def _recognise(self, image: Image) -> Sequence[RecognisedFace]:
        """Return the faces of an image, in any order."""

"""Faces, however they were found."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from attrs import frozen

from photomill.plugin import RasterPixels

Point = tuple[float, float]
"""Column and row, in pixels."""


@frozen
class Landmarks:
    """The five points that MTCNN finds; left and right as the viewer sees them."""

    left_eye: Point
    right_eye: Point
    nose: Point
    left_mouth: Point
    right_mouth: Point

    @classmethod
    def of(cls, columns: Sequence[float], rows: Sequence[float]) -> "Landmarks":
        """From five columns and five rows."""
        return cls(*((float(x), float(y)) for x, y in zip(columns, rows, strict=True)))


@frozen
class Face:
    """A face in an image.

    :ivar left: of its box, in pixels; so are the others.
    :ivar confidence: 0 to 1.
    """

    left: float
    top: float
    right: float
    bottom: float
    confidence: float = 1.0
    landmarks: Landmarks | None = None

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def scaled(self, factor: float) -> "Face":
        """The same face in an image that is so many times as large."""
        return Face(
            self.left * factor,
            self.top * factor,
            self.right * factor,
            self.bottom * factor,
            self.confidence,
            None if self.landmarks is None else _scaled(self.landmarks, factor),
        )

    def above_mouth(self) -> float:
        """A row between nose and lips, and below both eyes.

        Without landmarks it is where the upper lip of an upright face is: at 70 % of the box.
        """
        marks = self.landmarks
        if marks is None:
            return self.top + 0.7 * self.height
        nose = marks.nose[1]
        lips = min(marks.left_mouth[1], marks.right_mouth[1])
        eyes = max(marks.left_eye[1], marks.right_eye[1])
        return max(nose + max(0.0, lips - nose) / 2, eyes + 0.1 * self.height)


class FaceDetector(Protocol):
    """Finds faces."""

    def faces(self, rgb: RasterPixels) -> list[Face]:
        """The faces of an image, the largest first.

        :param rgb: of shape (h, w, 3), any size.
        """


def largest_first(faces: Iterable[Face]) -> list[Face]:
    return sorted(faces, key=lambda face: (-face.width * face.height, face.top, face.left))


def _scaled(marks: Landmarks, factor: float) -> Landmarks:
    points = (
        marks.left_eye,
        marks.right_eye,
        marks.nose,
        marks.left_mouth,
        marks.right_mouth,
    )
    return Landmarks(*((x * factor, y * factor) for x, y in points))

"""Faces of images that lie on a side or stand on their head."""

import numpy as np

from photomill.plugin import RasterPixels
from photomill_faces.cascades import overlap
from photomill_faces.faces import Face, FaceDetector

_TURNS = (0, 1, 3, 2)
"""Quarters, against the clock, in the order of how often faces stand so."""
_SAME = 0.3


def faces_in_turns(detector: FaceDetector, rgb: RasterPixels) -> tuple[int, list[Face]]:
    """Find out how faces stand, and where.

    Detectors see faces that stand on their head too, less surely: of several at one place the surest counts.

    :returns: by how many quarters, against the clock, the image is to be turned, and the faces in the turned image,
        the largest first; (0, []) where there is none.
    """
    found = {turns: detector.faces(np.ascontiguousarray(np.rot90(rgb, turns))) for turns in _TURNS}
    places = [
        (_place(face, turns, rgb.shape[1], rgb.shape[0]), face.confidence)
        for turns, faces in found.items()
        for face in faces
    ]
    for turns, faces in found.items():
        surest = [
            face
            for face in faces
            if not _is_surer_elsewhere(
                _place(face, turns, rgb.shape[1], rgb.shape[0]), face.confidence, places
            )
        ]
        if surest:
            return turns, surest
    return 0, []


def _is_surer_elsewhere(
    place: tuple[int, int, int, int],
    confidence: float,
    places: list[tuple[tuple[int, int, int, int], float]],
) -> bool:
    return any(surer > confidence and overlap(place, other) > _SAME for other, surer in places)


def _place(face: Face, turns: int, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, width and height of a face of the turned image in the image as it stands."""
    left, top, right, bottom = face.left, face.top, face.right, face.bottom
    if turns == 1:
        left, top, right, bottom = width - bottom, left, width - top, right
    elif turns == 2:
        left, top, right, bottom = width - right, height - bottom, width - left, height - top
    elif turns == 3:
        left, top, right, bottom = top, height - right, bottom, height - left
    return round(left), round(top), max(1, round(right - left)), max(1, round(bottom - top))

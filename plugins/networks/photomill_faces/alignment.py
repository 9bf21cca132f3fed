"""Faces brought to one place, size and turn, by the five points that MTCNN finds.

No 68 points: the data that such models were trained on may not be used commercially.
"""

import numpy as np
from attrs import astuple
from numpy.typing import NDArray

from photomill.plugin import RasterPixels
from photomill_faces.faces import Landmarks
from photomill_faces.identity_network import SIDE

_PLACES = np.array([[47.7, 47.1], [100.3, 47.1], [74.0, 77.0], [50.5, 104.0], [97.5, 104.0]])
"""Where eyes, nose and the corners of the mouth lie in dlib's chips: columns and rows of 150 × 150."""


def aligned(rgb: RasterPixels, landmarks: Landmarks, side: int = SIDE) -> NDArray[np.uint8]:
    """Cut a face out so that its points lie as in all others: uint8 (side, side, 3), black beyond the image.

    :param rgb: of shape (h, w, 3).
    """
    import cv2

    found = np.array(astuple(landmarks, recurse=False), np.float64)
    matrix = similarity(found, (_PLACES + 0.5) * (side / SIDE) - 0.5)
    # A face that is much larger would be read at every third pixel.
    shrunk = max(1, int(1 / np.hypot(matrix[0, 0], matrix[1, 0])))
    if shrunk > 1:
        large = cv2.warpAffine(
            rgb, _scaled(matrix, shrunk), (side * shrunk, side * shrunk), flags=cv2.INTER_LINEAR
        )
        return np.asarray(cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.warpAffine(rgb, matrix, (side, side), flags=cv2.INTER_LINEAR), np.uint8)


def similarity(found: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """The turn, size and shift that bring points nearest to places, by least squares: (2, 3).

    :param found: (n, 2), two points or more that are not all the same; so are the places.
    """
    middle, target = found.mean(axis=0), places.mean(axis=0)
    one, other = found - middle, places - target
    spread = max(float((one**2).sum()), 1e-9)
    along = float((one * other).sum()) / spread
    across = float((one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]).sum()) / spread
    turn = np.array([[along, -across], [across, along]])
    return np.hstack([turn, (target - turn @ middle)[:, None]])


def _scaled(matrix: NDArray[np.float64], factor: int) -> NDArray[np.float64]:
    """The same map onto a canvas that is so many times as large; pixels are met at their middles."""
    scaled = matrix * factor
    scaled[:, 2] += (factor - 1) / 2
    return scaled

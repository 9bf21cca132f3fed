"""Finding lines of text: a map of probabilities, and the boxes that stand out in it.

M. Liao et al., "Real-Time Scene Text Detection with Differentiable Binarization", AAAI 2020: the network marks the
middle of each line, and the boxes are grown back to its edges.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import RasterPixels
from photomill_ocr.lines import Corners, TextBox, clockwise

ProbabilityMap = NDArray[np.float32]
"""Of shape (height, width): how likely each pixel is of the middle of a line, 0 to 1."""

STRIDE = 32
"""Sides of what the network is given are multiples of it."""

_LIKELY = 0.3
_CONFIDENCE = 0.5
"""Of a box: the mean of the map inside it."""
_GROWN = 1.6
"""By how much of area over outline a box is grown: the network was trained with lines shrunk so."""
_SMALLEST = 3.0
"""Side of what stands out, in pixels of the map."""
_MOST = 1000


class TextDetector:
    """The network that finds text, open; may be asked by many threads at once."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name

    def boxes(self, rgb: RasterPixels, scale: float = 1.0) -> list[TextBox]:
        """Lines of text, in no order, in pixels of the image.

        :param scale: of the copy that is looked at: letters of some 10 to 100 pixels are found.
        """
        import cv2

        height, width = rgb.shape[:2]
        size = _multiple(width * scale), _multiple(height * scale)
        smaller = size[0] < width
        method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        copy = cv2.resize(np.ascontiguousarray(rgb), size, interpolation=method)
        answer = self._session.run(None, {self._input: prepared(np.asarray(copy, np.uint8))})[0]
        factor = np.array([width / size[0], height / size[1]], np.float32)
        limits = np.array([width, height], np.float32)
        return [
            TextBox(np.clip(box.corners * factor, 0, limits), box.confidence)
            for box in boxes_of(answer[0, 0])
        ]


def prepared(rgb: RasterPixels) -> NDArray[np.float32]:
    """Blue, green and red from −1 to 1: float32 (1, 3, height, width)."""
    values = rgb[:, :, ::-1].astype(np.float32) / np.float32(127.5) - np.float32(1.0)
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])


def boxes_of(probabilities: ProbabilityMap) -> list[TextBox]:
    """What stands out in a map: rectangles that may be turned, grown to the edges of their lines."""
    import cv2

    likely = (probabilities > _LIKELY).astype(np.uint8)
    joined = cv2.dilate(likely, np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(joined, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours[:_MOST]:
        rectangle = cv2.minAreaRect(contour)
        if min(rectangle[1]) < _SMALLEST:
            continue
        confidence = _mean_inside(probabilities, np.asarray(cv2.boxPoints(rectangle), np.float32))
        if confidence >= _CONFIDENCE:
            corners = np.asarray(cv2.boxPoints(_grown(rectangle)), np.float32)
            found.append(TextBox(clockwise(corners), confidence))
    return found


def _grown(rectangle: Any) -> Any:
    """A turned rectangle whose every side was moved outwards by a part of its area over its outline."""
    middle, (one, other), angle = rectangle
    distance = _GROWN * one * other / (2 * (one + other))
    return middle, (one + 2 * distance, other + 2 * distance), angle


def _mean_inside(probabilities: ProbabilityMap, corners: Corners) -> float:
    import cv2

    height, width = probabilities.shape
    left, top = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, [width - 1, height - 1])
    right, bottom = np.clip(np.ceil(corners.max(axis=0)).astype(int), 0, [width - 1, height - 1])
    inside = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillPoly(inside, [(corners - [left, top]).astype(np.int32)], 1)
    part = probabilities[top : bottom + 1, left : right + 1]
    return float(part[inside > 0].mean()) if inside.any() else 0.0


def _multiple(side: float) -> int:
    return max(STRIDE, round(side / STRIDE) * STRIDE)

"""OpenCV's own cascades: faces and number plates without weights of ours.

P. Viola and M. Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features", CVPR 2001.
"""

from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import PluginUnavailable, RasterPixels
from photomill_faces.faces import Face, largest_first

Rectangle = tuple[int, int, int, int]
"""Left, top, width, height."""
Rectangles = list[Rectangle]

_FACES = ("haarcascade_frontalface_default", "haarcascade_frontalface_alt2")
_LONGEST_SIDE = 960
_SMALLEST = 0.06
"""Face, of the picture's shorter side."""
_NEIGHBOURS = 8
_SAME = 0.4


class Cascade:
    """One of OpenCV's cascades; may be asked by many threads, of which it answers one at a time."""

    def __init__(self, name: str) -> None:
        """
        :raises PluginUnavailable: this OpenCV comes without it.
        """
        import cv2

        folder = getattr(getattr(cv2, "data", None), "haarcascades", "")
        path = Path(folder, f"{name}.xml")
        if not folder or not path.is_file():
            raise PluginUnavailable("this OpenCV comes without cascades; version 4 has them")
        self._classifier: Any = cv2.CascadeClassifier(str(path))
        self._alone = Lock()

    def found(
        self, grey: NDArray[np.uint8], smallest: tuple[int, int], neighbours: int
    ) -> Rectangles:
        """What it finds.

        :param smallest: width and height, in pixels.
        :param neighbours: the more, the surer.
        """
        if grey.shape[0] < smallest[1] or grey.shape[1] < smallest[0]:
            return []
        # A classifier keeps what it computes of a picture in itself.
        with self._alone:
            rectangles = self._classifier.detectMultiScale(
                grey, scaleFactor=1.1, minNeighbors=neighbours, minSize=smallest
            )
        return [(int(x), int(y), int(width), int(height)) for x, y, width, height in rectangles]


class HaarFaces:
    """Two cascades for upright faces that look at the camera; only what both see counts."""

    def __init__(self) -> None:
        """
        :raises PluginUnavailable: this OpenCV comes without cascades.
        """
        self._cascades = [Cascade(name) for name in _FACES]

    def faces(self, rgb: RasterPixels) -> list[Face]:
        """The faces of a picture, the largest first."""
        grey, scale = small_grey(rgb, _LONGEST_SIDE)
        least = max(24, round(_SMALLEST * min(grey.shape)))
        first, second = (
            cascade.found(grey, (least, least), _NEIGHBOURS) for cascade in self._cascades
        )
        both = [one for one in first if any(overlap(one, other) > _SAME for other in second)]
        faces = [Face(x, y, x + width, y + height) for x, y, width, height in both]
        return largest_first(face.scaled(1 / scale) for face in faces)


def small_grey(rgb: RasterPixels, longest_side: int) -> tuple[NDArray[np.uint8], float]:
    """A grey copy that is no larger than the picture, and its scale."""
    scale = min(1.0, longest_side / max(rgb.shape[:2]))
    return grey_scaled(rgb, scale), scale


def grey_scaled(rgb: RasterPixels, scale: float) -> NDArray[np.uint8]:
    """A grey copy that is so many times as large."""
    import cv2

    size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
    grey = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    kernel = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(grey, size, interpolation=kernel), np.uint8)


def overlap(one: Rectangle, other: Rectangle) -> float:
    """Intersection over union of two rectangles."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(0, width) * max(0, height)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)

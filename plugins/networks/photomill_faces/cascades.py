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

_PROPOSES = "haarcascade_frontalface_alt2"
_CONFIRM = ("haarcascade_frontalface_default", "haarcascade_frontalface_alt")
_LONGEST_SIDE = 640
_ENLARGED = 2.0
"""How many times a small image is enlarged at most."""
_SMALLEST = 0.06
"""Face, of the image's shorter side."""
_NEIGHBOURS = 2
"""Few: what one cascade takes for a face, others must confirm."""
_CONFIRMED = 2
"""Of three looks: two cascades, and the first one again with the contrast evened out."""
_ROOM = 0.4
"""Around a face that is to be confirmed, of its size."""
_SAME = 0.35


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
        return [box for box, _ in self.counted(grey, smallest, neighbours)]

    def counted(
        self, grey: NDArray[np.uint8], smallest: tuple[int, int], neighbours: int
    ) -> list[tuple[Rectangle, int]]:
        """What it finds, and how many of its windows agree on each."""
        if grey.shape[0] < smallest[1] or grey.shape[1] < smallest[0]:
            return []
        # A classifier keeps what it computes of an image in itself.
        with self._alone:
            rectangles, counts = self._classifier.detectMultiScale2(
                grey, scaleFactor=1.1, minNeighbors=neighbours, minSize=smallest
            )
        return [
            ((int(x), int(y), int(width), int(height)), int(count))
            for (x, y, width, height), count in zip(rectangles, counts, strict=True)
        ]


class HaarFaces:
    """Cascades for upright faces that look at the camera: one proposes, and two of three looks must confirm."""

    def __init__(self) -> None:
        """
        :raises PluginUnavailable: this OpenCV comes without cascades.
        """
        self._proposes = Cascade(_PROPOSES)
        self._confirm = [Cascade(name) for name in _CONFIRM]

    def faces(self, rgb: RasterPixels) -> list[Face]:
        """The faces of an image, the largest first."""
        scale = min(_ENLARGED, _LONGEST_SIDE / max(rgb.shape[:2]))
        grey = grey_scaled(rgb, scale)
        least = max(24, round(_SMALLEST * min(grey.shape)))
        proposed = self._proposes.counted(grey, (least, least), _NEIGHBOURS)
        if not proposed:
            return []
        even = _evened(grey)
        found = [
            Face(x, y, x + width, y + height, confidence=count / (count + 1))
            for (x, y, width, height), count in proposed
            if self._confirmed(grey, even, (x, y, width, height))
        ]
        return largest_first(face.scaled(1 / scale) for face in found)

    def _confirmed(self, grey: NDArray[np.uint8], even: NDArray[np.uint8], box: Rectangle) -> bool:
        looks = [(cascade, grey) for cascade in self._confirm] + [(self._proposes, even)]
        return sum(_sees(cascade, picture, box) for cascade, picture in looks) >= _CONFIRMED


def _sees(cascade: Cascade, grey: NDArray[np.uint8], box: Rectangle) -> bool:
    """Whether a cascade finds a face where another one did; only there is looked."""
    x, y, width, height = box
    room = round(_ROOM * width)
    left, top = max(0, x - room), max(0, y - room)
    part = np.ascontiguousarray(grey[top : y + height + room, left : x + width + room])
    least = max(20, round(width / 2))
    found = cascade.found(part, (least, least), _NEIGHBOURS)
    return any(overlap((a + left, b + top, c, d), box) > _SAME for a, b, c, d in found)


def _evened(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import cv2

    return np.asarray(cv2.createCLAHE(2.0, (8, 8)).apply(grey), np.uint8)


def small_grey(rgb: RasterPixels, longest_side: int) -> tuple[NDArray[np.uint8], float]:
    """A grey copy that is no larger than the image, and its scale."""
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

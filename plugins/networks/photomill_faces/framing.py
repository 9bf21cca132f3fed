"""Windows that faces are seen in."""

import math
from collections.abc import Sequence

from attrs import frozen

from photomill_faces.faces import Face

_ROOM = 0.4
"""Around a face, of its size: hair, chin and shoulders."""
_TRIED = 24
"""So many faces, the largest, say where windows are tried."""
_COUNTS = 0.2
"""Of the area of the largest face: a smaller one is somebody in the background, or none."""


@frozen
class Span:
    """What a face takes of an axis.

    :ivar weight: how much it matters that it is seen.
    """

    first: float
    last: float
    weight: float

    def seen(self, start: float, length: float) -> float:
        """Its share that is in a window."""
        shared = min(self.last, start + length) - max(self.first, start)
        return max(0.0, shared) / max(self.last - self.first, 1e-6)


def best_start(spans: Sequence[Span], length: int, available: int) -> int:
    """Where a window begins along one axis: over as much of the faces as can be, with them in its middle.

    :param length: of the window, in pixels; ``available`` of the image.
    """
    centres = [
        (min(one.first, other.first) + max(one.last, other.last)) / 2
        for one in spans[:_TRIED]
        for other in spans[:_TRIED]
    ]
    starts = [min(max(0, round(centre - length / 2)), available - length) for centre in centres]
    if not starts:
        return (available - length) // 2
    # Half a face is worth less than half of one.
    return max(
        starts,
        key=lambda start: sum(span.weight * span.seen(start, length) ** 2 for span in spans),
    )


def across(face: Face) -> Span:
    """What a face takes of a row of pixels, with room around it."""
    return _span(face.left, face.right, face)


def down(face: Face) -> Span:
    """What a face takes of a column of pixels, with room around it."""
    return _span(face.top, face.bottom, face)


def bounds(spans: Sequence[Span], length: int, available: int) -> tuple[int, int]:
    """Between which starts a window holds all of the faces that count, or as much of them as can be.

    :param spans: of the faces, the largest first.
    :returns: the first and the last start, 0 to ``available - length``; all of them where there is no face.
    """
    latest = available - length
    if not spans:
        return 0, latest
    counting = [span for span in spans if span.weight >= _COUNTS * spans[0].weight]
    first = max(0.0, min(span.first for span in counting))
    last = min(float(available), max(span.last for span in counting))
    if last - first > length:
        start = best_start(counting, length, available)
        return start, start
    lowest = min(max(0, math.ceil(last - length)), latest)
    highest = min(max(0, math.floor(first)), latest)
    return min(lowest, highest), highest


def _span(first: float, last: float, face: Face) -> Span:
    room = _ROOM * (last - first)
    return Span(first - room, last + room, face.width * face.height)

"""Reading lines: what the network says of each step along a line, and the text that follows from it.

A. Graves et al., "Connectionist Temporal Classification", ICML 2006: each step is a character or none, and one
character may take several steps.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from photomill.plugin import RasterPixels
from photomill_ocr.detecting import prepared
from photomill_ocr.lines import TextBox
from photomill_ocr.spacing import with_spaces

Steps = NDArray[np.float32]
"""Of shape (steps, characters): how likely each character is at each step, the first one being none."""

HEIGHT = 48
"""Of a line, as the network takes it."""

_NARROWEST = 320
_WIDEST = 3200
_ROUNDED = 64
_AT_ONCE = 8
_UPRIGHT = 1.5
"""A box that is so many times as high as wide holds a line from top to bottom."""


@frozen
class Reading:
    """What a line says.

    :ivar confidence: the mean over its characters, 0 to 1.
    :ivar steps: the first and the last one of each character.
    """

    text: str
    confidence: float
    steps: Sequence[tuple[int, int]] = field(default=(), repr=False)


NOTHING = Reading("", 0.0)


class TextRecogniser:
    """The network that reads lines, open; may be asked by many threads at once."""

    def __init__(self, session: Any) -> None:
        """
        :param session: an ``onnxruntime.InferenceSession``; the model's metadata hold its characters, a line each.
        :raises ValueError: they do not.
        """
        self._session = session
        self._input = session.get_inputs()[0].name
        characters = session.get_modelmeta().custom_metadata_map.get("character", "")
        if not characters:
            raise ValueError("the model that reads text does not say which characters it knows")
        self._characters = ["", *characters.splitlines(), " "]

    def read(self, rgb: RasterPixels, boxes: Sequence[TextBox]) -> list[Reading]:
        """What stands in boxes, in their order."""
        crops = [line_of(rgb, box) for box in boxes]
        widths = [0 if crop is None else _rounded(crop.shape[1]) for crop in crops]
        readings = [NOTHING] * len(boxes)
        # Lines of one width are read together: what is padded changes nothing.
        order = [place for place in np.argsort(widths, kind="stable").tolist() if widths[place]]
        start = 0
        while start < len(order):
            width = widths[order[start]]
            some = [place for place in order[start : start + _AT_ONCE] if widths[place] == width]
            batch = np.zeros((len(some), 3, HEIGHT, width), np.float32)
            for number, place in enumerate(some):
                crop = crops[place]
                assert crop is not None  # it has a width
                batch[number, :, :, : crop.shape[1]] = prepared(crop)[0]
            answers = self._session.run(None, {self._input: batch})[0]
            for place, steps in zip(some, answers, strict=True):
                reading = decoded(steps, self._characters)
                crop = crops[place]
                assert crop is not None  # as above
                readings[place] = _spaced(reading, crop, width / len(steps))
            start += len(some)
        return readings


def decoded(steps: Steps, characters: Sequence[str]) -> Reading:
    """The likeliest character of each step; what is repeated, and what is none, is left out.

    :param characters: the first of them is none.
    """
    likeliest = steps.argmax(axis=1)
    kept = likeliest != 0
    kept[1:] &= likeliest[1:] != likeliest[:-1]
    if not kept.any():
        return NOTHING
    text = "".join(characters[each] for each in likeliest[kept].tolist())
    ends = np.append(np.flatnonzero(likeliest[1:] != likeliest[:-1]), len(likeliest) - 1)
    first = np.flatnonzero(kept)
    last = ends[np.searchsorted(ends, first)]
    spans = list(zip(first.tolist(), last.tolist(), strict=True))
    return Reading(text, float(steps[kept, likeliest[kept]].mean()), spans)


def _spaced(reading: Reading, line: RasterPixels, step: float) -> Reading:
    """A reading with the spaces that the line shows.

    :param step: how many pixels of the line one is.
    """
    if len(reading.text) != len(reading.steps):
        return reading  # Some character of the network is written with more than one.
    spans = [((first + 0.5) * step, (last + 0.5) * step) for first, last in reading.steps]
    return evolve(reading, text=with_spaces(reading.text, spans, line))


def line_of(rgb: RasterPixels, box: TextBox) -> RasterPixels | None:
    """A line laid level, 48 pixels high; None of a box with nothing in it."""
    import cv2

    width, height = round(box.width), round(box.height)
    if min(width, height) < 2:
        return None
    corners = box.corners
    if height >= _UPRIGHT * width:
        # Letters lie on their side: the left edge becomes the lower one.
        corners, width, height = np.roll(corners, -1, axis=0), height, width
    across = int(np.clip(np.ceil(HEIGHT * width / height), 1, _WIDEST))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    level = cv2.warpPerspective(
        np.ascontiguousarray(rgb),
        matrix,
        (width, height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(cv2.resize(level, (across, HEIGHT)), np.uint8)


def _rounded(width: int) -> int:
    return max(_NARROWEST, -(-width // _ROUNDED) * _ROUNDED)

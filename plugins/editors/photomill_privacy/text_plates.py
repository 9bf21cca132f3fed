"""Blurring the number plates that are found by what is written on them."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from attrs import field, frozen, validators

from photomill.plugin import OpenContext, RasterPixels
from photomill_faces.cascades import Rectangle, Rectangles
from photomill_ocr.lines import TextBox
from photomill_ocr.model import OCR, open_detector, open_recogniser
from photomill_privacy.blur_plates import BlurPlates, PlateDetector
from photomill_privacy.plates import ClassicalPlates, distinct

_NO_CHARACTER = re.compile(r"[^A-Z0-9]")
_LENGTHS = range(4, 10)
"""Characters of a plate."""
_HALF = range(1, 7)
"""Of a line of a plate of two."""
_FOREIGN = 0.34
"""Of what is read, at most, by what no plate has: small letters, and signs of other scripts."""
_ASPECT = (1.6, 11.0)
"""Width by height of the box of a plate's line; half of one may be narrower."""
_HALF_ASPECT = 0.7
_LIKE_HEIGHT = 1.7
_APART = 1.9
"""Between the middles of the two lines of one plate, of the higher one's height."""
_READABLE = 0.4
_ENLARGED = 2.0
"""How much larger than the image the copy may be."""


@frozen
class TextPlatesOptions:
    """
    :ivar longest_side: of the copy in which text is looked for, in pixels.
    """

    longest_side: int = field(default=1600, validator=validators.ge(320))


class TextPlates(BlurPlates):
    """Blurs short texts of capital letters and digits that have the shape of a plate, and what :class:`BlurPlates` finds.

    It goes by what is written and by no country's design.
    """

    name = "text_plates"
    rank = 10
    engine = "ocr, cascades and contours"
    requires: ClassVar[tuple[str, ...]] = ("cv2", "onnxruntime")
    extra = "opencv-contrib-python-headless"
    models = (OCR,)
    Options = TextPlatesOptions

    def _open_detector(self, context: OpenContext) -> PlateDetector:
        return _Joined(
            ClassicalPlates(), WrittenPlates(context.models_dir, self.options.longest_side)
        )


@frozen(eq=False)
class _Line:
    """A line of text that may be of a plate.

    :ivar characters: capital letters and digits.
    """

    box: TextBox
    characters: str


class WrittenPlates:
    """Finds plates by what is written on them."""

    def __init__(self, models_dir: Path | None, longest_side: int) -> None:
        """
        :raises PluginUnavailable: the model was not added, or is damaged.
        """
        self._detector = open_detector(models_dir)
        self._recogniser = open_recogniser(models_dir)
        self._longest_side = longest_side

    def plates(self, rgb: RasterPixels) -> Rectangles:
        scale = min(_ENLARGED, self._longest_side / max(rgb.shape[:2]))
        boxes = self._detector.boxes(rgb, scale)
        shaped = [box for box in boxes if box.width >= _HALF_ASPECT * box.height]
        lines = [
            _Line(box, characters)
            for box, reading in zip(shaped, self._recogniser.read(rgb, shaped), strict=True)
            if reading.confidence >= _READABLE
            if (characters := _characters(reading.text))
        ]
        return distinct([_around([line.box for line in some]) for some in _plates(lines)])


@frozen(eq=False)
class _Joined:
    """What either of two detectors finds."""

    one: PlateDetector
    other: PlateDetector

    def plates(self, rgb: RasterPixels) -> Rectangles:
        return distinct([*self.one.plates(rgb), *self.other.plates(rgb)])


def _plates(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    """Lines, and pairs of them one below the other, that can be plates."""
    paired: set[int] = set()
    for one, upper in enumerate(lines):
        for other, lower in enumerate(lines):
            if _belong_together(upper, lower) and _is_plate(upper.characters + lower.characters):
                paired |= {one, other}
                yield [upper, lower]
    for number, line in enumerate(lines):
        shaped = _ASPECT[0] <= line.box.width / max(line.box.height, 1.0) <= _ASPECT[1]
        if number not in paired and shaped and _is_plate(line.characters):
            yield [line]


def _is_plate(characters: str) -> bool:
    return len(characters) in _LENGTHS and any(each.isdigit() for each in characters)


def _belong_together(upper: _Line, lower: _Line) -> bool:
    """Whether two lines stand as those of one plate do."""
    one, other = upper.box, lower.box
    high, low = max(one.height, other.height), min(one.height, other.height)
    across, down = (b - a for a, b in zip(one.middle, other.middle, strict=True))
    return (
        len(upper.characters) in _HALF
        and len(lower.characters) in _HALF
        and high <= _LIKE_HEIGHT * low
        and 0.5 * high < down <= _APART * high
        and abs(across) <= 0.35 * max(one.width, other.width)
    )


def _characters(text: str) -> str:
    """The capital letters and digits of a text; empty where much of it is something else."""
    written = re.sub(r"[\s·•.:,\-–—|'°]", "", text)
    characters = _NO_CHARACTER.sub("", written)
    foreign = len(written) - len(characters)
    return characters if foreign <= _FOREIGN * len(written) else ""


def _around(boxes: Sequence[TextBox]) -> Rectangle:
    left = min(float(box.corners[:, 0].min()) for box in boxes)
    top = min(float(box.corners[:, 1].min()) for box in boxes)
    right = max(float(box.corners[:, 0].max()) for box in boxes)
    bottom = max(float(box.corners[:, 1].max()) for box in boxes)
    return int(left), int(top), max(1, round(right - left)), max(1, round(bottom - top))

"""The text reader suite fails for readers that are broken, each in its own way."""

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from photomill.components import NoOptions, TextLine, TextReader
from photomill.errors import PluginError
from photomill.images.image import Image
from photomill.testing import TextReaderContract
from photomill.testing.text_reader import Page


class Bars(TextReader):
    """Correct: a line is a dark bar, and says how long it is in pixels."""

    name = "bars"

    def _read(self, image: Image) -> Sequence[TextLine]:
        height, width = image.pixels.shape[:2]
        dark = image.pixels.mean(axis=2) < 100
        if not dark.any() or dark.all():
            return []
        rows = np.flatnonzero(dark.any(axis=1))
        found = []
        for bar in np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1):
            columns = np.flatnonzero(dark[bar[0]])
            left, long = int(columns[0]), len(columns)
            top, tall = int(bar[0]), len(bar)
            place = (left / width, top / height, long / width, tall / height)
            found.append(TextLine(str(long), 1.0, *place))
        return found


class BottomUp(Bars):
    def _read(self, image: Image) -> Sequence[TextLine]:
        return list(reversed(super()._read(image)))


class WholeImage(Bars):
    def _read(self, image: Image) -> Sequence[TextLine]:
        return [evolve(line, height=0.01) for line in super()._read(image)]


class SeesThings(Bars):
    def _read(self, image: Image) -> Sequence[TextLine]:
        return [*super()._read(image), TextLine("boo", 0.9, 0.0, 0.0, 0.1, 0.1)]


class NeedsRoom(Bars):
    def _read(self, image: Image) -> Sequence[TextLine]:
        assert min(image.pixels.shape[:2]) >= 32
        return super()._read(image)


class Doubts(Bars):
    def _read(self, image: Image) -> Sequence[TextLine]:
        sure = float(np.random.default_rng().random())
        return [evolve(line, confidence=sure) for line in super()._read(image)]


class KeepsTheImageOnItself(Bars):
    def _read(self, image: Image) -> Sequence[TextLine]:
        self._image = image
        threading.Event().wait(0.01)
        return super()._read(self._image)


class WritesIntoItsInput(Bars):
    def _read(self, image: Image) -> Sequence[TextLine]:
        lines = super()._read(image)
        image.pixels[:] = 0
        return lines


BROKEN: dict[str, tuple[type[Bars], tuple[Any, ...]]] = {
    "test_lines_are_read_from_top_to_bottom": (BottomUp, ("page",)),
    "test_boxes_are_around_the_lines": (WholeImage, ("page",)),
    "test_nothing_is_read_where_nothing_is_written": (SeesThings, ()),
    "test_images_of_every_size_are_taken": (NeedsRoom, ((3, 500),)),
    "test_the_same_image_gives_the_same_lines": (Doubts, ("page",)),
    "test_threads_do_not_disturb_each_other": (KeepsTheImageOnItself, ("page",)),
    "test_its_input_is_not_changed": (WritesIntoItsInput, ("page",)),
}


def bars() -> Page:
    pixels = np.full((120, 200, 3), 240, np.uint8)
    pixels[20:40, 30:180] = pixels[70:90, 20:110] = 0
    return Image.from_pixels(pixels), ("150", "90")


class TestBars(TextReaderContract):
    @pytest.fixture
    def reader(self) -> TextReader:
        return Bars(NoOptions())

    @pytest.fixture
    def page(self) -> Page:
        return bars()


@pytest.mark.parametrize("test", BROKEN)
def test_what_is_broken_fails(test: str) -> None:
    reader, given = BROKEN[test]
    arguments = [bars() if each == "page" else each for each in given]
    with pytest.raises((AssertionError, PluginError, pytest.fail.Exception)):
        getattr(TextReaderContract(), test)(reader(NoOptions()), *arguments)


def test_every_test_of_the_suite_can_fail() -> None:
    assert {name for name in dir(TextReaderContract) if name.startswith("test_")} == set(BROKEN)


@pytest.mark.parametrize(
    "line",
    [
        TextLine("", 0.5, 0.1, 0.1, 0.2, 0.1),
        TextLine("x", 1.5, 0.1, 0.1, 0.2, 0.1),
        TextLine("x", 0.5, 0.9, 0.1, 0.2, 0.1),
        TextLine("x", 0.5, 0.1, -0.1, 0.2, 0.2),
        TextLine("x", 0.5, 0.1, 0.1, 0.0, 0.1),
    ],
)
def test_lines_that_are_none_are_refused(line: TextLine) -> None:
    class Wrong(Bars):
        def _read(self, image: Image) -> Sequence[TextLine]:
            return [line]

    with pytest.raises(PluginError, match="the reader 'bars' returned"):
        Wrong(NoOptions()).read(bars()[0])

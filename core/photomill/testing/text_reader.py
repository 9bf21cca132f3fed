"""What every text reader must do."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pytest

from photomill.components import TextReader
from photomill.images.image import Image

PRINTED = ("HARBOUR", "LANTERN 27")

Page = tuple[Image, Sequence[str]]


class TextReaderContract:
    """Derive from this and fill :meth:`reader`::

    class TestMine(TextReaderContract):
        @pytest.fixture
        def reader(self, open_component):
            return open_component(Mine)
    """

    @pytest.fixture
    def reader(self) -> TextReader:
        """An open reader."""
        raise pytest.UsageError(f"{type(self).__name__} must define the fixture 'reader'")

    @pytest.fixture
    def page(self) -> Page:
        """An image with lines, and what they say from top to bottom: printed capitals, unless you say otherwise."""
        return printed(PRINTED), PRINTED

    def test_lines_are_read_from_top_to_bottom(self, reader: TextReader, page: Page) -> None:
        image, expected = page
        found = [_without_spaces(line.text) for line in reader.read(image)]
        assert found == [_without_spaces(text) for text in expected]

    def test_boxes_are_around_the_lines(self, reader: TextReader, page: Page) -> None:
        height, width = page[0].pixels.shape[:2]
        luma = page[0].pixels.mean(axis=2)
        ink = np.abs(luma - np.median(luma)) > 64
        covered = np.zeros_like(ink)
        for line in reader.read(page[0]):
            rows = slice(round(line.top * height), round((line.top + line.height) * height))
            columns = slice(round(line.left * width), round((line.left + line.width) * width))
            assert ink[rows, columns].any()
            covered[rows, columns] = True
        assert (covered & ink).sum() > 0.9 * ink.sum()

    def test_nothing_is_read_where_nothing_is_written(self, reader: TextReader) -> None:
        assert reader.read(Image.from_pixels(np.full((240, 320, 3), 200, np.uint8))) == []

    @pytest.mark.parametrize("size", [(1, 1), (3, 500), (500, 3)])
    def test_images_of_every_size_are_taken(
        self, reader: TextReader, size: tuple[int, int]
    ) -> None:
        assert reader.read(Image.from_pixels(np.zeros((*size, 3), np.uint8))) == []

    def test_the_same_image_gives_the_same_lines(self, reader: TextReader, page: Page) -> None:
        assert reader.read(page[0]) == reader.read(page[0])

    def test_threads_do_not_disturb_each_other(self, reader: TextReader, page: Page) -> None:
        turned = Image.from_pixels(np.full_like(page[0].pixels, 200))
        images = [page[0], turned] * 3
        alone = [reader.read(image) for image in images[:2]] * 3
        with ThreadPoolExecutor(len(images)) as pool:
            assert list(pool.map(reader.read, images)) == alone

    def test_its_input_is_not_changed(self, reader: TextReader, page: Page) -> None:
        before = page[0].pixels.copy()
        reader.read(page[0])
        assert np.array_equal(page[0].pixels, before)


def printed(lines: Sequence[str]) -> Image:
    """Lines in black on white, one below the other."""
    image = PIL.Image.new("RGB", (480, 40 + 80 * len(lines)), (255, 255, 255))
    draw = PIL.ImageDraw.Draw(image)
    for place, line in enumerate(lines):
        font = PIL.ImageFont.load_default(size=44)
        draw.text((40, 30 + 80 * place), line, font=font, fill=(0, 0, 0))
    return Image.from_pixels(np.asarray(image))


def _without_spaces(text: str) -> str:
    return "".join(text.split())

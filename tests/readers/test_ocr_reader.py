"""The reader passes the suite that plugin authors use, and reads what is hard to read too."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from photomill.components import OpenContext, TextReader
from photomill.config.settings import FetchSettings
from photomill.errors import PluginUnavailable
from photomill.images.image import Image
from photomill.testing import TextReaderContract
from photomill_ocr_reader import OcrReader

Open = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("ocr_models")


class TestOcrReader(TextReaderContract):
    @pytest.fixture
    def reader(self, open_component: Open) -> TextReader:
        opened: TextReader = open_component(OcrReader)
        return opened


def written(text: str, *, size: int, tilt: float = 0.0) -> Image:
    image = Pillow.new("RGB", (700, 500), (236, 232, 220))
    font = ImageFont.load_default(size=size)
    ImageDraw.Draw(image).text((350, 250), text, font=font, fill=(40, 30, 60), anchor="mm")
    turned = image.rotate(tilt, Pillow.Resampling.BICUBIC, fillcolor=(236, 232, 220))
    return Image.from_pixels(np.asarray(turned))


@pytest.mark.parametrize(("size", "tilt"), [(18, 0.0), (40, 8.0), (90, -12.0), (40, -90.0)])
def test_small_large_tilted_and_turned_lines_are_read(
    open_component: Open, size: int, tilt: float
) -> None:
    (line,) = open_component(OcrReader).read(written("LIGHTHOUSE", size=size, tilt=tilt))

    assert line.text == "LIGHTHOUSE"
    assert line.confidence > 0.9


def test_what_is_unsure_is_left_out(open_component: Open) -> None:
    noise = np.random.default_rng(2).integers(0, 256, (300, 400, 3), dtype=np.uint8)

    assert open_component(OcrReader).read(Image.from_pixels(noise)) == []
    assert open_component(OcrReader, confidence=1.0).read(written("quay", size=40)) == []


def test_without_its_model_the_command_is_named(tmp_path: Path) -> None:
    context = OpenContext("main", tmp_path, FetchSettings(), models_dir=tmp_path)
    with pytest.raises(PluginUnavailable, match="photomill models add ocr"):
        OcrReader(OcrReader.Options()).open(context)

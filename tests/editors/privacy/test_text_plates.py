"""Plates are found by what is written on them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from photomill.components import OpenContext
from photomill.config.settings import FetchSettings
from photomill.editing.parameters import BlurCarPlate
from photomill.errors import PluginUnavailable
from photomill.images.raster import Raster, RasterPixels
from photomill_privacy import BlurPlates, TextPlates
from photomill_privacy.blur_plates import NO_PLATE
from photomill_privacy.text_plates import WrittenPlates

from .conftest import Apply
from .scenes import parked, wall

pytestmark = pytest.mark.usefixtures("ocr_models")


@pytest.fixture(scope="module")
def detector(ocr_models: Path) -> WrittenPlates:
    return WrittenPlates(ocr_models, 1600)


def street(
    lines: list[str], *, wide: int, tall: int, leaning: float = 0.0
) -> tuple[RasterPixels, tuple[int, int]]:
    """A sign on a wall, seen from the side, and its middle.

    :param leaning: how much less high its right side is, as a share.
    """
    sign = Image.new("RGB", (400, round(400 * tall / wide)), (244, 242, 235))
    draw = ImageDraw.Draw(sign)
    draw.rectangle((3, 3, sign.width - 4, sign.height - 4), outline=(20, 20, 20), width=4)
    room = sign.height / len(lines)
    for number, line in enumerate(lines):
        size = min(0.8 * room, 1.6 * 360 / max(len(line), 1))
        font = ImageFont.load_default(size=size)
        middle = (sign.width / 2, (number + 0.5) * room)
        draw.text(middle, line, font=font, fill=(20, 20, 24), anchor="mm")
    left, top = 300, 250
    shorter = leaning * tall / 2
    corners = [[left, top], [left + wide, top + shorter]]
    corners += [[left + wide, top + tall - shorter], [left, top + tall]]
    source = [[0, 0], [sign.width, 0], [sign.width, sign.height], [0, sign.height]]
    matrix = cv2.getPerspectiveTransform(
        np.array(source, np.float32), np.array(corners, np.float32)
    )
    image = wall(600, 900)
    pasted = cv2.warpPerspective(
        np.asarray(sign), matrix, (900, 600), dst=image.copy(), borderMode=cv2.BORDER_TRANSPARENT
    )
    return np.asarray(pasted, np.uint8), (left + wide // 2, top + tall // 2)


@pytest.mark.parametrize("wide", [70, 160])
@pytest.mark.parametrize("leaning", [0.0, 0.25])
@pytest.mark.parametrize("text", ["KN7 XHE4", "ZG 204917", "AB12 CDE", "483 0912"])
def test_plates_seen_from_the_side_are_found(
    detector: WrittenPlates, text: str, leaning: float, wide: int
) -> None:
    rgb, (column, row) = street([text], wide=wide, tall=wide // 4, leaning=leaning)

    ((left, top, width, height),) = detector.plates(rgb)

    assert left < column < left + width
    assert top < row < top + height
    assert 0.7 * wide < width < 1.4 * wide


def test_two_lines_are_one_plate(detector: WrittenPlates) -> None:
    rgb, (column, row) = street(["KN7", "0481"], wide=130, tall=100)

    ((left, top, width, height),) = detector.plates(rgb)

    assert left < column < left + width
    assert top < row - 20 < row + 20 < top + height


@pytest.mark.parametrize(
    "lines", [["open today"], ["EXIT"], ["KN7"], ["4711 08154711 11"], ["Hollow Lane 12"]]
)
def test_other_texts_are_no_plates(detector: WrittenPlates, lines: list[str]) -> None:
    rgb, _ = street(lines, wide=180, tall=45)

    assert detector.plates(rgb) == []


def test_nothing_is_found_where_nothing_is_written(detector: WrittenPlates) -> None:
    for pixels in (wall(), wall(1, 1), wall(3, 500), np.zeros((300, 400, 3), np.uint8)):
        assert detector.plates(pixels) == []


def test_plates_become_unreadable_and_the_rest_stays(
    apply: Apply, open_component: Callable[..., Any], detector: WrittenPlates
) -> None:
    given = parked()

    after, notes = apply(
        open_component(TextPlates), Raster.from_pixels(given.rgb), BlurCarPlate(True)
    )

    assert notes == []
    assert detector.plates(given.rgb)
    assert detector.plates(after.pixels) == []
    assert np.array_equal(after.pixels[:200], given.rgb[:200])


def test_it_finds_no_less_than_the_engine_without_a_model(
    apply: Apply, open_component: Callable[..., Any]
) -> None:
    for given in (parked(dark=True), parked(lines=("KN7", "XHE4"))):
        raster = Raster.from_pixels(given.rgb)
        without, _ = apply(BlurPlates, raster, BlurCarPlate(True))
        after, _ = apply(open_component(TextPlates), raster, BlurCarPlate(True))
        changed = (without.pixels != given.rgb).any(axis=-1)
        assert (after.pixels != given.rgb).any(axis=-1)[changed].mean() > 0.95


def test_without_a_plate_the_image_stays(apply: Apply, open_component: Callable[..., Any]) -> None:
    after, notes = apply(open_component(TextPlates), Raster.from_pixels(wall()), BlurCarPlate(True))

    assert np.array_equal(after.pixels, wall())
    assert notes == [NO_PLATE]


def test_without_its_model_the_command_is_named(tmp_path: Path) -> None:
    operation = TextPlates(TextPlates.Options())
    with pytest.raises(PluginUnavailable, match="photomill models add ocr"):
        operation.open(OpenContext("plates", tmp_path, FetchSettings(), models_dir=tmp_path))


def test_a_damaged_model_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "ocr").mkdir()
    (tmp_path / "ocr" / "detection.onnx").write_bytes(b"damaged")
    with pytest.raises(PluginUnavailable, match="onnxruntime cannot open"):
        WrittenPlates(tmp_path, 1600)

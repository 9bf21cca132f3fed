"""Crops that keep the subject."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw

from photomill.components import EditContext
from photomill.editing.parameters import SmartCrop
from photomill.images.origin import Origin
from photomill.images.raster import Raster, RasterPixels
from photomill_background import SubjectCrop
from photomill_lite0 import weights

from .conftest import Apply
from .scenes import textured


def with_disc(pixels: RasterPixels, row: int, column: int, radius: int = 40) -> RasterPixels:
    rows, columns = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    result = pixels.copy()
    result[np.hypot(rows - row, columns - column) < radius] = (230, 120, 30)
    return result


def orange(pixels: RasterPixels) -> int:
    return int((pixels[:, :, :3] == (230, 120, 30)).all(axis=-1).sum())


@pytest.mark.parametrize("column", [60, 200, 340])
@pytest.mark.parametrize("ground", ["plain", "foliage"])
def test_the_subject_stays_in_the_window(apply: Apply, ground: str, column: int) -> None:
    base = np.full((300, 400, 3), 200, np.uint8) if ground == "plain" else textured(300, 400)
    given = with_disc(base, 150, column)
    after = apply(SubjectCrop, Raster.from_pixels(given), SmartCrop(150, 300))
    assert (after.width, after.height) == (150, 300)
    assert orange(after.pixels) > 0.9 * orange(given)


@pytest.mark.parametrize("row", [50, 350])
def test_it_goes_up_and_down_too(apply: Apply, row: int) -> None:
    given = with_disc(textured(400, 200), row, 100)
    after = apply(SubjectCrop, Raster.from_pixels(given), SmartCrop(200, 160))
    assert orange(after.pixels) > 0.9 * orange(given)


def test_where_nothing_stands_out_the_middle_is_kept(apply: Apply) -> None:
    given = np.full((60, 101, 3), 90, np.uint8)
    given[:, 50] = 91
    after = apply(SubjectCrop, Raster.from_pixels(given), SmartCrop(21, 60))
    assert after.pixels[0, 10, 0] == 91


def test_what_cannot_be_seen_does_not_count(apply: Apply) -> None:
    base = np.full((300, 400, 3), 200, np.uint8)
    given = with_disc(with_disc(base, 150, 60), 150, 340)
    alpha = np.full((300, 400, 1), 255, np.uint8)
    alpha[:, :200] = 0
    after = apply(SubjectCrop, Raster.from_pixels(np.dstack([given, alpha])), SmartCrop(120, 300))
    assert orange(after.pixels[after.pixels[:, :, 3] > 0][np.newaxis]) == orange(given[:, 200:])


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (5, 400)])
def test_tiny_pictures_are_cut(apply: Apply, size: tuple[int, int]) -> None:
    height, width = max(1, size[0] // 2), max(1, size[1] // 2)
    after = apply(SubjectCrop, Raster.from_pixels(textured(*size)), SmartCrop(width, height))
    assert (after.width, after.height) == (width, height)


def test_without_a_face_it_is_said(apply: Apply) -> None:
    notes: list[str] = []
    apply(SubjectCrop, Raster.from_pixels(textured()), SmartCrop(50, 50, "face"), notes=notes)
    assert "no face" in notes[0]


@pytest.mark.parametrize("left", [40, 560])
def test_on_a_screenshot_text_is_kept(apply: Apply, left: int) -> None:
    screen = Pillow.new("RGB", (1000, 400), "#eeeeee")
    draw = ImageDraw.Draw(screen)
    # A panel draws the eye, and says nothing.
    draw.rectangle((0, 0, 1000, 30), fill="#2255cc")
    for row in range(60, 380, 22):
        draw.text((left, row), "Invoices are paid within thirty days of receipt by", fill="black")
    given = np.asarray(screen)
    after = apply(SubjectCrop, Raster.from_pixels(given), SmartCrop(500, 400)).pixels
    ink = (given[40:] < 60).all(axis=-1).sum()
    assert (after[40:] < 60).all(axis=-1).sum() >= 0.98 * ink


@pytest.mark.parametrize("side", ["left", "right"])
def test_what_the_network_names_is_kept_where_other_things_stand_out_more(
    photographs: Mapping[str, Path], apply: Apply, side: str
) -> None:
    cat = Pillow.open(photographs["chelsea"]).convert("RGB").resize((300, 200))
    board = np.indices((200, 300)).sum(axis=0) // 20 % 2 * 255
    stripes = np.stack([board, 255 - board, np.zeros_like(board)], axis=-1).astype(np.uint8)
    parts = [np.asarray(cat), stripes]
    given = np.hstack(parts if side == "left" else parts[::-1])
    after = apply(SubjectCrop, Raster.from_pixels(given), SmartCrop(300, 200)).pixels
    loud = ((after[:, :, 2] == 0) & (after[:, :, 0] % 255 == 0)).sum()
    assert loud < 0.25 * after.shape[0] * after.shape[1]


def test_without_the_weights_it_is_said(
    monkeypatch: pytest.MonkeyPatch, open_component: Callable[..., Any]
) -> None:
    monkeypatch.setattr(weights, "PACKAGE", "no_such_package_here")
    operation = open_component(SubjectCrop)
    assert operation.engine == "saliency"
    notes: list[str] = []
    context = EditContext(Origin("png", 400, 300), notes=notes)
    given = with_disc(np.full((300, 400, 3), 200, np.uint8), 150, 60)
    after = operation.apply(Raster.from_pixels(given), SmartCrop(150, 300), context)
    assert orange(after.pixels) > 0.9 * orange(given)
    assert "no_such_package_here" in notes[0]

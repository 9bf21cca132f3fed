"""Crops that keep faces, and who does them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from photomill.components import EditContext
from photomill.editing.parameters import SmartCrop
from photomill.images.origin import Origin
from photomill.images.raster import Raster, RasterPixels
from photomill_faces.faces import Face
from photomill_faces.framing import Span, best_start
from photomill_faces.mtcnn import Mtcnn
from photomill_privacy import FaceCrop

from .conftest import Apply
from .scenes import portrait, wall


@pytest.mark.parametrize("centre", [0.2, 0.5, 0.8])
def test_the_face_is_in_the_middle(apply: Apply, centre: float) -> None:
    given = portrait(300, 900, centre=centre)
    after, notes = apply(FaceCrop, Raster.from_pixels(given.rgb), SmartCrop(300, 300, "face"))
    start = round(centre * 900 - 150)
    expected = given.rgb[:, max(0, start - 10) : start + 310]
    assert (after.width, after.height) == (300, 300)
    assert notes == []
    assert abs(after.pixels.mean() - expected[:, 10:-10].mean()) < 6


def test_pictures_without_faces_are_left_to_others(open_component: Callable[..., Any]) -> None:
    operation = open_component(FaceCrop)
    raster = Raster.from_pixels(wall())
    context = EditContext(Origin("png", raster.width, raster.height))
    assert operation.declines(raster, SmartCrop(50, 50, "face"), context) == "no face was found"
    assert operation.serves(SmartCrop(50, 50, "face"))
    assert not operation.serves(SmartCrop(50, 50, "attention"))
    face = Raster.from_pixels(portrait().rgb)
    assert operation.declines(face, SmartCrop(50, 50, "face"), context) == ""


def test_nothing_is_cut_where_the_size_fits(apply: Apply) -> None:
    given = Raster.from_pixels(portrait(200, 200).rgb)
    after, _ = apply(FaceCrop, given, SmartCrop(0, 0, "face"))
    assert np.array_equal(after.pixels, given.pixels)


def test_faces_are_looked_for_once(
    open_component: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []
    faces = Mtcnn.faces

    def counting(detector: Mtcnn, rgb: RasterPixels) -> list[Face]:
        looked.append(rgb.shape)
        return faces(detector, rgb)

    monkeypatch.setattr(Mtcnn, "faces", counting)
    operation = open_component(FaceCrop)
    raster = Raster.from_pixels(portrait(300, 900).rgb)
    context = EditContext(Origin("png", raster.width, raster.height))
    asked = SmartCrop(300, 300, "face")
    assert operation.declines(raster, asked, context) == ""
    assert operation.apply(raster, asked, context).width == 300
    assert looked == [(300, 900, 3)]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(40, 60)], 0),
        ([(140, 160)], 100),
        ([(380, 400)], 300),
        ([(100, 120), (180, 200)], 100),
        ([(0, 20), (250, 350)], 250),
        ([(150, 190), (200, 240), (300, 340)], 145),
    ],
)
def test_where_a_window_begins(spans: list[tuple[float, float]], expected: int) -> None:
    weighted = [Span(first, last, (last - first) ** 2) for first, last in spans]
    assert best_start(weighted, 100, 400) == expected

"""Smart crops of images with people: heads stay on."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photomill.components import EditContext, OpenContext
from photomill.config.settings import FetchSettings
from photomill.editing.parameters import SmartCrop
from photomill.images.origin import Origin
from photomill.images.raster import Raster, RasterPixels
from photomill_background import SubjectCrop
from photomill_faces.cascades import HaarFaces
from photomill_faces.faces import Face
from photomill_faces.framing import bounds, down
from photomill_faces.mtcnn import Mtcnn

EYES = (100, 125)
"""Rows of the astronaut's eyes and brows."""


def opened(models_dir: Path) -> SubjectCrop:
    operation = SubjectCrop(None)
    operation.open(OpenContext("crop", models_dir / "none", FetchSettings(), models_dir=models_dir))
    return operation


def padded(rgb: RasterPixels, above: int, below: int) -> RasterPixels:
    """The image between stripes, which draw the eye more than a face does."""
    return np.concatenate([stripes(above, rgb.shape[1]), rgb, stripes(below, rgb.shape[1])])


def stripes(height: int, width: int) -> RasterPixels:
    rows = np.zeros((height, width, 3), np.uint8)
    rows[:, ::2] = (255, 40, 0)
    return rows


@pytest.mark.parametrize("with_model", [False, True])
@pytest.mark.parametrize(("above", "below"), [(0, 300), (300, 0), (150, 150)])
def test_the_eyes_stay_in_the_crop(
    photographs: Mapping[str, Path],
    models_dir: Path,
    tmp_path: Path,
    with_model: bool,
    above: int,
    below: int,
) -> None:
    operation = opened(models_dir if with_model else tmp_path)
    assert isinstance(operation._detector, Mtcnn if with_model else HaarFaces)
    rgb = np.asarray(Image.open(photographs["astronaut"]).convert("RGB"))
    given = padded(rgb, above, below)
    raster = Raster.from_pixels(given)
    context = EditContext(Origin("png", raster.width, raster.height))
    after = operation.apply(raster, SmartCrop(512, 220), context).pixels
    (start,) = [
        top
        for top in range(given.shape[0] - 219)
        if np.array_equal(given[top], after[0]) and np.array_equal(given[top : top + 220], after)
    ]
    assert start <= EYES[0] + above
    assert EYES[1] + above <= start + 220


@given(
    faces=st.lists(
        st.tuples(st.integers(0, 900), st.integers(0, 900), st.integers(10, 300)), max_size=5
    ),
    length=st.integers(1, 1000),
)
def test_a_window_between_the_bounds_is_in_the_picture_and_holds_the_faces_that_fit(
    faces: list[tuple[int, int, int]], length: int
) -> None:
    found = sorted(
        (Face(x, y, x + side, y + side) for x, y, side in faces), key=lambda face: -face.width
    )
    spans = [down(face) for face in found]
    first, last = bounds(spans, length, 1000)
    assert 0 <= first <= last <= 1000 - length
    if not spans:
        assert (first, last) == (0, 1000 - length)
        return
    counting = [span for span in spans if span.weight >= 0.2 * spans[0].weight]
    top = max(0.0, min(span.first for span in counting))
    bottom = min(1000.0, max(span.last for span in counting))
    if bottom - top <= length - 1:
        assert last <= top
        assert bottom <= first + length


def test_pictures_without_faces_are_cut_as_before(open_component: Callable[..., Any]) -> None:
    pixels = stripes(300, 200)
    raster = Raster.from_pixels(pixels)
    context = EditContext(Origin("png", 200, 300))
    after = open_component(SubjectCrop).apply(raster, SmartCrop(200, 100), context)
    assert (after.width, after.height) == (200, 100)

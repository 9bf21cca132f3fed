"""What resizing and a canvas must do, whatever the image."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from photomill.components import EditOperation, NoOptions
from photomill.editing.parameters import Canvas, Resize
from photomill.errors import InvalidInput
from photomill.images.raster import Raster, RasterPixels
from photomill.testing.editor import draw_image, edited
from photomill_pillow_editor import PillowCanvas, PillowResizing

Operation = Callable[[Any], EditOperation]
PICTURES = arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3)))


def apply(kind: Operation, pixels: RasterPixels, parameters: Any) -> RasterPixels:
    return edited(kind(NoOptions()), Raster.from_pixels(pixels), parameters).pixels


@given(PICTURES, st.integers(1, 20), st.integers(1, 20))
@settings(max_examples=50)
def test_a_mirrored_picture_is_resized_to_the_mirrored_result(
    pixels: RasterPixels, width: int, height: int
) -> None:
    result = apply(PillowResizing, pixels, Resize(width, height))
    mirrored = apply(PillowResizing, pixels[::-1, ::-1], Resize(width, height))
    assert np.abs(result.astype(int) - mirrored[::-1, ::-1]).max() <= 1


@given(
    st.tuples(*[st.integers(0, 255)] * 3),
    st.integers(1, 30),
    st.integers(1, 30),
    st.integers(1, 255),
)
@settings(max_examples=50)
def test_what_is_invisible_never_shows(
    colour: tuple[int, int, int], width: int, height: int, alpha: int
) -> None:
    pixels = np.zeros((12, 16, 4), np.uint8)
    pixels[:, :, :3] = (255, 0, 255)
    pixels[3:9, 4:12] = (*colour, alpha)
    result = apply(PillowResizing, pixels, Resize(width, height))
    visible = result[:, :, 3] > 0
    assert np.abs(result[visible][:, :3].astype(int) - colour).max(initial=0) <= 1


def test_a_window_outside_of_the_picture_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not inside 10 x 10"):
        apply(PillowResizing, draw_image(20, 20).pixels, Resize(10, 10, 4, 0, 8, 8))


def test_what_lies_outside_of_the_ground_is_cut_off() -> None:
    result = apply(PillowCanvas, draw_image(20, 30).pixels, Canvas(10, 8, 4, 2, (1, 2, 3, 255)))
    assert result.shape == (8, 10, 3)
    assert np.array_equal(result[2:, 4:], draw_image(20, 30).pixels[:6, :6])
    assert (result[:2] == (1, 2, 3)).all()

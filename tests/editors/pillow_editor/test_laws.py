"""What resizing, tone, balance and sharpness must do, whatever the picture."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from photomill.components import EditOperation, NoOptions
from photomill.editing.parameters import Canvas, Hdr, Resize, Sharpness, Tone
from photomill.errors import InvalidInput
from photomill.images.raster import Raster, RasterPixels
from photomill.testing.editor import edited, picture
from photomill_pillow_editor import (
    PillowCanvas,
    PillowHdr,
    PillowResizing,
    PillowSharpness,
    PillowTone,
)

Operation = Callable[[Any], EditOperation]
PICTURES = arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3)))
AMOUNTS = st.integers(-100, 100)


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


@given(PICTURES, AMOUNTS)
@settings(max_examples=50)
def test_exposure_never_reverses_brightness(pixels: RasterPixels, exposure: int) -> None:
    result = apply(PillowTone, pixels, Tone(exposure)).astype(int)
    assert ((result >= pixels) if exposure > 0 else (result <= pixels)).all()


@given(AMOUNTS, AMOUNTS, AMOUNTS)
@settings(max_examples=50)
def test_black_and_grey_stay_free_of_colour(exposure: int, contrast: int, saturation: int) -> None:
    greys = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    result = apply(PillowTone, greys, Tone(exposure, contrast, saturation)).astype(int)
    assert np.ptp(result, axis=2).max() <= 1
    assert (np.diff(result[0, :, 0]) >= -1).all()


def test_no_saturation_is_grey() -> None:
    result = apply(PillowTone, picture(30, 40).pixels, Tone(saturation=-100)).astype(int)
    assert np.ptp(result, axis=2).max() <= 1


def test_contrast_spreads_and_gathers_about_the_mean() -> None:
    pixels = picture(30, 40).pixels
    spreads = [
        float(apply(PillowTone, pixels, Tone(contrast=contrast)).std())
        for contrast in (-100, -50, 0, 50, 100)
    ]
    assert spreads == sorted(spreads)
    assert spreads[0] < 3


@pytest.mark.parametrize("intensity", [30, 100])
def test_a_panorama_goes_on_meeting_itself(intensity: int) -> None:
    columns = np.arange(256)
    row = 127 + 100 * np.cos(columns / 256 * 2 * np.pi) + 20 * (columns % 2)
    pixels = np.repeat(np.broadcast_to(row, (64, 256))[:, :, None], 3, axis=2).astype(np.uint8)
    turned = np.roll(pixels, 100, axis=1)
    parameters = Hdr(intensity, stitching=True)
    result = apply(PillowHdr, pixels, parameters).astype(int)
    again = np.roll(apply(PillowHdr, turned, parameters), -100, axis=1)
    assert np.abs(result - again).max() <= 1


def test_hdr_lifts_shadows_and_lowers_highlights() -> None:
    pixels = np.full((64, 64, 3), 30, np.uint8)
    pixels[:, 32:] = 235
    result = apply(PillowHdr, pixels, Hdr(100))
    assert result[:, :16].mean() > 34
    assert result[:, 48:].mean() < 233


def test_sharpness_grows_with_its_amount() -> None:
    pixels = np.full((20, 20, 3), 90, np.uint8)
    pixels[:, 10:] = 150
    ranges = [np.ptp(apply(PillowSharpness, pixels, Sharpness(each))) for each in (0, 30, 60, 100)]
    assert ranges == sorted(set(ranges))
    assert ranges[-1] <= 60 + 2 * 40


def test_a_window_outside_of_the_picture_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not inside 10 x 10"):
        apply(PillowResizing, picture(20, 20).pixels, Resize(10, 10, 4, 0, 8, 8))


def test_what_lies_outside_of_the_ground_is_cut_off() -> None:
    result = apply(PillowCanvas, picture(20, 30).pixels, Canvas(10, 8, 4, 2, (1, 2, 3, 255)))
    assert result.shape == (8, 10, 3)
    assert np.array_equal(result[2:, 4:], picture(20, 30).pixels[:6, :6])
    assert (result[:2] == (1, 2, 3)).all()

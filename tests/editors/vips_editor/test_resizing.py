"""Resampling: sharp, exact in size, and without fringes."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photomill.components import EditOperation
from photomill.editing.parameters import Resize
from photomill.errors import ImageUnreadable, InvalidInput
from photomill.images.origin import Origin
from photomill.images.raster import Raster, RasterPixels
from photomill.testing.sample_images import encode, noise, quarters
from photomill_vips_editor import VipsResizing, resizing

Load = Callable[..., tuple[Raster, Origin]]
Apply = Callable[[type[EditOperation], Any, Any], Raster]

_FEW = settings(max_examples=25)


@pytest.mark.parametrize("size", [(400, 300), (1000, 750)])
def test_a_photograph_shrunk_on_load_is_as_good_as_one_decoded_whole(
    apply: Apply, load: Load, photograph_as_jpeg: bytes, size: tuple[int, int]
) -> None:
    twice = (2 * size[0], 2 * size[1])
    raster, origin = load(photograph_as_jpeg, "jpeg", twice)
    assert raster.width < origin.width
    found = apply(VipsResizing, raster, Resize(*size)).pixels
    whole = PIL.Image.open(io.BytesIO(photograph_as_jpeg))
    wanted = np.asarray(whole.resize(size, PIL.Image.Resampling.LANCZOS))
    assert _psnr(found, wanted) >= 48


@pytest.mark.parametrize("bands", [3, 4])
@pytest.mark.parametrize("most_in_memory", [50_000_000, 0])
def test_an_enlarged_photograph_lies_where_it_lay(
    apply: Apply,
    photograph: RasterPixels,
    bands: int,
    most_in_memory: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resizing, "_MOST_IN_MEMORY", most_in_memory)
    part = np.full((150, 200, bands), 255, np.uint8)
    part[:, :, :3] = photograph[::20, ::20]
    found = apply(VipsResizing, part, Resize(500, 375)).pixels
    wanted = PIL.Image.fromarray(part).resize((500, 375), PIL.Image.Resampling.LANCZOS)
    assert _psnr(found, np.asarray(wanted)) >= 38
    window = apply(VipsResizing, part, Resize(500, 375, 40, 30, 300, 200)).pixels
    assert np.array_equal(window, found[30:230, 40:340])


@_FEW
@given(width=st.integers(1, 300), height=st.integers(1, 300), bands=st.sampled_from([3, 4]))
def test_sizes_are_exact(apply: Apply, width: int, height: int, bands: int) -> None:
    pixels = np.full((67, 101, bands), 130, np.uint8)
    found = apply(VipsResizing, pixels, Resize(width, height)).pixels
    assert found.shape == (height, width, bands)
    assert np.abs(found.astype(int) - 130).max() <= 1


@pytest.mark.parametrize("size", [(30, 20), (200, 150)])
def test_invisible_colours_never_show(apply: Apply, size: tuple[int, int]) -> None:
    picture = np.zeros((60, 80, 4), np.uint8)
    picture[:, :] = (0, 255, 0, 0)
    picture[15:45, 20:60] = (200, 30, 40, 255)
    found = apply(VipsResizing, picture, Resize(*size)).pixels.astype(int)
    assert ((found[:, :, 3] > 8) & (found[:, :, 3] < 250)).any()
    # What counts is what is seen on a ground: faint colours may be rounded further.
    opacity = found[:, :, 3:] / 255
    shown = found[:, :, :3] * opacity
    assert np.abs(shown - np.array((200, 30, 40)) * opacity).max() <= 1.5


def test_a_window_is_cut_from_the_resampled_picture(apply: Apply) -> None:
    whole = apply(VipsResizing, noise(80, 60), Resize(40, 30)).pixels
    window = apply(VipsResizing, noise(80, 60), Resize(40, 30, 5, 7, 20, 10)).pixels
    assert np.array_equal(window, whole[7:17, 5:25])


@pytest.mark.parametrize("asked", [Resize(40, 30, 30, 0, 20, 10), Resize(40, 30, 0, 30, 0, 5)])
def test_a_window_outside_is_refused(apply: Apply, asked: Resize) -> None:
    with pytest.raises(InvalidInput, match="is not inside 40 x 30 pixels") as refused:
        apply(VipsResizing, noise(80, 60), asked)
    assert refused.value.path == "crop_width"


def test_it_says_when_the_file_turns_out_to_be_damaged(apply: Apply, load: Load) -> None:
    data = encode(noise(300, 200), "png")
    raster, _ = load(data[: len(data) // 2], "png")
    with pytest.raises(ImageUnreadable):
        _ = apply(VipsResizing, raster, Resize(30, 20)).pixels


def test_the_right_way_up_and_round(apply: Apply) -> None:
    found = apply(VipsResizing, quarters(640, 480), Resize(64, 48)).pixels
    assert np.abs(found[4:20, 4:28].astype(int) - quarters()[4:20, 4:28]).max() <= 1


def _psnr(found: RasterPixels, wanted: RasterPixels) -> float:
    error = np.square(found.astype(np.float64) - wanted).mean()
    return float(10 * np.log10(255**2 / error))

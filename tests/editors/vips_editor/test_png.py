"""PNG files that ISA-L deflates."""

import tracemalloc
from typing import Any, get_args

import cv2
import numpy as np
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from photomill.testing.sample_images import noise
from photomill_vips_editor import png

INTERPRETATIONS = {1: "b-w", 2: "b-w", 3: "srgb", 4: "srgb"}
DEEP = {"b-w": "grey16", "srgb": "rgb16"}
FILTERS = get_args(png.RowFilter)


@st.composite
def levels(draw: st.DrawFn) -> Any:
    """Pixels of 8 or 16 bits, more rows than are computed at once among them."""
    shape = draw(st.integers(1, 150)), draw(st.integers(1, 9)), draw(st.integers(1, 4))
    kind = draw(st.sampled_from([np.uint8, np.uint16]))
    return draw(st_numpy.arrays(kind, shape))


def image_of(pixels: Any) -> Any:
    interpretation = INTERPRETATIONS[pixels.shape[2]]
    if pixels.dtype == np.uint16:
        interpretation = DEEP[interpretation]
    return pyvips.Image.new_from_array(pixels, interpretation=interpretation)


@given(levels(), st.sampled_from(FILTERS))
def test_two_readers_find_the_same_pixels(pixels: Any, filter: png.RowFilter) -> None:
    file = png.write(image_of(pixels), filter)
    found = pyvips.Image.pngload_buffer(file, fail_on="warning")
    assert np.array_equal(found.numpy().reshape(pixels.shape), pixels)
    colours = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_UNCHANGED)
    assert colours is not None
    if pixels.shape[2] == 2:
        # OpenCV makes colours of grey with alpha.
        assert np.array_equal(colours[..., [0, 3]], pixels)
        return
    # Blue comes first there.
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[pixels.shape[2]]
    assert np.array_equal(colours.reshape(pixels.shape)[..., order], pixels)


@pytest.mark.parametrize("filter", FILTERS)
def test_photographs_take_no_more_than_libvips_needs(filter: png.RowFilter) -> None:
    grain = noise(600, 400).astype(np.float32) / 16
    soft = np.asarray(cv2.GaussianBlur(noise(600, 400, seed=1), (0, 0), 12), np.float32)
    image = image_of(np.clip(soft + grain, 0, 255).astype(np.uint8))
    assert len(png.write(image, filter)) < 1.03 * len(
        image.pngsave_buffer(compression=2, filter="avg")
    )


def test_the_profile_and_the_resolution_are_told() -> None:
    profile = bytes(pyvips.Operation.call("profile_load", "p3"))
    image = image_of(noise(8, 8)).copy(xres=300 / 25.4, yres=150 / 25.4)
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    found = pyvips.Image.pngload_buffer(png.write(image, "up"))
    assert found.get("icc-profile-data") == profile
    assert (found.xres, found.yres) == pytest.approx((300 / 25.4, 150 / 25.4), abs=0.001)


def test_only_some_rows_are_in_memory() -> None:
    image = pyvips.Image.black(8000, 8000, bands=3)
    tracemalloc.start()
    try:
        png.write(image, "average")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < image.width * image.height * image.bands / 8


def test_metadata_are_left_to_libvips() -> None:
    image = image_of(noise(8, 8))
    assert png.is_plain(image)
    image.set_type(pyvips.GValue.blob_type, "xmp-data", b"<x:xmpmeta/>")
    assert not png.is_plain(image)

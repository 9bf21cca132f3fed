"""JPEG files that libjpeg-turbo compresses."""

import io
from typing import Any, Literal

import numpy as np
import PIL.Image
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from photomill.plugin import Jpeg
from photomill.testing.sample_images import noise
from photomill_vips_editor import jpeg

PER_MILLIMETRE = 1 / 25.4


@st.composite
def levels(draw: st.DrawFn) -> Any:
    """Grey pixels, or those of colours."""
    shape = draw(st.integers(1, 40)), draw(st.integers(1, 40)), draw(st.sampled_from([1, 3]))
    return draw(st_numpy.arrays(np.uint8, shape))


def image_of(pixels: Any) -> Any:
    return pyvips.Image.new_from_array(
        pixels, interpretation="b-w" if pixels.shape[2] == 1 else "srgb"
    )


def opened(file: bytes) -> PIL.Image.Image:
    image = PIL.Image.open(io.BytesIO(file))
    image.load()
    return image


@given(levels(), st.integers(1, 100), st.booleans(), st.sampled_from(["4:4:4", "4:2:0"]))
def test_the_pixels_are_those_that_libvips_writes(
    pixels: Any, quality: int, progressive: bool, subsampling: Literal["4:4:4", "4:2:0"]
) -> None:
    image = image_of(pixels)
    file = jpeg.write(image, Jpeg(quality, progressive), subsampling)
    beside = image.jpegsave_buffer(
        Q=quality, interlace=progressive, subsample_mode="off" if subsampling == "4:4:4" else "on"
    )
    assert np.array_equal(np.asarray(opened(file)), np.asarray(opened(beside)))
    assert bool(opened(file).info.get("progressive")) is progressive


@pytest.mark.parametrize("progressive", [True, False])
def test_they_take_no_more_bytes_than_those_of_libvips(progressive: bool) -> None:
    image = image_of(noise(300, 200)).gaussblur(4)
    file = jpeg.write(image, Jpeg(85, progressive), "4:2:0")
    beside = image.jpegsave_buffer(
        Q=85, interlace=progressive, subsample_mode="on", optimize_coding=True, keep="none"
    )
    assert len(file) < 1.01 * len(beside) + 32


def test_the_profile_and_the_resolution_are_told() -> None:
    profile = bytes(pyvips.Operation.call("profile_load", "p3"))
    image = image_of(noise(8, 8)).copy(xres=300 * PER_MILLIMETRE, yres=300 * PER_MILLIMETRE)
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    image.set_type(pyvips.GValue.gstr_type, "resolution-unit", "in")
    found = opened(jpeg.write(image, Jpeg(), "4:2:0"))
    assert found.info["icc_profile"] == profile
    assert found.info["dpi"] == (300, 300)


def test_no_resolution_is_made_up() -> None:
    assert "dpi" not in opened(jpeg.write(image_of(noise(8, 8)), Jpeg(), "4:2:0")).info


@pytest.mark.parametrize(
    ("dpi", "is_plain"), [(72, True), (240.0, True), (72.5, False), (100_000, False)]
)
def test_a_resolution_is_plain_where_jfif_can_say_it(dpi: float, is_plain: bool) -> None:
    image = image_of(noise(8, 8)).copy(xres=dpi * PER_MILLIMETRE, yres=dpi * PER_MILLIMETRE)
    image.set_type(pyvips.GValue.gstr_type, "resolution-unit", "in")
    assert jpeg.is_plain(image) is is_plain


@pytest.mark.parametrize("name", ["exif-data", "xmp-data", "iptc-data"])
def test_metadata_are_left_to_libvips(name: str) -> None:
    image = image_of(noise(8, 8)).copy()
    image.set_type(pyvips.GValue.blob_type, name, b"something")
    assert not jpeg.is_plain(image)


def test_large_images_and_inks_are_left_to_libvips() -> None:
    assert not jpeg.is_plain(pyvips.Image.black(3000, 2000, bands=3))
    assert not jpeg.is_plain(pyvips.Image.black(8, 8, bands=4).copy(interpretation="cmyk"))

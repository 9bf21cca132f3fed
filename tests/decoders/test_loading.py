"""Images opened for editing: upright sRGB with alpha, and what their files say."""

from collections.abc import Callable
from typing import Any

import numpy as np
import PIL.Image
import pytest
from PIL import ImageCms

from photomill.components import Decoder
from photomill.config.settings import ImageSettings
from photomill.errors import ImageTooLarge, ImageUnreadable
from photomill.images.origin import Origin
from photomill.images.raster import Raster
from photomill.testing.sample_images import COLOURS, corners, encode, noise, quarters, stored_for
from photomill_pillow_decoder import PillowDecoder
from photomill_vips_decoder import VipsDecoder

Load = Callable[..., tuple[Raster, Origin]]
LIMITS = ImageSettings()


@pytest.fixture(params=[VipsDecoder, PillowDecoder])
def load(
    request: pytest.FixtureRequest, open_component: Callable[[type[Decoder]], Decoder]
) -> Load:
    decoder = open_component(request.param)
    return lambda data, format, size=None, limits=LIMITS: decoder.load(data, format, size, limits)


@pytest.fixture
def load_with_vips(open_component: Callable[[type[Decoder]], Decoder]) -> Load:
    decoder = open_component(VipsDecoder)
    return lambda data, format, size=None, limits=LIMITS: decoder.load(data, format, size, limits)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "tiff"])
def test_pictures_are_upright(load: Load, format: str, orientation: int) -> None:
    data = encode(stored_for(quarters(320, 160), orientation), format, orientation=orientation)
    for size in (None, (80, 40)):
        raster, origin = load(data, format, size)
        assert (origin.width, origin.height) == (320, 160)
        assert raster.width == 2 * raster.height
        _assert_quarters(raster, COLOURS)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(("size", "expected"), [((200, 50), (200, 100)), ((50, 101), (400, 200))])
def test_a_jpeg_is_decoded_no_smaller_than_asked_for(
    load: Load, orientation: int, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    stored = stored_for(quarters(800, 400), orientation)
    raster, _ = load(encode(stored, "jpeg", orientation=orientation), "jpeg", size)
    assert (raster.width, raster.height) == expected


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "tiff"])
def test_without_a_size_every_pixel_is_there(load: Load, format: str) -> None:
    raster, _ = load(encode(quarters(801, 399), format), format)
    assert (raster.width, raster.height) == (801, 399)


@pytest.mark.parametrize("format", ["heic", "bmp"])
def test_what_libvips_does_not_read_is_opened_with_pillow(
    open_component: Callable[[type[Decoder]], Decoder], format: str
) -> None:
    decoder = open_component(PillowDecoder)
    raster, origin = decoder.load(encode(quarters(), format), format, (10, 10), LIMITS)
    assert (origin.format, origin.width, origin.height) == (format, 64, 48)
    _assert_quarters(raster, COLOURS)


def test_a_webp_stays_twice_as_large_as_asked_for(load_with_vips: Load) -> None:
    """Its scaler is softer than that of JPEG."""
    data = encode(quarters(800, 400), "webp")
    sizes = [load_with_vips(data, "webp", size)[0].width for size in ((200, 100), (201, 100))]
    assert sizes == [400, 800]


@pytest.mark.parametrize("orientation", [1, 2, 6])
def test_pixels_are_decoded_when_they_are_read(load_with_vips: Load, orientation: int) -> None:
    data = encode(noise(300, 200), "png", orientation=orientation)
    raster, origin = load_with_vips(data[: len(data) // 2], "png")
    assert {origin.width, origin.height} == {300, 200}
    with pytest.raises(ImageUnreadable):
        _ = raster.pixels


@pytest.mark.parametrize("format", ["png", "webp", "tiff"])
def test_alpha_is_kept_and_not_multiplied_in(load: Load, format: str) -> None:
    translucent = np.dstack([quarters(), np.full((48, 64), 100, np.uint8)])
    raster, _ = load(encode(PIL.Image.fromarray(translucent), format), format)
    assert np.array_equal(raster.pixels, translucent)


def test_a_palette_may_have_a_transparent_colour(load: Load) -> None:
    drawing = PIL.Image.fromarray(quarters()).quantize(4)
    transparent = drawing.getpixel((0, 0))
    raster, _ = load(encode(drawing, "png", transparency=transparent), "png")
    assert raster.alpha is not None
    assert (raster.alpha[0, 0], raster.alpha[-1, -1]) == (0, 255)


@pytest.mark.parametrize(
    ("format", "mode", "space", "bands"),
    [
        ("png", "L", "GREY", 3),
        ("png", "LA", "GREY", 4),
        ("png", "P", "RGB", 3),
        ("png", "1", "GREY", 3),
        ("png", "RGBA", "RGB", 4),
        ("tiff", "L", "GREY", 3),
        ("tiff", "CMYK", "CMYK", 3),
        ("jpeg", "L", "GREY", 3),
        ("jpeg", "CMYK", "CMYK", 3),
        ("gif", "P", "RGB", 3),
    ],
)
def test_every_mode_becomes_srgb(
    load: Load, format: str, mode: str, space: str, bands: int
) -> None:
    halves = np.full((48, 64, 3), 30, np.uint8)
    halves[:, 32:] = 230
    image = PIL.Image.fromarray(halves)
    image = image.convert("L").convert("LA") if mode == "LA" else image.convert(mode)
    raster, origin = load(encode(image, format), format)
    assert origin.colour_space == space
    assert raster.pixels.shape == (48, 64, bands)
    assert raster.rgb[:, :24].mean() < 80
    assert raster.rgb[:, 40:].mean() > 180


def test_sixteen_bits_become_eight(load: Load) -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint16) * 257, (4, 1))
    raster, origin = load(encode(PIL.Image.fromarray(ramp), "png"), "png")
    assert origin.colour_space == "GREY"
    assert np.array_equal(raster.pixels[0, :, 1], np.arange(256))


def test_an_srgb_profile_changes_no_pixel(load_with_vips: Load) -> None:
    profile = _srgb()
    raster, origin = load_with_vips(encode(noise(40, 30), "png", icc_profile=profile), "png")
    assert np.array_equal(raster.pixels, noise(40, 30))
    assert origin.profile == profile


def test_a_profile_is_honoured(load: Load) -> None:
    swapped = _red_and_blue_swapped(_srgb())
    raster, _ = load(encode(quarters(), "png", icc_profile=swapped), "png")
    expected = [(blue, green, red) for red, green, blue in COLOURS]
    _assert_quarters(raster, expected, tolerance=40)


@pytest.mark.parametrize("format", ["jpeg", "png", "tiff", "webp"])
@pytest.mark.parametrize("profile", [b"no profile", bytes(200), bytes(36) + b"acsp" + bytes(100)])
def test_a_damaged_profile_is_passed_over(load: Load, format: str, profile: bytes) -> None:
    raster, origin = load(encode(quarters(), format, icc_profile=profile), format)
    _assert_quarters(raster, COLOURS)
    assert origin.profile == b""


def test_a_profile_of_another_colour_space_is_passed_over(load: Load) -> None:
    grey = PIL.Image.new("L", (20, 20), 120)
    raster, origin = load(encode(grey, "jpeg", icc_profile=_srgb()), "jpeg")
    assert np.abs(raster.pixels.astype(int) - 120).max() <= 3
    assert origin.profile == b""


@pytest.mark.parametrize("format", ["jpeg", "png", "tiff"])
def test_the_resolution_is_known_where_the_file_says_it(load: Load, format: str) -> None:
    _, silent = load(encode(quarters(), format), format)
    _, stated = load(encode(quarters(), format, dpi=(300, 300)), format)
    assert (silent.dpi, stated.dpi) == (None, 300.0)


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif"])
def test_the_exif_block_is_known_from_its_tiff_header_on(load: Load, format: str) -> None:
    exif = PIL.Image.Exif()
    exif[0x013B] = "An artist"
    _, origin = load(encode(quarters(), format, exif=exif), format)
    assert origin.metadata[:4] in (b"II*\0", b"MM\0*")
    assert b"An artist" in origin.metadata


def test_the_file_itself_is_known(load: Load) -> None:
    data = encode(quarters(), "png")
    _, origin = load(data, "png")
    assert (origin.data, origin.format, origin.metadata) == (data, "png", b"")


def test_limits_hold_before_pixels_are_decoded(load: Load) -> None:
    with pytest.raises(ImageTooLarge, match="64 x 48 pixels are more than 3000"):
        load(encode(quarters(), "png"), "png", None, ImageSettings(max_pixels=3000))


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "tiff", "avif"])
def test_a_truncated_file_is_unreadable_when_it_is_opened_or_read(load: Load, format: str) -> None:
    data = encode(noise(300, 200), format)
    for length in (20, len(data) // 2):
        with pytest.raises(ImageUnreadable):
            _ = load(data[:length], format)[0].pixels


def _assert_quarters(raster: Raster, colours: Any, tolerance: int = 12) -> None:
    found = np.array(corners(raster.pixels))
    assert np.abs(found - np.array(colours)).max() <= tolerance, found


def _srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _red_and_blue_swapped(profile: bytes) -> bytes:
    """Exchange the places of the red and the blue primary in a profile's table of tags."""
    return profile.replace(b"rXYZ", b"\0tmp").replace(b"bXYZ", b"rXYZ").replace(b"\0tmp", b"bXYZ")

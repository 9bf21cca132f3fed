"""Colours, sizes and digests of real kinds of files."""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageCms
import pytest

from photomill.decoding.decoder import ImageDecoder
from photomill.images.describing import describe
from photomill.testing.sample_images import COLOURS, corners, encode, noise, quarters


def test_an_embedded_profile_is_honoured(decoding: ImageDecoder) -> None:
    profile = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()
    plain = decoding.decode(encode(quarters(), "png"))
    same = decoding.decode(encode(quarters(), "png", icc_profile=profile))
    assert np.array_equal(plain.pixels, same.pixels)
    swapped = decoding.decode(encode(quarters(), "png", icc_profile=_red_and_blue_swapped(profile)))
    red, _, blue, _ = corners(swapped.pixels)
    assert red[2] > red[0]
    assert blue[0] > blue[2]


@pytest.mark.parametrize("profile", [b"no profile at all", bytes(200)])
@pytest.mark.parametrize("format", ["png", "jpeg", "tiff", "webp"])
def test_a_damaged_profile_is_passed_over(
    decoding: ImageDecoder, format: str, profile: bytes
) -> None:
    image = decoding.decode(encode(quarters(), format, icc_profile=profile))
    assert np.abs(np.array(corners(image.pixels)) - np.array(COLOURS)).max() <= 12


def test_a_profile_of_another_colour_space_is_passed_over(decoding: ImageDecoder) -> None:
    profile = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()
    grey = PIL.Image.new("L", (20, 20), 120)
    image = decoding.decode(encode(grey, "jpeg", icc_profile=profile))
    assert np.abs(image.pixels.astype(int) - 120).max() <= 3


def test_sixteen_bits_become_eight(decoding: ImageDecoder) -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint16) * 257, (4, 1))
    image = decoding.decode(encode(PIL.Image.fromarray(ramp), "png"))
    assert np.array_equal(image.pixels[0, :, 0], np.arange(256))


def test_a_jpeg_is_as_sharp_as_if_reduced_from_the_original(decoding: ImageDecoder) -> None:
    scene = PIL.Image.fromarray(noise(300, 200, 1)).resize(
        (1600, 1200), PIL.Image.Resampling.BICUBIC
    )
    data = encode(scene, "jpeg")
    reduced = decoding.decode(data, side=256).pixels
    wanted = np.asarray(
        PIL.Image.open(io.BytesIO(data)).resize(reduced.shape[1::-1], PIL.Image.Resampling.LANCZOS)
    )
    assert np.abs(reduced.astype(int) - wanted.astype(int)).mean() < 2


def test_the_digest_of_a_jpeg_is_of_what_makes_its_pixels(decoding: ImageDecoder) -> None:
    def digest(**options: object) -> bytes:
        return decoding.decode(encode(quarters(), "jpeg", **options)).digest  # type: ignore[arg-type]

    described, photographed = PIL.Image.Exif(), PIL.Image.Exif()
    described[0x010E] = "A description"
    photographed[0x0132] = "2024:01:01 12:00:00"
    profile = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()
    assert digest(exif=described) == digest(exif=photographed)
    assert digest() == digest(comment=b"a comment") == digest(dpi=(72, 72))
    assert digest() != digest(orientation=6)
    assert digest() != digest(icc_profile=profile)
    assert digest() != digest(quality=90)


@pytest.mark.parametrize("format", ["png", "jpeg", "webp"])
def test_an_image_is_described_by_the_pixels_that_come_of_it(
    decoding: ImageDecoder, format: str
) -> None:
    image = decoding.decode(encode(quarters(800, 600), format), side=320, descriptors=True)
    found, expected = image.descriptors, describe(image)
    assert found is not None
    assert np.array_equal(found.hashes, expected.hashes)
    assert (found.signature, found.colours) == (expected.signature, expected.colours)


def test_real_photos_are_decoded(decoding: ImageDecoder, photographs: Mapping[str, Path]) -> None:
    paths = list(photographs.values())
    digests = set()
    for path in paths:
        image = decoding.decode(path.read_bytes(), side=128)
        with PIL.Image.open(path) as opened:
            turned = opened.getexif().get(0x0112, 1) >= 5
            expected = opened.size[::-1] if turned else opened.size
        assert (image.width, image.height) == expected
        assert min(image.pixels.shape[:2]) == min(128, *expected)
        digests.add(image.digest)
    assert len(digests) == len(paths)


def _red_and_blue_swapped(profile: bytes) -> bytes:
    """Exchange the places of the red and the blue primary in a profile's table of tags."""
    return profile.replace(b"rXYZ", b"\0tmp").replace(b"bXYZ", b"rXYZ").replace(b"\0tmp", b"bXYZ")

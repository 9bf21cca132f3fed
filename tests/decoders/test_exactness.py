"""The digest covers what a file holds; what is embedded shows what can be told apart."""

import io
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest

from photomill.config.settings import ImageSettings
from photomill.decoding.decoder import ImageDecoder
from photomill.images.capture_time import CaptureTime
from photomill.images.image import Image
from photomill_pillow_decoder import PillowDecoder
from photomill_vips_decoder import VipsDecoder

DECODERS: dict[str, Any] = {"vips": [(VipsDecoder, None)], "pillow": [(PillowDecoder, None)]}


@pytest.fixture(scope="module", params=DECODERS)
def decoder(request: Any) -> Any:
    with ImageDecoder(DECODERS[request.param], ImageSettings(processes=1)) as opened:
        yield opened


def encoded(picture: PIL.Image.Image, form: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def drawn(shape: str, ink: tuple[int, ...] = (255, 255, 255, 255)) -> PIL.Image.Image:
    """A shape on transparency whose hidden colour is that of the ink."""
    picture = PIL.Image.new("RGBA", (96, 96), (*ink[:3], 0))
    draw = PIL.ImageDraw.Draw(picture)
    if shape == "ring":
        draw.ellipse((15, 15, 80, 80), outline=ink, width=12)
    else:
        draw.rectangle((10, 40, 85, 60), fill=ink)
    return picture


def contrast(image: Image) -> int:
    return int(np.ptp(image.pixels))


def test_drawings_on_transparency_are_told_apart(decoder: ImageDecoder) -> None:
    blank = decoder.decode(encoded(PIL.Image.new("RGB", (96, 96), "white")))
    ring, bar = (decoder.decode(encoded(drawn(shape))) for shape in ("ring", "bar"))
    assert len({blank.digest, ring.digest, bar.digest}) == 3
    assert contrast(ring) > 200
    assert contrast(bar) > 200
    assert (ring.transparent, blank.transparent) == (True, False)
    assert np.mean(ring.pixels != bar.pixels) > 0.1


def test_dark_drawings_stay_on_white(decoder: ImageDecoder) -> None:
    image = decoder.decode(encoded(drawn("bar", (20, 20, 60, 255))))
    assert image.pixels[0, 0].tolist() == [255, 255, 255]


def test_an_alpha_channel_that_says_nothing_changes_nothing(decoder: ImageDecoder) -> None:
    opaque = drawn("ring", (200, 30, 30, 255)).convert("RGB")
    plain, with_alpha = (
        decoder.decode(encoded(opaque)),
        decoder.decode(encoded(opaque.convert("RGBA"))),
    )
    assert plain.digest == with_alpha.digest
    assert not with_alpha.transparent


def test_depth_counts_and_dark_depths_are_seen(decoder: ImageDecoder) -> None:
    ramp = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint16)
    one, other = (
        decoder.decode(encoded(PIL.Image.fromarray(each))) for each in (ramp, ramp[:, ::-1].copy())
    )
    black = decoder.decode(encoded(PIL.Image.new("L", (64, 64), 0)))
    assert len({one.digest, other.digest, black.digest}) == 3
    assert contrast(one) > 200


def test_frames_count_and_a_blank_beginning_is_skipped(decoder: ImageDecoder) -> None:
    first = PIL.Image.new("RGB", (96, 96), "black")
    later = [first.copy(), first.copy()]
    for frame, shape in zip(later, ("ring", "bar"), strict=True):
        ink = drawn(shape, (240, 200, 40, 255))
        frame.paste(ink.convert("RGB"), mask=ink.getchannel("A"))
    files = [
        encoded(first, "GIF", save_all=True, append_images=[each], duration=100) for each in later
    ]
    animations = [decoder.decode(file) for file in files]
    still = decoder.decode(encoded(first, "GIF"))
    assert len({each.digest for each in [*animations, still]}) == 3
    assert [each.frames for each in [*animations, still]] == [2, 2, 1]
    assert all(contrast(each) > 100 for each in animations)


def test_a_profile_counts(decoder: ImageDecoder) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = drawn("ring", (200, 30, 30, 255)).convert("RGB")
    plain, tagged = (
        decoder.decode(encoded(picture)),
        decoder.decode(encoded(picture, icc_profile=profile)),
    )
    assert plain.digest != tagged.digest


def test_an_image_says_when_it_was_taken(decoder: ImageDecoder) -> None:
    exif = PIL.Image.Exif()
    picture = PIL.Image.new("RGB", (96, 96))
    assert decoder.decode(encoded(picture, "JPEG")).captured is None
    exif.get_ifd(0x8769).update({0x9003: "2024:07:01 12:00:00", 0x9011: "+02:00"})
    taken = decoder.decode(encoded(picture, "JPEG", exif=exif)).captured
    assert taken == CaptureTime(1719835200.0, 7200.0)

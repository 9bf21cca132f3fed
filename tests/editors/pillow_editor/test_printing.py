"""Pillow's encoder prints: CMYK by an ICC profile, or by formula where none is installed."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import pyvips
from attrs import evolve
from PIL import ImageCms

from photomill.components import EditContext, Encoder
from photomill.components.output import Jpeg, Output, Png, Tiff, Webp
from photomill.images.origin import Origin
from photomill.images.raster import Raster
from photomill.testing.sample_images import quarters
from photomill_pillow_editor import PillowEncoder

Open = Callable[..., Encoder]
CONTEXT = EditContext(Origin("jpeg", 64, 48))


@pytest.fixture(scope="session")
def ink() -> bytes:
    """A CMYK profile."""
    profile: bytes = pyvips.Image.profile_load("cmyk")
    return profile


@pytest.fixture
def encoder(open_component: Open, tmp_path: Path, ink: bytes) -> Encoder:
    folder = tmp_path / "icc"
    folder.mkdir(parents=True)
    (folder / "SWOP2006_Coated3v2.icc").write_bytes(ink)
    return open_component(PillowEncoder, profile_dir=str(tmp_path / "icc"))


def encode(encoder: Encoder, output: Output, context: EditContext) -> PIL.Image.Image:
    return PIL.Image.open(io.BytesIO(encoder.encode(SAMPLE, output, context)))


SAMPLE = Raster.from_pixels(quarters())


def test_the_profile_is_applied_and_embedded(encoder: Encoder, ink: bytes) -> None:
    context = evolve(CONTEXT, notes=[])
    found = encode(encoder, Output(Tiff(), colour_space="CMYK"), context)
    expected = ImageCms.profileToProfile(
        PIL.Image.fromarray(quarters()),
        ImageCms.createProfile("sRGB"),
        ImageCms.ImageCmsProfile(io.BytesIO(ink)),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="CMYK",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert found.info["icc_profile"] == ink
    assert np.array_equal(np.asarray(found), np.asarray(expected))
    assert context.notes == []


def test_a_profile_that_is_not_installed_is_noted(encoder: Encoder) -> None:
    context = evolve(CONTEXT, notes=[])
    output = Output(Jpeg(95), colour_space="CMYK", cmyk_profile="ISO_Coated")
    found = encode(encoder, output, context)
    assert found.mode == "CMYK"
    assert "icc_profile" not in found.info
    assert any("ISOcoated_v2_eci.icc" in note for note in context.notes)


def test_the_originals_own_profile_stays(encoder: Encoder, ink: bytes) -> None:
    origin = evolve(CONTEXT.origin, colour_space="CMYK", profile=ink)
    found = encode(encoder, Output(Jpeg()), evolve(CONTEXT, origin=origin, notes=[]))
    assert (found.mode, found.info["icc_profile"]) == ("CMYK", ink)


def test_transparent_parts_stay_and_so_do_colours(encoder: Encoder) -> None:
    context = evolve(CONTEXT, notes=[])
    clear = Raster.from_pixels(np.zeros((8, 8, 4), np.uint8))
    data = encoder.encode(clear, Output(Tiff(), colour_space="CMYK"), context)
    assert PIL.Image.open(io.BytesIO(data)).mode == "RGBA"
    assert any("no transparency" in note for note in context.notes)


@pytest.mark.parametrize(
    ("format", "mode"), [(Jpeg(), "L"), (Tiff(), "L"), (Png(), "L"), (Webp(), "RGB")]
)
def test_what_was_grey_stays_grey(
    encoder: Encoder, format: Jpeg | Tiff | Png | Webp, mode: str
) -> None:
    grey = Raster.from_pixels(np.repeat(quarters()[:, :, :1], 3, axis=2))
    context = evolve(CONTEXT, origin=evolve(CONTEXT.origin, colour_space="GREY"))
    found = PIL.Image.open(io.BytesIO(encoder.encode(grey, Output(format), context)))
    assert found.mode == mode

"""Files: colours, labels, bytes."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import pyvips
from attrs import evolve
from PIL import ImageCms

from photomill.components import EditContext
from photomill.components.encoding import PROFILE_FILES
from photomill.components.output import Automatic, Avif, Format, Jpeg, Output, Png, Tiff, Webp
from photomill.errors import ImageUnreadable, InvalidInput
from photomill.images.origin import Origin
from photomill.images.raster import Raster, RasterPixels
from photomill.testing.sample_images import encode, noise, quarters
from photomill_vips_editor import VipsEncoder

Encode = Callable[..., bytes]
Load = Callable[..., tuple[Raster, Origin]]


@pytest.fixture
def context() -> EditContext:
    return EditContext(Origin("jpeg", 64, 48))


@pytest.fixture
def save(open_component: Callable[..., Any], context: EditContext) -> Encode:
    """Encode pixels: ``save(pixels, Jpeg(), dpi=300)``; ``profile_dir`` and ``origin`` may be given."""

    def saved(
        picture: RasterPixels | Raster,
        format: Format,
        *,
        origin: Origin | None = None,
        profile_dir: Path = Path("nowhere"),
        **output: Any,
    ) -> bytes:
        encoder: VipsEncoder = open_component(VipsEncoder, profile_dir=str(profile_dir))
        raster = picture if isinstance(picture, Raster) else Raster.from_pixels(picture)
        with_origin = evolve(context, origin=origin or context.origin)
        return encoder.encode(raster, Output(format, **output), with_origin)

    return saved


@pytest.fixture
def profile_dir(tmp_path: Path) -> Path:
    """A folder with a CMYK profile under one of the four names."""
    folder = tmp_path / "icc"
    folder.mkdir()
    (folder / PROFILE_FILES["ISO_Coated"]).write_bytes(_cmyk_profile())
    return folder


# ---------------------------------------------------------------- colour


@pytest.mark.parametrize("format", [Jpeg(100), Tiff()])
def test_cmyk_is_what_littlecms_makes_of_it(
    save: Encode, profile_dir: Path, format: Format
) -> None:
    chart = _chart()
    data = save(
        chart, format, colour_space="CMYK", cmyk_profile="ISO_Coated", profile_dir=profile_dir
    )
    opened = _opened(data)
    assert opened.info["icc_profile"] == _cmyk_profile()
    wanted = _converted(PIL.Image.fromarray(chart), _srgb(), _cmyk_profile(), "CMYK")
    found = [_lab(each, _cmyk_profile()) for each in (opened, wanted)]
    difference = found[0].dE00(found[1]).numpy()
    limit = 1 if isinstance(format, Tiff) else 2
    assert difference.max() < limit, f"mean {difference.mean():.2f}, max {difference.max():.2f}"


@pytest.mark.parametrize("name", ["p3", "swapped"])
def test_colours_read_by_a_profile_are_those_of_littlecms(load: Load, name: str) -> None:
    profile = _built_in("p3") if name == "p3" else _red_and_blue_swapped(_srgb())
    chart = PIL.Image.fromarray(_chart() // 2 + 60)
    raster, _ = load(encode(chart, "png", icc_profile=profile), "png")
    wanted = _converted(chart, profile, _srgb(), "RGB")
    found = [_lab(each, _srgb()) for each in (PIL.Image.fromarray(raster.pixels), wanted)]
    assert found[0].dE00(found[1]).numpy().max() < 1


def test_cmyk_read_by_its_profile_is_what_littlecms_makes_of_it(load: Load) -> None:
    chart = _converted(PIL.Image.fromarray(_chart()), _srgb(), _cmyk_profile(), "CMYK")
    raster, origin = load(encode(chart, "tiff", icc_profile=_cmyk_profile()), "tiff")
    assert (origin.colour_space, origin.profile) == ("CMYK", _cmyk_profile())
    wanted = _converted(chart, _cmyk_profile(), _srgb(), "RGB")
    found = [_lab(each, _srgb()) for each in (PIL.Image.fromarray(raster.pixels), wanted)]
    assert found[0].dE00(found[1]).numpy().max() < 1


def test_a_profile_that_is_not_installed_is_stood_in_for(
    save: Encode, context: EditContext
) -> None:
    data = save(quarters(), Jpeg(), colour_space="CMYK", cmyk_profile="ISO_Uncoated")
    assert _opened(data).mode == "CMYK"
    assert _opened(data).info["icc_profile"] == _cmyk_profile()
    assert any("ISO_Uncoated" in note and "not installed" in note for note in context.notes)


@pytest.mark.parametrize("format", [Jpeg(), Tiff(), Tiff(90)])
def test_cmyk_keeps_its_own_profile(save: Encode, format: Format) -> None:
    own = _of_another_date(_cmyk_profile())
    origin = Origin("jpeg", 64, 48, colour_space="CMYK", profile=own)
    opened = _opened(save(quarters(), format, origin=origin))
    assert (opened.mode, opened.info["icc_profile"]) == ("CMYK", own)


def test_translucent_pictures_stay_rgb_where_the_original_was_cmyk(
    save: Encode, context: EditContext
) -> None:
    origin = Origin("tiff", 64, 48, colour_space="CMYK")
    assert _opened(save(_translucent(), Tiff(), origin=origin)).mode == "RGBA"
    assert any("CMYK" in note for note in context.notes)


def test_black_is_black_in_print(save: Encode) -> None:
    data = save(np.zeros((16, 16, 3), np.uint8), Tiff(), colour_space="CMYK")
    cyan, magenta, yellow, black = np.asarray(_opened(data))[8, 8].astype(int)
    assert black > 200
    assert cyan + magenta + yellow > 100


@pytest.mark.parametrize("format", [Jpeg(), Png(), Tiff()])
def test_grey_stays_grey_as_long_as_it_is(save: Encode, format: Format) -> None:
    origin = Origin("jpeg", 64, 48, colour_space="GREY")
    grey = np.repeat(quarters()[:, :, :1], 3, axis=2)
    assert _opened(save(grey, format, origin=origin)).mode == "L"
    assert _opened(save(grey, format, origin=origin, colour_space="RGB")).mode == "RGB"
    assert _opened(save(quarters(), format, origin=origin)).mode == "RGB"


@pytest.mark.parametrize("format", [Jpeg(), Png(), Webp(), Avif(), Tiff()])
def test_a_profile_stays_where_the_original_had_one(save: Encode, format: Format) -> None:
    without = _opened(save(quarters(), format))
    origin = Origin("jpeg", 64, 48, profile=_built_in("p3"))
    embedded = _opened(save(quarters(), format, origin=origin)).info["icc_profile"]
    assert not without.info.get("icc_profile")
    description = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(embedded)))
    assert "sRGB" in description


# ---------------------------------------------------------------- labels


@pytest.mark.parametrize("format", [Jpeg(), Png(), Webp(), Avif(), Tiff(), Tiff(80)])
def test_nothing_of_a_lazy_picture_s_file_leaks(save: Encode, load: Load, format: Format) -> None:
    exif = PIL.Image.Exif()
    exif[0x013B] = "A private person"
    exif.get_ifd(0x8825)[1] = "N"
    data = encode(quarters(), "jpeg", exif=exif, comment=b"A private comment")
    raster, origin = load(data, "jpeg")
    saved = save(raster, format, origin=origin, dpi=300)
    assert b"private" not in saved
    assert not _opened(saved).getexif().get_ifd(0x8825)


@pytest.mark.parametrize("format", [Jpeg(), Png(), Webp(), Avif(), Tiff()])
def test_an_embedded_thumbnail_never_stays(save: Encode, format: Format) -> None:
    """It shows what was cut away or made unreadable."""
    thumbnail = encode(quarters(16, 12), "jpeg")
    origin = Origin("jpeg", 64, 48, metadata=_exif_with_thumbnail(thumbnail))
    saved = save(quarters(), format, origin=origin, keep_metadata=True)
    assert thumbnail[:200] not in saved
    assert _opened(saved).getexif()[0x013B].startswith("Someone")


@pytest.mark.parametrize("format", [Jpeg(), Tiff(), Tiff(80)])
def test_printed_files_say_their_resolution(save: Encode, format: Format) -> None:
    opened = _opened(save(quarters(), format, dpi=300, colour_space="CMYK"))
    assert opened.mode == "CMYK"
    assert opened.info["dpi"] == pytest.approx((300, 300), abs=0.01)


# ---------------------------------------------------------------- bytes


def test_the_best_quality_that_fits_is_taken(save: Encode) -> None:
    picture = noise(200, 150)
    sizes = {quality: len(save(picture, Jpeg(quality))) for quality in range(30, 61)}
    limit = sizes[45]
    best = max(quality for quality, size in sizes.items() if size <= limit)
    assert len(save(picture, Jpeg(95), max_bytes=limit)) == sizes[best]


@pytest.mark.parametrize("format", [Png(), Webp(None), Tiff(), Jpeg()])
def test_what_cannot_be_made_smaller_is_refused(save: Encode, format: Format) -> None:
    with pytest.raises(InvalidInput, match="bytes at least; 300 are allowed") as refused:
        save(noise(200, 150), format, max_bytes=300)
    assert refused.value.path == "output.max_bytes"


@pytest.mark.parametrize(("format", "side"), [(Webp(), 16_384), (Jpeg(), 65_501), (Avif(), 16_385)])
def test_a_side_that_a_format_cannot_hold_is_refused(
    save: Encode, format: Format, side: int
) -> None:
    with pytest.raises(InvalidInput, match="pixels a side") as refused:
        save(np.zeros((1, side, 3), np.uint8), format)
    assert refused.value.path == "output.format"


def test_drawings_are_kept_without_loss(save: Encode, context: EditContext) -> None:
    found = _opened(save(quarters(), Automatic()))
    assert np.array_equal(np.asarray(found), quarters())
    assert any("chosen" in note for note in context.notes)


def test_photographs_take_the_smaller_of_two(save: Encode) -> None:
    picture = noise(200, 150)
    smaller = min(len(save(picture, Webp(85))), len(save(picture, Jpeg(80))))
    assert len(save(picture, Automatic())) == smaller
    assert len(save(picture, Automatic(), max_bytes=smaller // 2)) <= smaller // 2


def test_translucent_photographs_keep_their_alpha(save: Encode) -> None:
    picture = np.dstack([noise(64, 48), _translucent()[:, :, 3]])
    assert np.asarray(_opened(save(picture, Automatic()))).shape == (48, 64, 4)


def test_print_is_jpeg(save: Encode) -> None:
    found = _opened(save(noise(64, 48), Automatic(), colour_space="CMYK"))
    assert (found.format, found.mode) == ("JPEG", "CMYK")


@pytest.mark.parametrize("format", [Jpeg(), Png(), Webp(), Avif(), Tiff(), Automatic()])
@pytest.mark.parametrize("limit", [None, 10**6])
def test_it_says_when_the_file_turns_out_to_be_damaged(
    save: Encode, load: Load, format: Format, limit: int | None
) -> None:
    data = encode(noise(300, 200), "png")
    raster, origin = load(data[: len(data) // 2], "png")
    with pytest.raises(ImageUnreadable):
        save(raster, format, origin=origin, max_bytes=limit)


def _opened(data: bytes) -> PIL.Image.Image:
    opened = PIL.Image.open(io.BytesIO(data))
    opened.load()
    return opened


def _translucent() -> RasterPixels:
    ramp = np.linspace(20, 255, 64).astype(np.uint8)
    return np.dstack([quarters(), np.broadcast_to(ramp, (48, 64))])


def _chart() -> RasterPixels:
    """216 colours in patches of 8 × 8 pixels."""
    levels = np.array([0, 51, 102, 153, 204, 255], np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(12, 18, 3)
    return np.kron(colours, np.ones((8, 8, 1), np.uint8)).astype(np.uint8)


def _srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _built_in(name: str) -> bytes:
    return bytes(pyvips.Operation.call("profile_load", name))


def _cmyk_profile() -> bytes:
    return _built_in("cmyk")


def _converted(image: PIL.Image.Image, source: bytes, target: bytes, mode: str) -> PIL.Image.Image:
    converted = ImageCms.profileToProfile(
        image,
        ImageCms.ImageCmsProfile(io.BytesIO(source)),
        ImageCms.ImageCmsProfile(io.BytesIO(target)),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode=mode,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert converted is not None
    return converted


def _lab(image: PIL.Image.Image, profile: bytes) -> Any:
    """What a colour-managed viewer sees, patch by patch."""
    pixels = np.ascontiguousarray(np.asarray(image)[4::8, 4::8])
    interpretation = "cmyk" if image.mode == "CMYK" else "srgb"
    picture = pyvips.Image.new_from_array(pixels).copy(interpretation=interpretation)
    picture.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return picture.icc_import(embedded=True, intent="relative", pcs="lab")


def _of_another_date(profile: bytes) -> bytes:
    """The same colours under another header: ICC.1:2010, section 7.2.8."""
    return profile[:24] + (1999).to_bytes(2, "big") + profile[26:]


def _red_and_blue_swapped(profile: bytes) -> bytes:
    return profile.replace(b"rXYZ", b"\0tmp").replace(b"bXYZ", b"rXYZ").replace(b"\0tmp", b"bXYZ")


def _exif_with_thumbnail(thumbnail: bytes) -> bytes:
    """A TIFF structure of two directories: an artist, and a thumbnail at its end."""

    def entry(tag: int, kind: int, count: int, value: int) -> bytes:
        return b"".join(
            number.to_bytes(size, "little")
            for number, size in ((tag, 2), (kind, 2), (count, 4), (value, 4))
        )

    artist = b"Someone\0"
    second = 8 + 2 + 12 + 4 + len(artist)
    at = second + 2 + 24 + 4
    first_directory = b"\1\0" + entry(0x013B, 2, len(artist), 26) + second.to_bytes(4, "little")
    entries = entry(0x0201, 4, 1, at) + entry(0x0202, 4, 1, len(thumbnail))
    return b"II*\0\x08\0\0\0" + first_directory + artist + b"\2\0" + entries + bytes(4) + thumbnail


def test_png_of_a_drawing_is_not_filtered_as_a_photograph_is(
    save: Encode, context: EditContext
) -> None:
    drawing = np.zeros((200, 300, 3), np.uint8)
    drawing[::7], drawing[:, ::11] = 90, 200
    as_png = save(drawing, Png(), origin=evolve(context.origin, format="png"))
    assert len(as_png) < len(save(drawing, Png()))

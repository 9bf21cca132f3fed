"""What every encoder must do."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import numpy as np
import PIL.Image
import pytest
from attrs import evolve
from PIL import ImageCms

from photomill.components import EditContext, Encoder
from photomill.components.output import Automatic, Avif, Format, Jpeg, Output, Png, Tiff, Webp
from photomill.errors import InvalidInput
from photomill.images.formats import sniff
from photomill.images.origin import Origin
from photomill.images.raster import Raster, RasterPixels
from photomill.testing.sample_images import COLOURS, corners, noise, quarters

FORMATS = ("jpeg", "png", "webp", "avif", "tiff")
TOLERANCE = 14
"""How far a plain colour may be off in a format that loses some."""
SIZES = [(1, 1), (1, 17), (17, 1), (3, 64), (33, 47)]

_OUTPUTS: dict[str, list[Format]] = {
    "jpeg": [Jpeg(), Jpeg(progressive=False)],
    "png": [Png(), Png("fast"), Png("best")],
    "webp": [Webp(), Webp(None)],
    "avif": [Avif(), Avif(None)],
    "tiff": [Tiff(), Tiff(75)],
}
_BY_QUALITY = {"jpeg": Jpeg, "webp": Webp, "avif": Avif, "tiff": Tiff}
_PRINTED = ("jpeg", "tiff")
"""Formats that hold CMYK."""
_PRINT_TOLERANCE = 45
"""How far a colour may be off after a way through ink, whose range is smaller."""

_X_RESOLUTION, _Y_RESOLUTION, _ORIENTATION, _ARTIST = 0x011A, 0x011B, 0x0112, 0x013B
_PHOTOGRAPHER = "Ansel Adams of Yosemite"


class EncoderContract:
    """Derive from this and fill :meth:`encoder`::

    class TestMine(EncoderContract):
        @pytest.fixture
        def encoder(self, open_component):
            return open_component(Mine)
    """

    exact: ClassVar[frozenset[str]] = frozenset({"png", "webp", "avif", "tiff"})
    """Formats that the encoder writes without any loss; leave one out, and say why, where its library cannot."""

    @pytest.fixture
    def encoder(self) -> Encoder:
        """An open encoder."""
        raise pytest.UsageError(f"{type(self).__name__} must define the fixture 'encoder'")

    def test_it_writes_formats_that_can_be_asked_for(self, encoder: Encoder) -> None:
        assert encoder.formats, "the encoder declares no format"
        assert encoder.formats <= set(FORMATS)

    def test_a_file_shows_the_image(self, encoder: Encoder) -> None:
        for format in _formats_of(encoder):
            data = encoded(encoder, quarters(), format)
            opened = _opened(data)
            assert sniff(data) == type(format).__name__.lower()
            assert (opened.size, opened.mode) == ((64, 48), "RGB"), format
            _assert_colours(opened, TOLERANCE, format)

    @pytest.mark.parametrize(("height", "width"), SIZES)
    def test_every_size_is_written(self, encoder: Encoder, height: int, width: int) -> None:
        for format in _formats_of(encoder):
            for bands in (3, 4) if Output(format).holds_alpha else (3,):
                pixels = _bands(noise(width, height), bands)
                assert _opened(encoded(encoder, pixels, format)).size == (width, height), format

    def test_a_thumbnail_is_a_small_webp_file(self, encoder: Encoder) -> None:
        if not encoder.makes_thumbnails:
            pytest.skip("the encoder makes no thumbnails")
        for size in ((32, 24), (64, 48), (1, 1)):
            data = encoder.thumbnail(quarters(), size, 65)
            assert sniff(data) == "webp"
            assert _opened(data).size == size
            assert not _opened(data).info.get("exif")
        _assert_colours(_opened(encoder.thumbnail(quarters(), (64, 48), 65)), TOLERANCE, Webp())

    def test_alpha_survives(self, encoder: Encoder) -> None:
        for format in _formats_of(encoder):
            if not Output(format).holds_alpha:
                continue
            found = np.asarray(_opened(encoded(encoder, _see_through(), format)))
            assert found.shape == (48, 64, 4), format
            assert np.abs(found[:, :, 3].astype(int) - _see_through()[:, :, 3]).max() <= 4, format

    def test_without_loss_nothing_is_lost(self, encoder: Encoder) -> None:
        for format in [*_OUTPUTS["png"], Webp(None), Avif(None), Tiff()]:
            if type(format).__name__.lower() not in encoder.formats & self.exact:
                continue
            for pixels in (noise(40, 30), _see_through()):
                found = np.asarray(_opened(encoded(encoder, pixels, format)))
                assert np.array_equal(found, pixels), format

    def test_quality_orders_sizes(self, encoder: Encoder) -> None:
        for kind in (_BY_QUALITY[name] for name in _BY_QUALITY if name in encoder.formats):
            low, middle, high = (
                len(encoded(encoder, _textured(), kind(quality))) for quality in (20, 55, 95)
            )
            assert low < middle < high, kind

    def test_quality_is_not_wasted(self, encoder: Encoder) -> None:
        for kind in (_BY_QUALITY[name] for name in _BY_QUALITY if name in encoder.formats):
            low, high = (_loss(encoder, kind(quality)) for quality in (20, 95))
            assert high < low / 2, kind

    def test_jpeg_is_progressive_where_asked(self, encoder: Encoder) -> None:
        for progressive in (True, False) if "jpeg" in encoder.formats else ():
            data = encoded(encoder, _textured(), Jpeg(progressive=progressive))
            assert bool(_opened(data).info.get("progressive")) is progressive

    def test_what_hardly_compresses_is_written(self, encoder: Encoder) -> None:
        pixels = noise(300, 260)
        for kind in (_BY_QUALITY[name] for name in _BY_QUALITY if name in encoder.formats):
            for quality in (89, 94, 100):
                found = _opened(encoded(encoder, pixels, kind(quality))).convert("RGB")
                difference = np.abs(np.asarray(found).astype(int) - pixels)
                assert difference.mean() < 60, (kind, quality)

    def test_png_compression_orders_sizes(self, encoder: Encoder) -> None:
        if "png" in encoder.formats:
            best, optimal, fast = (
                len(encoded(encoder, _textured(grain=1.0), Png(compression)))
                for compression in ("best", "optimal", "fast")
            )
            assert max(best, optimal) < fast
            # Trying every filter finds the best one only in larger images.
            assert best <= optimal * 1.05

    # ------------------------------------------------------------ what is told beside the pixels

    def test_dpi_is_what_was_asked_for(self, encoder: Encoder) -> None:
        for format in _formats_of(encoder):
            data = encoded(encoder, quarters(), format, dpi=300, origin_dpi=72.0)
            assert _dpi(data) == pytest.approx((300, 300), abs=0.02), format

    def test_dpi_is_the_originals_where_nothing_was_asked_for(self, encoder: Encoder) -> None:
        for format in _formats_of(encoder):
            data = encoded(encoder, quarters(), format, origin_dpi=240.0)
            assert _dpi(data) == pytest.approx((240, 240), abs=0.02), format

    def test_metadata_are_private(self, encoder: Encoder) -> None:
        for format in _formats_of(encoder):
            data = encoded(encoder, quarters(), format, metadata=_exif())
            assert _PHOTOGRAPHER.encode() not in data, format
            assert _ARTIST not in _opened(data).getexif(), format

    def test_metadata_stay_where_asked(self, encoder: Encoder) -> None:
        for format in _formats_of(encoder):
            data = encoded(
                encoder, quarters(), format, metadata=_exif(), keep_metadata=True, dpi=300
            )
            found = _opened(data)
            assert found.getexif().get(_ARTIST) == _PHOTOGRAPHER, format
            assert found.getexif().get(_ORIENTATION, 1) == 1, "the image was turned upright"
            assert found.size == (64, 48), format
            assert _dpi(data) == pytest.approx((300, 300), abs=0.02), format

    def test_damaged_metadata_do_no_harm(self, encoder: Encoder) -> None:
        for format in _formats_of(encoder):
            for metadata in (b"no EXIF", _exif()[:20], b"II*\0\xff\xff\xff\xff"):
                data = encoded(encoder, quarters(), format, metadata=metadata, keep_metadata=True)
                _assert_colours(_opened(data), TOLERANCE, format)

    # ------------------------------------------------------------ CMYK

    def test_cmyk_is_written_where_it_can_be(self, encoder: Encoder) -> None:
        for format in _formats_of(encoder):
            if type(format).__name__.lower() in _PRINTED:
                found = _opened(encoded(encoder, quarters(), format, colour_space="CMYK"))
                assert found.mode == "CMYK", format
                _assert_colours(found, _PRINT_TOLERANCE, format)

    def test_where_there_is_no_cmyk_a_note_says_so(self, encoder: Encoder) -> None:
        for format in _formats_of(encoder):
            if type(format).__name__.lower() not in _PRINTED:
                context = _context(quarters())
                output = Output(format, colour_space="CMYK")
                data = encoder.encode(Raster.from_pixels(quarters()), output, context)
                assert _opened(data).mode == "RGB", format
                assert any("CMYK" in note for note in context.notes), format

    def test_cmyk_stays_cmyk(self, encoder: Encoder) -> None:
        for format, origin, asked, mode in (
            (format, origin, asked, asked or origin)
            for format in _formats_of(encoder)
            for origin in ("CMYK", "RGB")
            for asked in ("RGB", None)
        ):
            if type(format).__name__.lower() in _PRINTED:
                data = encoded(encoder, quarters(), format, colour_space=asked, origin_space=origin)
                assert _opened(data).mode == mode, (format, origin, asked)

    # ------------------------------------------------------------ by size

    def test_the_quality_is_lowered_to_a_limit_of_bytes(self, encoder: Encoder) -> None:
        for kind in (_BY_QUALITY[name] for name in _BY_QUALITY if name in encoder.formats):
            most = len(encoded(encoder, _textured(), kind(80))) * 2 // 3
            data = encoded(encoder, _textured(), kind(80), max_bytes=most)
            assert most / 2 < len(data) <= most, kind
            assert _opened(data).size == (128, 96), kind

    def test_a_limit_that_no_file_keeps_is_refused(self, encoder: Encoder) -> None:
        for format in _formats_of(encoder):
            with pytest.raises(InvalidInput) as refused:
                encoded(encoder, _textured(), format, max_bytes=10)
            assert refused.value.path == "output.max_bytes", format

    def test_a_limit_that_is_kept_anyway_changes_nothing(self, encoder: Encoder) -> None:
        for format in _formats_of(encoder):
            plain = encoded(encoder, _textured(), format)
            assert encoded(encoder, _textured(), format, max_bytes=len(plain)) == plain, format

    def test_the_format_can_be_left_open(self, encoder: Encoder) -> None:
        for pixels, formats in (
            (_textured(), {"jpeg", "webp"}),
            (_bands(_textured(), 4), {"png", "webp"}),
        ):
            if formats <= encoder.formats:
                data = encoded(encoder, pixels, Automatic())
                assert sniff(data) in formats
                found = np.asarray(_opened(data).convert("RGB")).astype(int)
                assert np.abs(found - pixels[:, :, :3]).mean() < 8

    # ------------------------------------------------------------ what it is given

    def test_it_takes_images_of_any_library(self, encoder: Encoder) -> None:
        """What is native belongs to a library that the encoder may not know."""
        pixels = _textured()
        for format in _formats_of(encoder):
            foreign = Raster(object(), 128, 96, 3, lambda native: pixels)
            data = encoder.encode(foreign, Output(format), _context(pixels))
            assert data == encoded(encoder, pixels, format), format

    def test_the_same_image_gives_the_same_bytes_in_any_thread(self, encoder: Encoder) -> None:
        for format in _formats_of(encoder):
            with ThreadPoolExecutor(4) as threads:
                first, *others = threads.map(
                    lambda _, f=format: encoded(encoder, _textured(), f), range(6)
                )
            assert all(other == first for other in others), format


def encoded(
    encoder: Encoder,
    pixels: RasterPixels,
    format: Format,
    *,
    metadata: bytes = b"",
    origin_dpi: float | None = None,
    origin_space: str = "RGB",
    **output: Any,
) -> bytes:
    """Encode pixels; ``output`` are further fields of :class:`photomill.components.output.Output`."""
    context = _context(pixels)
    origin = evolve(context.origin, metadata=metadata, dpi=origin_dpi, colour_space=origin_space)
    raster = Raster.from_pixels(pixels)
    return encoder.encode(raster, Output(format, **output), evolve(context, origin=origin))


def _context(pixels: RasterPixels) -> EditContext:
    height, width = pixels.shape[:2]
    return EditContext(Origin("jpeg", width, height))


def _formats_of(encoder: Encoder) -> Iterator[Format]:
    for name in FORMATS:
        if name in encoder.formats:
            yield from _OUTPUTS[name]


def _opened(data: bytes) -> PIL.Image.Image:
    opened = PIL.Image.open(io.BytesIO(data))
    opened.load()
    return opened


def _assert_colours(opened: PIL.Image.Image, tolerance: int, format: Format) -> None:
    found = np.array(corners(np.asarray(_in_srgb(opened))), np.int64)
    difference = np.abs(found - np.array(COLOURS, np.int64)).max()
    assert difference <= tolerance, f"{format}: the colours are {found.tolist()}, not {COLOURS}"


def _in_srgb(opened: PIL.Image.Image) -> PIL.Image.Image:
    """Read the colours as a careful viewer would: by the file's profile."""
    embedded = opened.info.get("icc_profile")
    if not embedded:
        return opened.convert("RGB")
    profile = ImageCms.ImageCmsProfile(io.BytesIO(embedded))
    srgb = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(opened, profile, srgb, outputMode="RGB")
    assert converted is not None  # it is none only where it was asked to change the image in place
    return converted


def _dpi(data: bytes) -> tuple[float, float]:
    """As the file's own header says, or EXIF in the formats that have nothing else."""
    opened = _opened(data)
    if "dpi" in opened.info and opened.format in ("JPEG", "PNG", "TIFF"):
        across, down = opened.info["dpi"]
    else:
        exif = opened.getexif()
        across, down = exif.get(_X_RESOLUTION, 0), exif.get(_Y_RESOLUTION, 0)
    return float(across), float(down)


def _loss(encoder: Encoder, format: Format) -> float:
    found = np.asarray(_opened(encoded(encoder, _textured(), format)), np.float64)
    return float(np.square(found - _textured()).mean())


def _exif() -> bytes:
    """An EXIF block, from its TIFF header on, of an image that was stored on its side."""
    exif = PIL.Image.Exif()
    exif[_ARTIST] = _PHOTOGRAPHER
    exif[_ORIENTATION] = 6
    return exif.tobytes().removeprefix(b"Exif\0\0")


def _textured(grain: float = 6.0) -> RasterPixels:
    """Soft clouds under a little noise: what photographs compress like."""
    rows, columns = np.mgrid[0:96, 0:128] / 16
    clouds = np.stack(
        [np.sin(columns + turn) * np.cos(rows - turn) for turn in (0.0, 0.4, 0.8)], axis=-1
    )
    speckles = np.random.default_rng(5).normal(0, grain, (96, 128, 1))
    return np.clip(128 + 90 * clouds + speckles, 0, 255).astype(np.uint8)


def _see_through() -> RasterPixels:
    """Four colours that fade from clear to opaque, but are never wholly clear."""
    ramp = np.linspace(20, 255, 64).astype(np.uint8)
    return np.dstack([quarters(), np.broadcast_to(ramp, (48, 64))])


def _bands(pixels: RasterPixels, bands: int) -> RasterPixels:
    if bands == 3:
        return pixels
    return np.dstack([pixels, np.full(pixels.shape[:2], 200, np.uint8)])

"""The encoder suite fails for encoders that are broken, each in its own way."""

from collections.abc import Callable
from itertools import count
from typing import Any, ClassVar

import numpy as np
import PIL.Image
import pytest
from attrs import evolve
from numpy.typing import NDArray

from photomill.components import EditContext, Encoder
from photomill.components.output import Automatic, Avif, Jpeg, Output, Png, Tiff, Webp
from photomill.errors import PhotomillError, PluginError
from photomill.images.raster import Raster
from photomill.testing import EncoderContract
from photomill_pillow_editor.encoder import EncoderOptions, PillowEncoder


class Whole(PillowEncoder):
    """Correct: every broken one is this one, but for one mistake."""

    name = "whole"


class Nameless(Whole):
    formats: ClassVar[frozenset[str]] = frozenset()


class Mirrors(Whole):
    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        return super().encode(Raster.from_pixels(raster.pixels[:, ::-1]), output, context)


class EvenSizesOnly(Whole):
    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        even = raster.pixels[: raster.height // 2 * 2 or 1, : raster.width // 2 * 2 or 1]
        return super().encode(Raster.from_pixels(even), output, context)


class LosesAlpha(Whole):
    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        return super().encode(Raster.from_pixels(raster.rgb), output, context)


class LosesALittle(Whole):
    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        return super().encode(Raster.from_pixels(raster.pixels & np.uint8(254)), output, context)


def _at_quality(output: Output, quality: int) -> Output:
    format = output.format
    if isinstance(format, Jpeg | Webp | Avif | Tiff) and format.quality is not None:
        return evolve(output, format=evolve(format, quality=quality))
    return output


class OneQuality(Whole):
    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        return super().encode(raster, _at_quality(output, 50), context)


class PadsInsteadOfCoding(Whole):
    """Its files grow with the quality, and look no better."""

    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        quality = getattr(output.format, "quality", None) or 0
        return super().encode(raster, _at_quality(output, 30), context) + bytes(quality)


class NeverProgressive(Whole):
    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        if isinstance(output.format, Jpeg):
            output = evolve(output, format=evolve(output.format, progressive=False))
        return super().encode(raster, output, context)


class HasLittleRoom(Whole):
    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        data = super().encode(raster, output, context)
        if len(data) > raster.width * raster.height:
            raise PluginError("the buffer is too small")
        return data


class OneCompression(Whole):
    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        if isinstance(output.format, Png):
            output = evolve(output, format=Png("fast"))
        return super().encode(raster, output, context)


class OriginalDpi(Whole):
    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        return super().encode(raster, evolve(output, dpi=None), context)


class ForgetsTheOriginal(Whole):
    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        forgotten = evolve(context.origin, dpi=None, metadata=b"", colour_space="RGB")
        return super().encode(raster, output, evolve(context, origin=forgotten))


class Tells(Whole):
    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        return super().encode(raster, evolve(output, keep_metadata=True), context)


class TrustsMetadata(Whole):
    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        if output.keep_metadata:
            PIL.Image.Exif().load(b"Exif\0\0" + context.origin.metadata)
        return super().encode(raster, output, context)


class KnowsNoInk(Whole):
    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        return super().encode(raster, evolve(output, colour_space="RGB"), context)


class IgnoresTheLimit(Whole):
    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        return super().encode(raster, evolve(output, max_bytes=None), context)


class AlwaysLowers(Whole):
    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        if output.max_bytes is not None:
            output = evolve(output, max_bytes=max(output.max_bytes * 9 // 10, 1))
        return super().encode(raster, output, context)


class NothingLeftOpen(Whole):
    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        if isinstance(output.format, Automatic):
            output = evolve(output, format=Tiff())
        return super().encode(raster, output, context)


class KnowsOneLibrary(Whole):
    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        if raster.native is not None:
            raster = Raster.from_pixels(raster.native)
        return super().encode(raster, output, context)


class OneThumbnail(Whole):
    def thumbnail(self, pixels: NDArray[np.uint8], size: tuple[int, int], quality: int) -> bytes:
        return super().thumbnail(pixels, (32, 24), quality)


class Counts(Whole):
    """Writes into every file how many there were before."""

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._number = count()

    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        return super().encode(raster, output, context) + bytes(next(self._number))


BROKEN: list[tuple[str, type[Whole], dict[str, int]]] = [
    ("test_it_writes_formats_that_can_be_asked_for", Nameless, {}),
    ("test_a_file_shows_the_image", Mirrors, {}),
    ("test_every_size_is_written", EvenSizesOnly, {"height": 33, "width": 47}),
    ("test_a_thumbnail_is_a_small_webp_file", OneThumbnail, {}),
    ("test_alpha_survives", LosesAlpha, {}),
    ("test_without_loss_nothing_is_lost", LosesALittle, {}),
    ("test_quality_orders_sizes", OneQuality, {}),
    ("test_quality_is_not_wasted", PadsInsteadOfCoding, {}),
    ("test_jpeg_is_progressive_where_asked", NeverProgressive, {}),
    ("test_what_hardly_compresses_is_written", HasLittleRoom, {}),
    ("test_png_compression_orders_sizes", OneCompression, {}),
    ("test_dpi_is_what_was_asked_for", OriginalDpi, {}),
    ("test_dpi_is_the_originals_where_nothing_was_asked_for", ForgetsTheOriginal, {}),
    ("test_metadata_are_private", Tells, {}),
    ("test_metadata_stay_where_asked", ForgetsTheOriginal, {}),
    ("test_damaged_metadata_do_no_harm", TrustsMetadata, {}),
    ("test_cmyk_is_written_where_it_can_be", KnowsNoInk, {}),
    ("test_where_there_is_no_cmyk_a_note_says_so", KnowsNoInk, {}),
    ("test_cmyk_stays_cmyk", ForgetsTheOriginal, {}),
    ("test_the_quality_is_lowered_to_a_limit_of_bytes", IgnoresTheLimit, {}),
    ("test_a_limit_that_no_file_keeps_is_refused", IgnoresTheLimit, {}),
    ("test_a_limit_that_is_kept_anyway_changes_nothing", AlwaysLowers, {}),
    ("test_the_format_can_be_left_open", NothingLeftOpen, {}),
    ("test_it_takes_images_of_any_library", KnowsOneLibrary, {}),
    ("test_the_same_image_gives_the_same_bytes_in_any_thread", Counts, {}),
]


@pytest.mark.parametrize(("test", "kind", "arguments"), BROKEN)
def test_what_is_broken_fails(test: str, kind: type[Encoder], arguments: dict[str, int]) -> None:
    method: Callable[..., None] = getattr(EncoderContract(), test)
    with pytest.raises(
        (AssertionError, PhotomillError, AttributeError, SyntaxError, pytest.fail.Exception)
    ):
        method(kind(EncoderOptions()), **arguments)


def test_every_test_of_the_suite_can_fail() -> None:
    tests = {name for name in dir(EncoderContract) if name.startswith("test_")}
    assert tests == {test for test, _, _ in BROKEN}

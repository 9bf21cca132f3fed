"""What every decoder must do."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

import numpy as np
import PIL.Image
import pytest
from attrs import evolve

from photomill.components import Decoder
from photomill.config.settings import ImageSettings
from photomill.decoding.decoder import ImageDecoder
from photomill.errors import ImageTooLarge, ImageUnreadable
from photomill.images.formats import FORMATS
from photomill.images.image import Image
from photomill.testing.sample_images import COLOURS, corners, encode, noise, quarters, stored_for

SETTINGS = ImageSettings(processes=1)
TOLERANCE = 12
"""How far a colour may be off in a format that loses some."""

_ORIENTED = ("jpeg", "png", "webp", "tiff")
_ANIMATED = ("gif", "webp", "tiff")
_TRANSPARENT = ("png", "webp", "tiff")
_MODES = {
    "png": ("1", "L", "LA", "P", "I;16"),
    "jpeg": ("L", "CMYK"),
    "tiff": ("1", "L", "P", "I;16", "CMYK"),
    "bmp": ("1", "L", "P"),
}
_MUTATIONS = 40


class DecoderContract:
    """Derive from this and fill :meth:`decoder`::

        class TestMine(DecoderContract):
            @pytest.fixture
            def decoder(self):
                return Mine, Mine.Options()

    Decoding runs in a child process, as in the engine: the class must be importable by its module's name.
    """

    @pytest.fixture
    def decoder(self) -> tuple[type[Decoder], Any]:
        """The class and its options."""
        raise pytest.UsageError(f"{type(self).__name__} must define the fixture 'decoder'")

    @pytest.fixture
    def decoding(self, decoder: tuple[type[Decoder], Any]) -> Iterator[ImageDecoder]:
        """What decodes with it as the engine does: in the sandbox."""
        with ImageDecoder([decoder], SETTINGS) as decoding:
            yield decoding

    @pytest.fixture
    def formats(self, decoder: tuple[type[Decoder], Any]) -> list[str]:
        """The formats that it reads, in the order of :data:`FORMATS`."""
        return [format for format in FORMATS if format in decoder[0].formats]

    def test_it_reads_formats_that_are_sniffed(self, decoder: tuple[type[Decoder], Any]) -> None:
        assert decoder[0].formats, "the decoder declares no format"
        assert decoder[0].formats <= set(FORMATS)

    def test_an_image_has_its_colours_and_size(
        self, decoding: ImageDecoder, formats: list[str]
    ) -> None:
        for format in formats:
            image = decoding.decode(encode(quarters(), format))
            _assert_shows(image, format)
            assert (image.width, image.height, image.format) == (64, 48, format)
            assert image.pixels.shape == (48, 64, 3), format

    def test_it_shrinks_no_further_than_asked_and_keeps_proportions(
        self, decoding: ImageDecoder, formats: list[str]
    ) -> None:
        for format in formats:
            image = decoding.decode(encode(quarters(800, 600), format), side=60)
            height, width = image.pixels.shape[:2]
            assert height >= 60, format
            assert abs(width / height - 4 / 3) < 0.02, format
            assert (image.width, image.height) == (800, 600), format
            _assert_shows(image, format)

    def test_it_never_enlarges(self, decoding: ImageDecoder, formats: list[str]) -> None:
        for format in formats:
            image = decoding.decode(encode(quarters(), format), side=500)
            assert image.pixels.shape == (48, 64, 3), format

    def test_images_are_upright(self, decoding: ImageDecoder, formats: list[str]) -> None:
        for format, orientation in product(set(formats) & set(_ORIENTED), range(1, 9)):
            stored = stored_for(quarters(160, 120), orientation)
            data = encode(stored, format, orientation=orientation)
            for side in (0, 20):
                image = decoding.decode(data, side=side)
                assert (image.width, image.height) == (160, 120), (format, orientation)
                assert image.pixels.shape[1] > image.pixels.shape[0], (format, orientation)
                _assert_shows(image, format)

    def test_transparent_parts_are_on_white(
        self, decoding: ImageDecoder, formats: list[str]
    ) -> None:
        for format in set(formats) & set(_TRANSPARENT):
            pixels = np.dstack([quarters(), np.full((48, 64), 255, np.uint8)])
            pixels[:24, :, 3] = 0
            image = decoding.decode(encode(PIL.Image.fromarray(pixels), format))
            found = corners(image.pixels)
            assert found[:2] == [(255, 255, 255)] * 2, format
            _assert_close(found[2:], COLOURS[2:], format)

    def test_every_mode_becomes_srgb(self, decoding: ImageDecoder, formats: list[str]) -> None:
        for format, modes in _MODES.items():
            for mode in modes if format in formats else ():
                image = decoding.decode(encode(_in_mode(mode), format))
                assert image.pixels.shape == (48, 64, 3), (format, mode)
                left, right = image.pixels[24, 8], image.pixels[24, 56]
                assert left.max() < 90, (format, mode)
                assert right.min() > 160, (format, mode)

    def test_the_first_frame_is_decoded(self, decoding: ImageDecoder, formats: list[str]) -> None:
        for format in set(formats) & set(_ANIMATED):
            image = decoding.decode(_frames(format, 3))
            _assert_shows(image, format)
            assert (image.width, image.height) == (64, 48), format

    def test_too_many_frames_are_refused(
        self, decoder: tuple[type[Decoder], Any], formats: list[str]
    ) -> None:
        with ImageDecoder([decoder], evolve(SETTINGS, max_frames=3)) as decoding:
            for format in set(formats) & set(_ANIMATED):
                decoding.decode(_frames(format, 3))
                with pytest.raises(ImageTooLarge, match="3 frames"):
                    decoding.decode(_frames(format, 4))

    def test_too_many_pixels_are_refused(
        self, decoder: tuple[type[Decoder], Any], formats: list[str]
    ) -> None:
        with ImageDecoder([decoder], evolve(SETTINGS, max_pixels=64 * 48)) as decoding:
            for format in formats:
                decoding.decode(encode(quarters(64, 48), format))
                with pytest.raises(ImageTooLarge, match="pixels"):
                    decoding.decode(encode(quarters(66, 48), format), side=8)

    def test_a_truncated_file_is_unreadable(
        self, decoding: ImageDecoder, formats: list[str]
    ) -> None:
        for format in formats:
            whole = encode(noise(64, 96), format)
            for length in (len(whole) // 2, len(whole) * 4 // 5):
                found = _error_of(decoding, whole[:length])
                assert found, f"{length} of {len(whole)} bytes of {format} were decoded"

    def test_a_jpeg_that_lacks_its_end_marker_is_taken_with_a_note(
        self, decoding: ImageDecoder, formats: list[str]
    ) -> None:
        if "jpeg" in formats:
            whole = encode(noise(64, 96), "jpeg")
            image = decoding.decode(whole[:-2])
            assert np.array_equal(image.pixels, decoding.decode(whole).pixels)
            assert image.notes

    def test_damaged_files_never_end_the_process(
        self, decoding: ImageDecoder, formats: list[str]
    ) -> None:
        generator = random.Random(0)
        for format in formats:
            whole = encode(quarters(), format)
            for _ in range(_MUTATIONS):
                error = _error_of(decoding, _mutated(whole, generator))
                assert "decoding process" not in error, f"{format}: {error}"

    def test_the_same_bytes_give_the_same_pixels_in_any_thread(
        self, decoding: ImageDecoder, formats: list[str]
    ) -> None:
        for format in formats:
            data = encode(noise(90, 70), format)
            with ThreadPoolExecutor(4) as threads:
                first, *others = threads.map(
                    lambda _, d=data: decoding.decode(d, side=30), range(8)
                )
            for other in others:
                assert np.array_equal(first.pixels, other.pixels), format

    def test_the_digest_is_of_the_pixels(self, decoding: ImageDecoder, formats: list[str]) -> None:
        for format in formats:
            data = encode(quarters(200, 150), format)
            whole, small = decoding.decode(data), decoding.decode(data, side=20)
            other = decoding.decode(encode(quarters(200, 151), format))
            assert len(whole.digest) == 32, format
            assert whole.digest == small.digest, format
            assert whole.digest != other.digest, format

    def test_the_digest_is_not_of_the_metadata(
        self, decoding: ImageDecoder, formats: list[str]
    ) -> None:
        for format, options in (("jpeg", {"comment": b"hello"}), ("png", {"compress_level": 1})):
            if format in formats:
                plain = decoding.decode(encode(quarters(), format))
                other = decoding.decode(encode(quarters(), format, dpi=(300, 300), **options))
                assert plain.digest == other.digest, format

    def test_one_image_without_loss_has_one_digest(
        self, decoding: ImageDecoder, formats: list[str]
    ) -> None:
        lossless = [format for format in ("png", "webp", "tiff", "bmp") if format in formats]
        digests = {decoding.decode(encode(noise(40, 30), format)).digest for format in lossless}
        assert len(digests) <= 1, lossless


def _assert_shows(image: Image, format: str) -> None:
    _assert_close(corners(image.pixels), COLOURS, format)


def _assert_close(found: Any, expected: Any, format: str) -> None:
    difference = np.abs(np.array(found, np.int64) - np.array(expected, np.int64)).max()
    assert difference <= TOLERANCE, f"{format}: the colours are {found}, not {expected}"


def _frames(format: str, count: int) -> bytes:
    """The four colours, then other frames."""
    first, *others = [
        PIL.Image.fromarray(np.roll(quarters(), 7 * number, axis=1)) for number in range(count)
    ]
    return encode(first, format, save_all=True, append_images=others)


def _in_mode(mode: str) -> PIL.Image.Image:
    """Dark on the left, light on the right."""
    grey = np.full((48, 64), 40, np.uint8)
    grey[:, 32:] = 220
    if mode == "I;16":
        return PIL.Image.fromarray(grey.astype(np.uint16) * 257)
    return PIL.Image.fromarray(grey).convert("RGB").convert(mode)


def _mutated(data: bytes, generator: random.Random) -> bytes:
    """Change some bytes behind what the format is told by."""
    changed = bytearray(data)
    for _ in range(generator.randint(1, 8)):
        changed[generator.randrange(16, len(data))] = generator.randrange(256)
    return bytes(changed)


def _error_of(decoding: ImageDecoder, data: bytes) -> str:
    try:
        decoding.decode(data, side=32)
    except (ImageUnreadable, ImageTooLarge) as error:
        return str(error)
    return ""

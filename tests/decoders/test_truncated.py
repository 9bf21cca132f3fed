"""Files that break off: one rule for every format and decoder, and no library's words in what is said of them."""

import random
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import PIL.Image
import pytest

from photomill.components import Decoder, NoOptions
from photomill.config.settings import ImageSettings
from photomill.decoding.decoder import ImageDecoder
from photomill.errors import ImageError, ImageTooLarge, ImageUnreadable
from photomill.images.image import Image
from photomill.images.truncation import png
from photomill.testing.sample_images import encode, noise
from photomill_pillow_decoder import PillowDecoder
from photomill_vips_decoder import VipsDecoder

from .conftest import LIBRARIES

END = b"\xff\xd9"
WIDTH, HEIGHT = 96, 160
DECODERS = (VipsDecoder, PillowDecoder)
Decode = Callable[..., Image]


def drawn() -> PIL.Image.Image:
    """An image in which every row differs from every other."""
    rows = noise(WIDTH, HEIGHT) // 4
    rows[:, :, 0] += np.linspace(0, 190, HEIGHT, dtype=np.uint8)[:, np.newaxis]
    return PIL.Image.fromarray(rows)


@pytest.fixture(params=DECODERS, scope="module")
def kind(request: pytest.FixtureRequest) -> type[Decoder]:
    kind: type[Decoder] = request.param
    return kind


@pytest.fixture(scope="module")
def decode(kind: type[Decoder]) -> Iterator[Decode]:
    with ImageDecoder([(kind, NoOptions())], ImageSettings(processes=1)) as decoding:
        yield decoding.decode


@pytest.fixture(scope="module")
def decode_most(kind: type[Decoder]) -> Iterator[Decode]:
    """With two fifths of the rows required."""
    settings = ImageSettings(processes=1, min_complete=0.4)
    with ImageDecoder([(kind, NoOptions())], settings) as decoding:
        yield decoding.decode


def jpeg(**options: Any) -> bytes:
    return encode(drawn(), "jpeg", quality=85, **options)


JPEGS = {
    "baseline": jpeg(),
    "progressive": jpeg(progressive=True),
    "full colour": jpeg(subsampling=0),
    "restarts": jpeg(restart_marker_rows=1),
    "grey": encode(drawn().convert("L"), "jpeg"),
}


@pytest.mark.parametrize("data", JPEGS.values(), ids=JPEGS.keys())
@pytest.mark.parametrize("cut", [1, 2])
def test_a_jpeg_without_its_end_marker_is_whole(decode: Decode, data: bytes, cut: int) -> None:
    image = decode(data[:-cut])
    assert np.array_equal(image.pixels, decode(data).pixels)
    assert image.notes == ("The file ends too early; no row of pixels is missing.",)
    assert decode(data).notes == ()


@pytest.mark.parametrize("data", JPEGS.values(), ids=JPEGS.keys())
@pytest.mark.parametrize("share", [0.35, 0.5, 0.8, 0.93, 0.99])
def test_an_end_marker_makes_no_difference(
    decode: Decode, decode_most: Decode, data: bytes, share: float
) -> None:
    cut = data[: int(len(data) * share)]
    for each in (decode, decode_most):
        assert _outcome(each, cut) == _outcome(each, cut + END)


def _outcome(decode: Decode, data: bytes) -> tuple[Any, ...]:
    try:
        image = decode(data)
    except ImageUnreadable as error:
        return (str(error),)
    assert image.notes
    return image.notes, image.digest


def _cuts(format: str) -> Iterator[bytes]:
    options: dict[str, Any] = {"tiff": {"compression": "raw"}}.get(format, {})
    whole = encode(drawn().quantize(64) if format == "gif" else drawn(), format, **options)
    for share in (0.5, 0.7, 0.9, 0.96, 0.99, 0.998):
        yield whole[: int(len(whole) * share)]
    yield whole


def _formats(kind: type[Decoder]) -> list[str]:
    return [each for each in ("jpeg", "png", "webp", "gif", "tiff", "bmp") if each in kind.formats]


def test_every_row_that_is_not_missing_is_right(kind: type[Decoder], decode_most: Decode) -> None:
    for format in _formats(kind):
        *cuts, whole = _cuts(format)
        expected = decode_most(whole).pixels
        missing = []
        for cut in cuts:
            try:
                image = decode_most(cut)
            except ImageUnreadable:
                continue
            found = re.search(r"(\d+) of 160 rows", " ".join(image.notes))
            lost = int(found[1]) if found else 0
            # Upsampled colours and deblocking reach over the edge of what is missing.
            kept = HEIGHT - lost - (8 if lost and format in ("jpeg", "webp") else 0)
            rows = slice(HEIGHT - kept, None) if format == "bmp" else slice(0, kept)
            assert np.array_equal(image.pixels[rows], expected[rows]), (format, lost)
            missing.append(lost)
        assert missing == sorted(missing, reverse=True)
        assert missing, f"nothing was taken of {format}"
        assert 0 < max(missing) < 100, format


def test_more_than_a_row_of_blocks_may_not_be_missing(kind: type[Decoder], decode: Decode) -> None:
    for format in _formats(kind):
        *cuts, _ = _cuts(format)
        taken = 0
        for cut in cuts:
            try:
                notes = " ".join(decode(cut).notes)
            except ImageUnreadable:
                continue
            found = re.search(r"(\d+) of 160 rows", notes)
            assert found is None or int(found[1]) <= 16, (format, notes)
            taken += 1
        assert 0 < taken < len(cuts), format


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_rows_are_counted_in_the_file_however_the_picture_lies(
    decode: Decode, orientation: int
) -> None:
    data = encode(noise(WIDTH, HEIGHT), "jpeg", orientation=orientation)
    plain = encode(noise(WIDTH, HEIGHT), "jpeg")
    assert decode(data[:-40]).notes == decode(plain[:-40]).notes != ()


def test_an_interlaced_png_misses_rows_from_its_last_passes() -> None:
    # Pillow writes none, so that one is made by hand: seven passes of an 8 x 8 grey image.
    passes = [1, 1, 2, 4, 8, 16, 32]
    rows = [(1, 1), (1, 1), (1, 2), (2, 2), (2, 4), (4, 4), (4, 8)]
    assert [height * width for height, width in rows] == passes
    raw = b"".join(b"\0" + bytes(width) for height, width in rows for _ in range(height))
    header = (8).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 1])
    data = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(raw, 0))
    found = png.remains(data[:-12])
    assert found is not None
    # The last row of the last pass, number 7 of 8, is there in part.
    assert found.rows == 7


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_a_progressive_jpeg_that_lacks_whole_scans_is_refused(decode: Decode) -> None:
    data = JPEGS["progressive"]
    scans = [found.start() for found in re.finditer(rb"\xff\xda", data)]
    for cut in (data[: scans[-1]], data[: scans[-1]] + END):
        with pytest.raises(ImageUnreadable, match="0 of 160 rows"):
            decode(cut)


def test_what_follows_the_first_frame_may_be_missing(decode: Decode) -> None:
    frames = [drawn().quantize(32), drawn().rotate(90).quantize(32)]
    data = encode(frames[0], "gif", save_all=True, append_images=frames[1:])
    image = decode(data[:-400])
    assert np.array_equal(image.pixels, decode(data).pixels)


def test_no_library_speaks_of_damaged_pictures(kind: type[Decoder], decode: Decode) -> None:
    generator = random.Random(3)
    for format in sorted(kind.formats):
        whole = encode(drawn(), format)
        bad = [whole[:length] for length in (31, 60, len(whole) // 3, len(whole) - 5)]
        for _ in range(12):
            changed = bytearray(whole)
            for _ in range(generator.randint(1, 30)):
                changed[generator.randrange(16, len(changed))] = generator.randrange(256)
            bad.append(bytes(changed))
        for data in bad:
            _assert_own_words(decode, data, format)


def _assert_own_words(decode: Decode, data: bytes, what: str) -> None:
    try:
        said = " ".join(decode(data, side=32).notes)
    except ImageTooLarge as error:
        said = str(error)
    except ImageError as error:
        said = str(error)
    assert not LIBRARIES.search(said), f"{what}: {said}"


def test_a_library_s_complaint_is_for_the_log(
    decode: Decode, caplog: pytest.LogCaptureFixture
) -> None:
    data = bytearray(encode(drawn(), "png"))
    data[len(data) // 2] ^= 0x55
    with caplog.at_level("INFO"), pytest.raises(ImageUnreadable):
        decode(bytes(data))
    assert "was not taken" in caplog.text

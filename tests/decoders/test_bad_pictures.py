"""Bad images end in an image or a clear error, in little time and memory."""

import random
import resource
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from photomill.components import NoOptions
from photomill.config.settings import ImageSettings
from photomill.decoding.decoder import ImageDecoder
from photomill.errors import (
    ImageError,
    ImageTooLarge,
    ImageUnreadable,
    PluginUnavailable,
    UnsupportedFormat,
)
from photomill.images.formats import FORMATS
from photomill.testing.sample_images import encode, noise, quarters
from photomill_vips_decoder import VipsDecoder

from .conftest import LIBRARIES

COLLECTED = Path(__file__).parents[3] / "shared" / "badimages"


def _chunk(kind: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def _plain_png(width: int, height: int) -> bytes:
    """A black 1-bit PNG of any size in few bytes."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width + 7) // 8 + 1) * height, 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", rows)
        + _chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("format", FORMATS)
def test_a_picture_of_no_bytes_but_its_beginning_is_unreadable(
    decoding: ImageDecoder, format: str
) -> None:
    with pytest.raises(ImageUnreadable):
        decoding.decode(encode(quarters(), format)[:30])


def test_nothing_is_no_picture(decoding: ImageDecoder) -> None:
    with pytest.raises(UnsupportedFormat, match="the file is empty"):
        decoding.decode(b"")


def test_a_huge_picture_of_few_bytes_is_refused_at_once(decoding: ImageDecoder) -> None:
    bomb = _plain_png(20_000, 20_000)
    assert len(bomb) < 100_000
    with pytest.raises(ImageTooLarge, match="20000 x 20000 pixels are more than 100000000"):
        decoding.decode(bomb, side=256)


def test_a_picture_just_below_the_limit_is_decoded(decoding: ImageDecoder) -> None:
    image = decoding.decode(_plain_png(10_000, 10_000), side=64)
    assert (image.width, image.height) == (10_000, 10_000)
    assert image.pixels.shape == (64, 64, 3)


@pytest.mark.parametrize("format", ["webp", "tiff"])
def test_large_pictures_need_no_temporary_files(decoding: ImageDecoder, format: str) -> None:
    options: dict[str, Any] = {"compression": "tiff_deflate"} if format == "tiff" else {}
    large = encode(np.zeros((6_500, 6_500, 3), np.uint8), format, **options)
    assert decoding.decode(large, side=64).pixels.shape == (64, 64, 3)


def test_a_very_wide_jpeg_is_decoded(decoding: ImageDecoder) -> None:
    wide = encode(np.zeros((100, 30_000, 3), np.uint8), "jpeg")
    assert decoding.decode(wide, side=50).pixels.shape == (50, 15_000, 3)


@pytest.mark.parametrize("format", ["jpeg", "png", "gif"])
def test_what_follows_a_picture_is_ignored(decoding: ImageDecoder, format: str) -> None:
    plain = encode(quarters(), format)
    image = decoding.decode(plain + b"PK\x03\x04<?php system($_GET['c']); ?><svg/>" * 100)
    assert np.array_equal(image.pixels, decoding.decode(plain).pixels)


def test_a_text_under_a_pictures_first_bytes_is_no_picture(decoding: ImageDecoder) -> None:
    for start in (b"\xff\xd8\xff", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"II*\0"):
        with pytest.raises(ImageError):
            decoding.decode(start + b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 10)


def test_a_tiff_of_many_channels_is_refused(decoding: ImageDecoder) -> None:
    entries = [(256, 4, 1, 100), (257, 4, 1, 100), (258, 3, 1, 8), (259, 3, 1, 1)]
    entries += [(262, 3, 1, 1), (273, 4, 1, 8), (277, 3, 1, 60_000), (278, 4, 1, 100)]
    entries += [(279, 4, 1, 600_000_000)]
    directory = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    header = struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", len(entries))
    with pytest.raises(ImageError):
        decoding.decode(header + directory + bytes(4 + 1000))


def test_damage_anywhere_has_an_answer(decoding: ImageDecoder) -> None:
    generator = random.Random(7)
    for format in FORMATS:
        whole = encode(noise(40, 30), format)
        for _ in range(30):
            changed = bytearray(whole)
            for _ in range(generator.randint(1, 20)):
                changed[generator.randrange(len(changed))] = generator.randrange(256)
            _answer(decoding, bytes(changed))


def test_a_decode_beyond_the_memory_limit_costs_only_itself() -> None:
    limits = ImageSettings(processes=1, max_memory=400 * 2**20)
    with ImageDecoder([(VipsDecoder, NoOptions())], limits) as decoding:
        with pytest.raises((ImageTooLarge, ImageUnreadable)):
            decoding.decode(_plain_png(10_000, 10_000))
        assert decoding.decode(encode(quarters(), "png")).width == 64


def test_a_limit_that_leaves_no_room_to_start_is_said_so() -> None:
    limits = ImageSettings(processes=1, max_memory=100 * 2**20)
    with (
        ImageDecoder([(VipsDecoder, NoOptions())], limits) as decoding,
        pytest.raises(PluginUnavailable, match=r"^decoders"),
    ):
        decoding.decode(encode(quarters(), "png"))


def test_no_bad_picture_costs_a_process_or_memory_of_the_engine(
    decoding: ImageDecoder, photographs: Mapping[str, Path]
) -> None:
    """Photographs cut short and overwritten, and collected files where they lie beside the repository."""
    files = {path.name: path.read_bytes() for path in sorted(COLLECTED.rglob("*.*"))}
    for name, path in photographs.items():
        whole = path.read_bytes()
        files[f"half of {name}"] = whole[: len(whole) // 2]
        files[f"{name} with a hole"] = whole[:5000] + bytes(3000) + whole[8000:]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name, data in files.items():
        answer = _answer(decoding, data)
        assert "decoding process" not in answer, f"{name}: {answer}"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 100_000, "kB in the engine"


def _answer(decoding: ImageDecoder, data: bytes) -> str:
    try:
        image = decoding.decode(data, side=64)
    except ImageError as error:
        said = str(error)
    else:
        said = ""
        assert image.pixels.nbytes < 1_000_000
    assert not LIBRARIES.search(said), said
    return said

"""Bombs are told by how a file is built, quickly and before any library sees it."""

import struct
import zlib
from contextlib import suppress

import PIL.Image
import PIL.PngImagePlugin
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from photomill.config.settings import ImageSettings
from photomill.errors import ImageError, ImageTooLarge, ImageUnreadable
from photomill.images.structure import checked
from photomill.testing.sample_images import encode, noise, quarters

LIMITS = ImageSettings()


def _chunk(kind: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def _png_with(*chunks: bytes) -> bytes:
    """A good PNG with further chunks behind its header."""
    plain = encode(quarters(), "png")
    return plain[:33] + b"".join(chunks) + plain[33:]


@pytest.mark.parametrize("format", ["jpeg", "png", "gif", "webp", "tiff", "bmp", "avif", "heic"])
def test_good_files_pass(format: str) -> None:
    data = encode(noise(200, 150), format)
    assert checked(data, format, LIMITS) == data


def test_progressive_pictures_pass() -> None:
    data = encode(noise(200, 150), "jpeg", progressive=True)
    assert checked(data, "jpeg", LIMITS) == data


def test_scans_without_end_are_refused() -> None:
    progressive = encode(quarters(), "jpeg", progressive=True)
    scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    bomb = progressive[:-2] + scan * 500_000 + b"\xff\xd9"
    with pytest.raises(ImageTooLarge, match="more than 100 scans"):
        checked(bomb, "jpeg", LIMITS)


def test_segments_without_end_are_refused() -> None:
    data = encode(quarters(), "jpeg")
    with pytest.raises(ImageTooLarge, match="more than 10000 segments"):
        checked(data[:2] + b"\xff\xfe\0\2" * 5_000_000 + data[2:], "jpeg", LIMITS)


def test_markers_without_end_take_little_time() -> None:
    assert checked(b"\xff\xd8\xff" + b"\xff" * 20_000_000, "jpeg", LIMITS)


@pytest.mark.parametrize("frame", range(0xC0, 0xC4))
def test_a_wide_jpeg_is_refused_by_its_header(frame: int) -> None:
    header = b"\xff\xd8\xff" + bytes([frame]) + struct.pack(">HBHHB", 8, 8, 30_000, 65_000, 0)
    with pytest.raises(ImageTooLarge, match="65000 x 30000 pixels are more than 100000000"):
        checked(header, "jpeg", LIMITS)


def test_a_large_png_of_few_bytes_is_refused() -> None:
    body = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(2501 * 20_000), 9)
    bomb = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", body) + _chunk(b"IDAT", rows)
    assert len(bomb) < 100_000
    with pytest.raises(ImageTooLarge, match="20000 x 20000 pixels"):
        checked(bomb, "png", LIMITS)


def test_texts_of_a_png_are_left_out() -> None:
    packed = zlib.compress(bytes(40_000_000), 9)
    text = _chunk(b"zTXt", b"Comment\0\0" + packed)
    longer = _chunk(b"iTXt", b"Comment\0\1\0\0\0" + packed)
    plain = encode(quarters(), "png")
    assert checked(_png_with(*[text, longer] * 20), "png", LIMITS) == plain


def test_a_profile_that_unpacks_to_much_is_refused() -> None:
    bomb = _chunk(b"iCCP", b"profile\0\0" + zlib.compress(bytes(40_000_000), 9))
    with pytest.raises(ImageTooLarge, match="profile unpacks to more than 8 MiB"):
        checked(_png_with(bomb), "png", LIMITS)


def test_a_damaged_profile_is_left_out() -> None:
    damaged = _png_with(_chunk(b"iCCP", b"profile\0\0not packed"))
    assert checked(damaged, "png", LIMITS) == encode(quarters(), "png")


def test_chunks_without_end_are_refused() -> None:
    with pytest.raises(ImageTooLarge, match="more than 100000 chunks"):
        checked(_png_with(_chunk(b"tEXt", b"") * 1_000_000), "png", LIMITS)
    with pytest.raises(ImageTooLarge, match="more than 100000 chunks"):
        checked(b"RIFF\0\0\0\0WEBP" + b"XXXX\0\0\0\0" * 1_000_000, "webp", LIMITS)


def _frames(format: str, count: int) -> bytes:
    first, *others = [PIL.Image.fromarray(noise(8, 8, seed)) for seed in range(count)]
    return encode(first, format, save_all=True, append_images=others)


@pytest.mark.parametrize("format", ["gif", "webp", "tiff", "png"])
def test_frames_are_counted(format: str) -> None:
    data = _frames(format, 5)
    assert checked(data, format, evolve(LIMITS, max_frames=5))
    with pytest.raises(ImageTooLarge, match="more than 4 frames"):
        checked(data, format, evolve(LIMITS, max_frames=4))


def test_frames_of_a_gif_are_as_large_as_it_says() -> None:
    header = b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0, 0, 0)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 60_000, 60_000, 0) + b"\x08\0\x3b"
    with pytest.raises(ImageTooLarge, match="60000 x 60000 pixels"):
        checked(header + frame, "gif", LIMITS)


def test_blocks_of_a_gif_without_end_are_refused() -> None:
    header = b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0, 0, 0)
    with pytest.raises(ImageTooLarge, match="more than 1000000 blocks"):
        checked(header + b"\x21\xfe" + b"\1x" * 5_000_000, "gif", LIMITS)


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_tiff_that_leads_back_to_itself_is_unreadable(order: str, big: bool) -> None:
    mark = b"II" if order == "<" else b"MM"
    if big:
        header = mark + struct.pack(order + "HHHQ", 43, 8, 0, 16)
        directory = struct.pack(order + "Q", 0) + struct.pack(order + "Q", 16)
    else:
        header = mark + struct.pack(order + "HI", 42, 8)
        directory = struct.pack(order + "H", 0) + struct.pack(order + "I", 8)
    with pytest.raises(ImageUnreadable, match="leads back to itself"):
        checked(header + directory, "tiff", LIMITS)


@pytest.mark.parametrize("format", ["jpeg", "png", "gif", "webp", "tiff"])
@given(data=st.data())
def test_any_damage_has_an_answer(format: str, data: st.DataObject) -> None:
    whole = encode(quarters(), format)
    changed = bytearray(whole[: data.draw(st.integers(8, len(whole)))])
    for place in data.draw(st.lists(st.integers(8, len(whole) - 1), max_size=8)):
        if place < len(changed):
            changed[place] = data.draw(st.integers(0, 255))
    with suppress(ImageError):
        assert checked(bytes(changed), format, LIMITS)

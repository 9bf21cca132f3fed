"""Reading the orientation."""

import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomill.images.exif_fields import ExifFields


def orientation(block: bytes) -> int:
    return ExifFields.read(block).orientation


def _exif(value: int) -> bytes:
    exif = PIL.Image.Exif()
    exif[0x010F] = "A maker"
    exif[0x0112] = value
    return exif.tobytes().removeprefix(b"Exif\0\0")


@pytest.mark.parametrize("value", range(1, 9))
def test_it_is_read(value: int) -> None:
    assert orientation(_exif(value)) == value


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_what_does_not_exist_is_upright(value: int) -> None:
    assert orientation(_exif(value)) == 1


def test_the_other_byte_order_is_read() -> None:
    entry = b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"
    assert orientation(b"MM\0*\0\0\0\x08\0\x01" + entry) == 6


@given(st.binary(max_size=200), st.sampled_from([b"", b"II*\0", b"MM\0*", b"II*\0\x08\0\0\0"]))
def test_any_bytes_have_an_answer(data: bytes, start: bytes) -> None:
    assert 1 <= orientation(start + data) <= 8

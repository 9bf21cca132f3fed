"""What a camera noted, as attributes of records."""

import io
from typing import Any

import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from photomill.importing.exposure import camera_attributes

pillow_heif.register_heif_opener()


def picture(format: str = "jpeg") -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Maker", "Maker X100"
    exif.get_ifd(0x8769).update(
        {
            0x9003: "2025:07:01 10:20:30",
            0x9011: "+02:00",
            0x829A: IFDRational(1, 250),
            0x829D: IFDRational(28, 10),
            0x8827: 400,
            0x920A: IFDRational(35, 1),
            0xA434: "35mm F2.8",
        }
    )
    exif.get_ifd(0x8825).update(
        {
            1: "S",
            2: (IFDRational(49), IFDRational(30), IFDRational(0)),
            3: "E",
            4: (IFDRational(16), IFDRational(36), IFDRational(36)),
            5: b"\x01",
            6: IFDRational(125, 10),
        }
    )
    file = io.BytesIO()
    block = exif.tobytes()
    Image.new("RGB", (64, 64)).save(file, format, exif=block)
    return file.getvalue()


SHOT: dict[str, Any] = {
    "captured": "2025-07-01T10:20:30+02:00",
    "camera": "Maker X100",
    "lens": "35mm F2.8",
    "exposure_time": 0.004,
    "f_number": 2.8,
    "iso": 400,
    "focal_length": 35,
}


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "heif"])
def test_a_shot_is_described_without_its_place(format: str) -> None:
    assert camera_attributes(picture(format), gps=False) == SHOT


def test_the_place_is_told_where_it_may_be() -> None:
    place = {"latitude": -49.5, "longitude": 16.61, "altitude": -12.5}
    assert camera_attributes(picture(), gps=True) == {**SHOT, **place}


def test_what_is_not_said_is_left_out() -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG")
    assert camera_attributes(file.getvalue(), gps=True) == {}


@given(at=st.integers(20, 500), changed=st.binary(min_size=1, max_size=40))
def test_any_bytes_have_an_answer(at: int, changed: bytes) -> None:
    whole = picture()
    found = camera_attributes(whole[:at] + changed + whole[at + len(changed) :], gps=True)
    assert all(isinstance(value, str | int | float) for value in found.values())

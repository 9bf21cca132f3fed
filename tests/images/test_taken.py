"""Reading when a photo was taken."""

from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photomill.images.taken import time_taken

TAKEN, FRACTION, OFFSET = 0x9003, 0x9291, 0x9011
NOON = 1719835200.0


def picture(format: str, **fields: str) -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "A maker"
    names = {"taken": TAKEN, "fraction": FRACTION, "offset": OFFSET}
    exif.get_ifd(0x8769).update({names[name]: value for name, value in fields.items()})
    if format == "tiff":
        # Pillow leaves the directory out of TIFF files; this is one without pixels.
        return exif.tobytes().removeprefix(b"Exif\0\0")
    written = BytesIO()
    Image.new("RGB", (8, 8)).save(written, format, exif=exif)
    return written.getvalue()


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "tiff"])
def test_every_format_tells(format: str) -> None:
    assert time_taken(picture(format, taken="2024:07:01 12:00:00"), format) == NOON


def test_the_clock_is_where_it_is_said_to_be() -> None:
    data = picture("jpeg", taken="2024:07:01 12:00:00")
    assert time_taken(data, "jpeg", ZoneInfo("Europe/Berlin")) == NOON - 7200
    data = picture("jpeg", taken="2024:07:01 12:00:00", offset="-07:00", fraction="25")
    assert time_taken(data, "jpeg", ZoneInfo("Europe/Berlin")) == NOON + 7 * 3600 + 0.25


@pytest.mark.parametrize(
    "written", ["", "0000:00:00 00:00:00", "yesterday", "2024:07:01", "é" * 99]
)
def test_what_is_no_time_is_none(written: str) -> None:
    assert time_taken(picture("jpeg", taken=written), "jpeg") is None


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "tiff", "heic"])
@given(data=st.binary(max_size=300))
def test_any_bytes_have_an_answer(format: str, data: bytes) -> None:
    whole = picture("jpeg", taken="2024:07:01 12:00:00")
    for each in (data, whole[: len(data)], whole[:30] + data + whole[60:]):
        time_taken(each, format)

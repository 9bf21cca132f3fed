"""Reading when a photo was taken."""

from datetime import UTC, tzinfo
from functools import cache
from io import BytesIO
from zoneinfo import ZoneInfo

import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photomill.images.capture_time import CaptureTime, capture_time

FIELDS = {
    "taken": 0x9003,
    "fraction": 0x9291,
    "offset": 0x9011,
    "digitized": 0x9004,
    "digitized_fraction": 0x9292,
    "digitized_offset": 0x9012,
    "file_offset": 0x9010,
}
pillow_heif.register_heif_opener()
NOON = 1719835200.0


def picture(format: str, **fields: str) -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "A maker"
    exif.get_ifd(0x8769).update({FIELDS[name]: value for name, value in fields.items()})
    if format == "tiff":
        # Pillow leaves the directory out of TIFF files; this is one without pixels.
        return exif.tobytes().removeprefix(b"Exif\0\0")
    written = BytesIO()
    # The encoders of AVIF and HEIC want the block as bytes.
    block = exif.tobytes() if format in ("avif", "heif") else exif
    Image.new("RGB", (64, 64)).save(written, format, exif=block)
    return written.getvalue()


@cache
def _boxed() -> bytes:
    return picture("avif", taken="2024:07:01 12:00:00")


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "tiff", "avif", "heic"])
def test_every_format_tells(format: str) -> None:
    written = {"heic": "heif"}.get(format, format)
    assert _moment(picture(written, taken="2024:07:01 12:00:00"), format) == NOON


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"taken": "2024:07:01 12:00:00"}, CaptureTime(NOON)),
        ({"taken": "2024:07:01 12:00:00", "offset": "+02:00"}, CaptureTime(NOON, 7200)),
        ({"taken": "2024:07:01 12:00:00", "file_offset": "+02:00"}, CaptureTime(NOON, 7200)),
        (
            {"taken": "2024:07:01 12:00:00", "offset": "-03:30", "file_offset": "+02:00"},
            CaptureTime(NOON, -12600),
        ),
        ({"taken": "2024:07:01 12:00:00", "offset": "Z"}, CaptureTime(NOON, 0)),
        ({"taken": "2024:07:01 12:00:00", "offset": "+99:00"}, CaptureTime(NOON)),
        ({"taken": "2024:07:01 12:00:00", "digitized_offset": "+05:00"}, CaptureTime(NOON)),
        ({"digitized": "2024:07:01 12:00:00"}, CaptureTime(NOON)),
        ({"digitized": "2024:07:01 12:00:00", "digitized_fraction": "5"}, CaptureTime(NOON + 0.5)),
        (
            {"digitized": "2024:07:01 12:00:00", "digitized_offset": "+01:00"},
            CaptureTime(NOON, 3600),
        ),
        ({"digitized": "2024:07:01 12:00:00", "file_offset": "+01:00"}, CaptureTime(NOON, 3600)),
        ({"taken": "    :  :     :  :  ", "digitized": "2024:07:01 12:00:00"}, CaptureTime(NOON)),
        ({"taken": "2024:07:01 12:00:00", "digitized": "2025:07:01 12:00:00"}, CaptureTime(NOON)),
        ({"offset": "+02:00"}, None),
    ],
)
def test_what_a_camera_notes_of_the_time(
    fields: dict[str, str], expected: CaptureTime | None
) -> None:
    assert capture_time(picture("jpeg", **fields), "jpeg") == expected


def test_the_clock_is_where_it_is_said_to_be() -> None:
    data = picture("jpeg", taken="2024:07:01 12:00:00")
    assert _moment(data, "jpeg", ZoneInfo("Europe/Berlin")) == NOON - 7200
    data = picture("jpeg", taken="2024:07:01 12:00:00", offset="-07:00", fraction="25")
    assert _moment(data, "jpeg", ZoneInfo("Europe/Berlin")) == NOON + 7 * 3600 + 0.25


@pytest.mark.parametrize(
    "written", ["", "0000:00:00 00:00:00", "yesterday", "2024:07:01", "é" * 99]
)
def test_what_is_no_time_is_none(written: str) -> None:
    assert _moment(picture("jpeg", taken=written), "jpeg") is None


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "tiff", "avif", "heic"])
@given(data=st.binary(max_size=300))
def test_any_bytes_have_an_answer(format: str, data: bytes) -> None:
    boxed = format in ("avif", "heic")
    whole = _boxed() if boxed else picture("jpeg", taken="2024:07:01 12:00:00")
    for each in (data, whole[: len(data)], whole[:30] + data + whole[60:]):
        _moment(each, format)


def _moment(data: bytes, format: str, zone: tzinfo = UTC) -> float | None:
    found = capture_time(data, format)
    return None if found is None else found.since_epoch(zone)

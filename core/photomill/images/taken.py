"""When a photo was taken, as its camera noted it."""

import struct
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from photomill.errors import ImageTooLarge
from photomill.images.structure import jpeg, png

_HEADER = b"Exif\0\0"
_EXIF_DIRECTORY = 0x8769
_TAKEN, _TAKEN_FRACTION, _TAKEN_OFFSET = 0x9003, 0x9291, 0x9011


def time_taken(data: bytes, format: str, zone: tzinfo = UTC) -> float | None:
    """Read when a picture was taken, in seconds since the epoch; None where it does not say.

    The fields are EXIF 2.32's ``DateTimeOriginal``, ``SubSecTimeOriginal`` and ``OffsetTimeOriginal``. Only JPEG, PNG,
    WebP and TIFF are looked into.

    :param data: a picture that was decoded already.
    :param zone: where the camera's clock is taken to be, when the picture does not say.
    """
    from PIL import Image

    block = _exif(data, format)
    if not block:
        return None
    exif = Image.Exif()
    try:
        exif.load(block)
        return _moment(exif.get_ifd(_EXIF_DIRECTORY), zone)
    except (ValueError, OverflowError, KeyError, TypeError, SyntaxError, OSError, struct.error):
        # Cameras and programs write what they like into it; it is of no more use then.
        return None


def _moment(fields: dict[int, Any], zone: tzinfo) -> float | None:
    written = str(fields.get(_TAKEN, "")).strip("\0 ")
    if not written:
        return None
    moment = datetime.strptime(written, "%Y:%m:%d %H:%M:%S")
    fraction = str(fields.get(_TAKEN_FRACTION, "")).strip("\0 ")
    if fraction.isascii() and fraction.isdecimal():
        moment += timedelta(seconds=float(f"0.{fraction}"))
    offset = str(fields.get(_TAKEN_OFFSET, "")).strip("\0 ")
    return moment.replace(tzinfo=_zone(offset) or zone).timestamp()


def _zone(offset: str) -> tzinfo | None:
    """The zone of an offset like ``+02:00``."""
    try:
        hours, minutes = offset[1:].split(":")
        ahead = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-ahead if offset.startswith("-") else ahead)
    except ValueError:
        return None


def _exif(data: bytes, format: str) -> bytes:
    """The EXIF block of a file, empty where there is none."""
    if format == "tiff":
        return data
    if format == "webp":
        return _of_webp(data)
    try:
        return {"jpeg": _of_jpeg, "png": _of_png}.get(format, lambda data: b"")(data)
    except ImageTooLarge:
        return b""


def _of_jpeg(data: bytes) -> bytes:
    for segment in jpeg.segments(data):
        if segment.marker == jpeg.START_OF_SCAN:
            break
        body = data[segment.start + 4 : segment.end]
        if segment.marker == jpeg.APP1 and body.startswith(_HEADER):
            return body[len(_HEADER) :]
    return b""


def _of_png(data: bytes) -> bytes:
    for chunk in png.chunks(data):
        if chunk.type == b"eXIf":
            return data[chunk.start + 8 : chunk.end - 4]
    return b""


def _of_webp(data: bytes) -> bytes:
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"EXIF":
            return data[at + 8 : at + 8 + size].removeprefix(_HEADER)
        at += 8 + size + size % 2
    return b""

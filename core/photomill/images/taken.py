"""When a photo was taken, as its camera noted it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from photomill.errors import ImageTooLarge
from photomill.images.exif import texts
from photomill.images.structure import jpeg, png

_HEADER = b"Exif\0\0"
_TAKEN, _TAKEN_FRACTION, _TAKEN_OFFSET = 0x9003, 0x9291, 0x9011


def time_taken(data: bytes, format: str, zone: tzinfo = UTC) -> float | None:
    """Read when a picture was taken, in seconds since the epoch; None where it does not say.

    The fields are EXIF 2.32's ``DateTimeOriginal``, ``SubSecTimeOriginal`` and ``OffsetTimeOriginal``. Only JPEG, PNG,
    WebP and TIFF are looked into.

    :param data: a picture that was decoded already.
    :param zone: where the camera's clock is taken to be, when the picture does not say.
    """
    fields = texts(_exif(data, format))
    try:
        moment = datetime.strptime(fields.get(_TAKEN, ""), "%Y:%m:%d %H:%M:%S")
        fraction = fields.get(_TAKEN_FRACTION, "")
        if fraction.isascii() and fraction.isdecimal():
            moment += timedelta(seconds=float(f"0.{fraction}"))
        return moment.replace(tzinfo=_zone(fields.get(_TAKEN_OFFSET, "")) or zone).timestamp()
    except (ValueError, OverflowError):
        # Cameras and programs write what they like into it; it is of no more use then.
        return None


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
    try:
        return _READERS[format](data) if format in _READERS else b""
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


_READERS: dict[str, Callable[[bytes], bytes]] = {
    "jpeg": _of_jpeg,
    "png": _of_png,
    "webp": _of_webp,
}

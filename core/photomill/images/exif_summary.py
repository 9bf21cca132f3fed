"""How a photo was taken, as people read it."""

import struct
from fractions import Fraction

from attrs import frozen

from photomill.images.capture_time import CaptureTime, time_of_fields
from photomill.images.exif_block import exif_block
from photomill.images.exif_fields import Directory, ExifFields, text_of
from photomill.images.formats import sniff

_MAKE, _MODEL, _SOFTWARE = 0x010F, 0x0110, 0x0131
_EXPOSURE, _APERTURE, _ISO, _FOCAL, _LENS = 0x829A, 0x829D, 0x8827, 0x920A, 0xA434
_LATITUDE_SIDE, _LATITUDE, _LONGITUDE_SIDE, _LONGITUDE, _ALTITUDE_SIDE, _ALTITUDE = range(1, 7)
_RATIONAL, _SHORT, _LONG = 5, 3, 4
_BELOW_THE_SEA = b"\x01"


@frozen
class ExifSummary:
    """What a camera noted of a photo; what it did not is empty or None.

    :ivar exposure: seconds.
    :ivar aperture: the f-number.
    :ivar focal_length: millimetres.
    :ivar latitude: degrees north.
    :ivar longitude: degrees east.
    :ivar altitude: metres above the sea.
    """

    camera: str = ""
    lens: str = ""
    software: str = ""
    captured: CaptureTime | None = None
    exposure: Fraction | None = None
    aperture: float | None = None
    iso: int | None = None
    focal_length: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    altitude: float | None = None


def summarise_exif(data: bytes) -> ExifSummary:
    """Read what a camera noted in a file of any format; without decoding it. Any bytes have an answer."""
    format = sniff(data)
    if format is None:
        return ExifSummary()
    fields = ExifFields.read(exif_block(data, format))
    make, model = fields.text(_MAKE), fields.text(_MODEL)
    order = fields.order
    return ExifSummary(
        camera=model if model.lower().startswith(make.lower()) else f"{make} {model}".strip(),
        lens=text_of(fields.photo, _LENS),
        software=fields.text(_SOFTWARE),
        captured=time_of_fields(fields),
        exposure=_first(_rationals(fields.photo, _EXPOSURE, order)),
        aperture=_as_float(_first(_rationals(fields.photo, _APERTURE, order))),
        iso=_integer(fields.photo, _ISO, order),
        focal_length=_as_float(_first(_rationals(fields.photo, _FOCAL, order))),
        latitude=_degrees(fields.place, _LATITUDE, _LATITUDE_SIDE, "S", 90, order),
        longitude=_degrees(fields.place, _LONGITUDE, _LONGITUDE_SIDE, "W", 180, order),
        altitude=_altitude(fields.place, order),
    )


def _rationals(directory: Directory, tag: int, order: str) -> list[Fraction]:
    found = directory.get(tag)
    if found is None or found.type != _RATIONAL:
        return []
    numbers = struct.unpack(f"{order}{2 * found.count}I", found.value)
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return [Fraction(above, below) for above, below in pairs if below]


def _integer(directory: Directory, tag: int, order: str) -> int | None:
    found = directory.get(tag)
    if found is None or found.type not in (_SHORT, _LONG):
        return None
    size, letter = (2, "H") if found.type == _SHORT else (4, "I")
    return int(struct.unpack_from(f"{order}{letter}", found.value[:size])[0])


def _degrees(
    directory: Directory, tag: int, side_tag: int, negative: str, most: int, order: str
) -> float | None:
    parts = _rationals(directory, tag, order)
    if len(parts) != 3:
        return None
    degrees = float(parts[0] + parts[1] / 60 + parts[2] / 3600)
    if degrees > most:
        return None
    return -degrees if text_of(directory, side_tag) == negative else degrees


def _altitude(directory: Directory, order: str) -> float | None:
    height = _as_float(_first(_rationals(directory, _ALTITUDE, order)))
    side = directory.get(_ALTITUDE_SIDE)
    below = side is not None and side.value == _BELOW_THE_SEA
    return -height if below and height is not None else height


def _first(numbers: list[Fraction]) -> Fraction | None:
    return numbers[0] if numbers else None


def _as_float(number: Fraction | None) -> float | None:
    return None if number is None else float(number)

"""What a camera notes of a picture, as attributes of a record."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from photomill.images.exif import Value, values
from photomill.images.exif_block import exif_block
from photomill.images.taken import camera_time

_MAKE, _MODEL = 0x010F, 0x0110
_EXPOSURE_TIME, _F_NUMBER, _ISO, _FOCAL_LENGTH, _LENS = 0x829A, 0x829D, 0x8827, 0x920A, 0xA434
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE, _ALTITUDE_REF, _ALTITUDE = range(1, 7)


def camera_attributes(data: bytes, format: str, *, gps: bool) -> dict[str, Any]:
    """Read what EXIF says of how a picture was taken; what it does not say is left out.

    ``taken`` (ISO 8601, with an offset where the camera knew it), ``camera``, ``lens``, ``exposure_time`` in seconds,
    ``f_number``, ``iso`` and ``focal_length`` in millimetres.

    :param gps: also ``latitude`` and ``longitude`` in degrees, north and east positive, and ``altitude`` in metres.
    """
    block = values(exif_block(data, format))
    found: dict[str, Any] = {
        "taken": _taken(data, format),
        "camera": _camera(block.image),
        "lens": _text(block.photo.get(_LENS)),
        "exposure_time": _positive(block.photo.get(_EXPOSURE_TIME)),
        "f_number": _positive(block.photo.get(_F_NUMBER)),
        "iso": _positive(block.photo.get(_ISO)),
        "focal_length": _positive(block.photo.get(_FOCAL_LENGTH)),
    }
    if gps:
        found |= _place(block.gps)
    return {name: value for name, value in found.items() if value not in (None, "")}


def _taken(data: bytes, format: str) -> str:
    taken = camera_time(data, format)
    if taken is None:
        return ""
    shown = datetime.fromtimestamp(taken.clock, UTC)
    precision = "milliseconds" if shown.microsecond else "seconds"
    if taken.offset is None:
        return shown.replace(tzinfo=None).isoformat(timespec=precision)
    zone = timezone(timedelta(seconds=taken.offset))
    return shown.replace(tzinfo=zone).isoformat(timespec=precision)


def _camera(fields: Mapping[int, Value]) -> str:
    make, model = _text(fields.get(_MAKE)), _text(fields.get(_MODEL))
    if not model or model.casefold().startswith(make.casefold()):
        return model or make
    return f"{make} {model}"


def _place(fields: Mapping[int, Value]) -> dict[str, float | None]:
    latitude = _degrees(fields.get(_LATITUDE), fields.get(_LATITUDE_REF), "S", 90)
    longitude = _degrees(fields.get(_LONGITUDE), fields.get(_LONGITUDE_REF), "W", 180)
    if latitude is None or longitude is None:
        return {}
    height = _number(fields.get(_ALTITUDE))
    below = fields.get(_ALTITUDE_REF) == (1.0,)
    altitude = -height if below and height is not None else height
    return {"latitude": latitude, "longitude": longitude, "altitude": altitude}


def _degrees(
    value: Value | None, reference: Value | None, negative: str, most: int
) -> float | None:
    if not isinstance(value, tuple) or len(value) != 3 or not all(map(math.isfinite, value)):
        return None
    degrees = value[0] + value[1] / 60 + value[2] / 3600
    if not 0 <= degrees <= most:
        return None
    return round(-degrees if _text(reference).upper() == negative else degrees, 7)


def _text(value: Value | None) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Value | None) -> float | None:
    if not isinstance(value, tuple) or not value or not math.isfinite(value[0]):
        return None
    return int(value[0]) if value[0].is_integer() else round(value[0], 6)


def _positive(value: Value | None) -> float | None:
    number = _number(value)
    return number if number is not None and number > 0 else None

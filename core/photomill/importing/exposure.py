"""What a camera notes of an image, as attributes of a record."""

from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

from photomill.images.capture_time import CaptureTime
from photomill.images.exif_summary import ExifSummary, summarise_exif

_LONGEST_TEXT = 100
CAMERA_ATTRIBUTES = frozenset(
    {
        "captured",
        "camera",
        "lens",
        "exposure_time",
        "f_number",
        "iso",
        "focal_length",
        "latitude",
        "longitude",
        "altitude",
    }
)
"""The attributes that :func:`camera_attributes` may give."""

_DECIMALS, _DECIMALS_OF_DEGREES = 6, 7


def camera_attributes(data: bytes, *, gps: bool) -> dict[str, Any]:
    """Read what EXIF says of how an image was taken; what it does not say is left out.

    ``captured`` (ISO 8601, with an offset where the camera knew it), ``camera``, ``lens``, ``exposure_time`` in seconds,
    ``f_number``, ``iso`` and ``focal_length`` in millimetres.

    :param gps: also ``latitude`` and ``longitude`` in degrees, north and east positive, and ``altitude`` in metres.
    """
    noted = summarise_exif(data)
    found: dict[str, Any] = {
        "captured": _clock(noted.captured),
        "camera": _text(noted.camera),
        "lens": _text(noted.lens),
        "exposure_time": _positive(noted.exposure),
        "f_number": _positive(noted.aperture),
        "iso": _positive(noted.iso),
        "focal_length": _positive(noted.focal_length),
    }
    if gps:
        found |= _place(noted)
    return {name: value for name, value in found.items() if value not in (None, "")}


def _clock(captured: CaptureTime | None) -> str:
    """What the camera's clock showed, with its offset from UTC where the camera says it; empty for nothing."""
    if captured is None:
        return ""
    clock = datetime.fromtimestamp(captured.clock, UTC).replace(tzinfo=None)
    offset = None if captured.offset is None else timezone(timedelta(seconds=captured.offset))
    return clock.replace(tzinfo=offset).isoformat(timespec="seconds")


def _place(noted: ExifSummary) -> dict[str, float | None]:
    if noted.latitude is None or noted.longitude is None:
        return {}
    return {
        "latitude": round(noted.latitude, _DECIMALS_OF_DEGREES),
        "longitude": round(noted.longitude, _DECIMALS_OF_DEGREES),
        "altitude": None if noted.altitude is None else _number(noted.altitude),
    }


def _text(noted: str) -> str:
    return noted.partition("\0")[0].strip()[:_LONGEST_TEXT]


def _positive(noted: Fraction | float | None) -> float | None:
    return _number(noted) if noted is not None and noted > 0 else None


def _number(noted: Fraction | float) -> float:
    number = round(float(noted), _DECIMALS)
    return int(number) if number.is_integer() else number

"""What a file says beside its pixels."""

from typing import Any

_EXIF = "exif-data"
_EXIF_RESOLUTION = "exif-ifd0-XResolution"
_EXIF_UNIT = "exif-ifd0-ResolutionUnit"
_PREFIX = b"Exif\0\0"
_MILLIMETRES = 25.4
_UNKNOWN = 1.0
"""Pixels per millimetre, as libvips has it where a file does not say."""


def exif(image: Any) -> bytes:
    """The EXIF block, from its TIFF header on; empty where there is none."""
    if not image.get_typeof(_EXIF):
        return b""
    return bytes(image.get(_EXIF)).removeprefix(_PREFIX)


def dpi(image: Any) -> float | None:
    """Dots per inch, as the file's own header or its EXIF block states them."""
    if image.xres != _UNKNOWN:
        return float(round(image.xres * _MILLIMETRES, 2)) or None
    return _exif_dpi(image)


def _exif_dpi(image: Any) -> float | None:
    if not image.get_typeof(_EXIF_RESOLUTION):
        return None
    numerator, _, rest = str(image.get(_EXIF_RESOLUTION)).partition("/")
    denominator = rest.partition(" ")[0]
    if not (numerator.isdigit() and denominator.isdigit() and int(denominator)):
        return None
    unit = str(image.get(_EXIF_UNIT)) if image.get_typeof(_EXIF_UNIT) else "2"
    per_inch = int(numerator) / int(denominator) * (2.54 if unit.startswith("3") else 1)
    return round(per_inch, 2) or None

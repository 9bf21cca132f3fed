"""What a file says beside its pixels."""

from typing import Any

_EXIF = "exif-data"
_XMP = "xmp-data"
_SAMPLING = "jpeg-chroma-subsample"
_BITS = "bits-per-sample"
_PREFIX = b"Exif\0\0"
_UNIT = "resolution-unit"
_MILLIMETRES = 25.4
_UNSAID = (1.0, 2.834, 72 / _MILLIMETRES)
"""Pixels per millimetre that libvips' loaders state where a file does not: in general, for PNG, for JPEG."""


def exif(image: Any) -> bytes:
    """The EXIF block, from its TIFF header on; empty where there is none."""
    if not image.get_typeof(_EXIF):
        return b""
    return bytes(image.get(_EXIF)).removeprefix(_PREFIX)


def xmp(image: Any) -> bytes:
    """The XMP packet; empty where there is none."""
    return bytes(image.get(_XMP)) if image.get_typeof(_XMP) else b""


def depth(image: Any) -> int:
    """Bits a channel; 32 of floating-point numbers."""
    numbers = image.format
    if numbers in ("float", "double"):
        return 32
    stated = int(image.get(_BITS)) if image.get_typeof(_BITS) else 0
    return stated or (16 if numbers in ("ushort", "short", "uint", "int") else 8)


def colours_halved(image: Any) -> bool:
    """Whether a JPEG stores its colours at half the size."""
    return bool(image.get_typeof(_SAMPLING) and image.get(_SAMPLING) == "4:2:0")


def dpi(image: Any) -> float | None:
    """Dots per inch, as the file's own header or its EXIF block states them."""
    if image.xres in _UNSAID and not image.get_typeof(_UNIT):
        return None
    return float(round(image.xres * _MILLIMETRES, 2)) or None

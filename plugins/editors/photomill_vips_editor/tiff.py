"""What libvips writes into no TIFF file: EXIF."""

from typing import Any

from photomill.plugin import IPTC, XMP, ExifFields

_PREFIX = b"Exif\0\0"


def with_metadata(file: bytes, image: Any) -> bytes:
    """Add what an image carries of EXIF, XMP and IPTC to its TIFF file."""
    exif = ExifFields.read(_carried(image, "exif-data").removeprefix(_PREFIX))
    blocks = {XMP: _carried(image, "xmp-data"), IPTC: _carried(image, "iptc-data")}
    fields = exif.described(image.width, image.height).with_bytes(blocks)
    return fields.in_tiff(file) if fields.block() else file


def _carried(image: Any, name: str) -> bytes:
    return bytes(image.get(name)) if image.get_typeof(name) else b""

"""What a file says beside its pixels: resolution, EXIF, XMP and IPTC."""

import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from photomill.plugin import EditContext, Output, to_photoshop

_EXIF = "exif-data"
_XMP, _IPTC = "xmp-data", "iptc-data"
_UNIT = "resolution-unit"
_PREFIX = b"Exif\0\0"
_TIFF_HEADERS: Mapping[bytes, str] = MappingProxyType({b"II*\0": "<", b"MM\0*": ">"})
"""And the order of bytes, as ``struct`` has it."""
_ENTRY = 12
_MILLIMETRES = 25.4
_DEFAULT_DPI = 72
"""What programs take a file for that does not say; PNG and TIFF always do."""
_HEADER = frozenset(
    {"width", "height", "bands", "format", "coding", "interpretation", "xoffset", "yoffset"}
    | {"xres", "yres", "filename"}
)
_ORIENTATION = "exif-ifd0-Orientation"
"""Not true any more: the image was turned upright."""
_MAX_SEGMENT = 65_527
"""What a JPEG's EXIF segment can hold behind its length and its name."""


def resolved(image: Any, output: Output, context: EditContext) -> Any:
    """Take off everything that the file an image came from said of it, and put the resolution on."""
    resolution = (_dpi(output, context) or _DEFAULT_DPI) / _MILLIMETRES
    image = image.copy(xres=resolution, yres=resolution)
    for name in image.get_fields():
        if name not in _HEADER:
            image.remove(name)
    return image


def labelled(image: Any, output: Output, context: EditContext) -> Any:
    """Put the unit of the resolution on, and what is kept of the original's metadata.

    :param image: nobody else's.
    """
    import pyvips

    if output.keep_metadata:
        image = _with_exif(image, context)
        for name, block in ((_XMP, context.origin.xmp), (_IPTC, context.origin.iptc)):
            if block:
                image = image.copy()
                image.set_type(pyvips.GValue.blob_type, name, block)
    if _dpi(output, context):
        image.set_type(pyvips.GValue.gstr_type, _UNIT, "in")
    return image


def _dpi(output: Output, context: EditContext) -> float | None:
    return output.dpi or context.origin.dpi


def with_iptc_segment(image: Any) -> Any:
    """Wrap IPTC records as a JPEG file has them."""
    import pyvips

    if not image.get_typeof(_IPTC):
        return image
    image = image.copy()
    segment = to_photoshop(bytes(image.get(_IPTC)))
    image.set_type(pyvips.GValue.blob_type, _IPTC, segment)
    return image


def needs_exif(image: Any, *, for_resolution: bool) -> bool:
    """Whether an EXIF block belongs into the file.

    :param for_resolution: the format has no other place to say it.
    """
    return bool(image.get_typeof(_EXIF) or (for_resolution and image.get_typeof(_UNIT)))


def _with_exif(image: Any, context: EditContext) -> Any:
    """Add the fields of an EXIF block, as libvips reads them from a file: it writes no block that it did not read."""
    import pyvips

    if context.origin.metadata[:4] not in _TIFF_HEADERS:
        return image
    block = _PREFIX + _without_thumbnail(context.origin.metadata)
    if len(block) > _MAX_SEGMENT:
        context.notes.append("The EXIF metadata is too large for a file, and was left out.")
        return image
    length = (len(block) + 2).to_bytes(2, "big")
    pixel = pyvips.Image.black(1, 1).jpegsave_buffer(keep="none")
    carrier = pyvips.Image.jpegload_buffer(pixel[:2] + b"\xff\xe1" + length + block + pixel[2:])
    image = image.copy()
    for name in carrier.get_fields():
        if name.startswith("exif-") and name != _ORIENTATION:
            image.set_type(carrier.get_typeof(name), name, carrier.get(name))
    image.set_type(pyvips.GValue.gint_type, "orientation", 1)
    return image


def _without_thumbnail(block: bytes) -> bytes:
    """Have a block end with its first directory; the second is of a thumbnail, which shows what was cut away since.

    What is not referred to is left out when libvips writes the block anew.
    """
    order = _TIFF_HEADERS[block[:4]]
    try:
        (directory,) = struct.unpack_from(f"{order}I", block, 4)
        (entries,) = struct.unpack_from(f"{order}H", block, directory)
    except struct.error:
        return block
    after = directory + 2 + entries * _ENTRY
    return block[:after] + bytes(4) + block[after + 4 :]

"""What a file says beside its pixels."""

import struct
import warnings
from typing import Any

from attrs import frozen

from photomill.plugin import Origin, Output

_ORIENTATION = 0x0112
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 0x011A, 0x011B, 0x0128
_INCH = 2
_EXIF_FOLDER = 0x8769
_EXIF_WIDTH, _EXIF_HEIGHT = 0xA002, 0xA003
_OF_THE_STORED_PICTURE = frozenset(
    {
        0x0100,
        0x0101,
        0x0102,
        0x0103,
        0x0106,
        0x0111,
        _ORIENTATION,
        0x0115,
        0x0116,
        0x0117,
        0x011C,
        0x013D,
        0x0140,
    }
    | {
        0x0142,
        0x0143,
        0x0144,
        0x0145,
        0x0152,
        0x0153,
        0x015B,
        0x0201,
        0x0202,
        0x0211,
        0x0212,
        0x0213,
        0x8773,
    }
)
"""How its pixels lay in the original file: turned, in strips, compressed, with a profile."""
_PREFIX = b"Exif\0\0"


@frozen
class Headers:
    """
    :ivar dpi: dots per inch; None where nobody says.
    :ivar exif: Pillow's EXIF block; None where the file gets none.
    :ivar block: the same block as bytes; ``xmp`` and ``iptc`` likewise.
    """

    dpi: float | None = None
    exif: Any = None
    block: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""


def headers_of(output: Output, origin: Origin, size: tuple[int, int]) -> Headers:
    """Tell what the new file says of itself.

    :param size: its width and height, which an EXIF block that is kept states too.
    """
    dpi = output.dpi if output.dpi is not None else origin.dpi
    kept = _upright(origin.metadata, size) if output.keep_metadata and origin.metadata else None
    if not output.keep_metadata:
        return Headers(dpi)
    return Headers(dpi, kept, origin.metadata if kept else b"", origin.xmp, origin.iptc)


def with_resolution(headers: Headers) -> Any:
    """The EXIF block of a format that has no other place for the resolution; None where it would be empty."""
    import PIL.Image

    if headers.dpi is None:
        return headers.exif
    exif = PIL.Image.Exif() if headers.exif is None else headers.exif
    exif[_X_RESOLUTION] = exif[_Y_RESOLUTION] = headers.dpi
    exif[_RESOLUTION_UNIT] = _INCH
    return exif


def _upright(block: bytes, size: tuple[int, int]) -> Any:
    """Read a block, take out how the image was stored, and set its new size; None where it is damaged."""
    import PIL.Image

    exif = PIL.Image.Exif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            exif.load(_PREFIX + block)
            folder = exif.get_ifd(_EXIF_FOLDER)
            for tag in _OF_THE_STORED_PICTURE & set(exif):
                del exif[tag]
            for tag, side in zip((_EXIF_WIDTH, _EXIF_HEIGHT), size, strict=True):
                if tag in folder:
                    folder[tag] = side
            exif.tobytes()
    except (SyntaxError, ValueError, OSError, KeyError, EOFError, struct.error, UserWarning):
        return None
    return exif if dict(exif) else None

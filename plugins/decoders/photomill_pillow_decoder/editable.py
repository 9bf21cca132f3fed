"""Images for editing: upright sRGB with its alpha."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from photomill.plugin import Origin, Raster
from photomill_pillow_decoder import colour

_X_RESOLUTION = 0x011A
_RESOLUTION_UNIT = 0x0128
_PER_CENTIMETRE = 3
_UNSAID = 1
"""What Pillow states for a TIFF that does not."""
_PREFIX = b"Exif\0\0"
_SPACES = {"CMYK": "CMYK", "1": "GREY", "L": "GREY", "LA": "GREY", "I": "GREY", "F": "GREY"}
_PROFILE_SPACES = {"RGB": b"RGB ", "CMYK": b"CMYK", "GREY": b"GRAY"}


def editable(opened: Any, format: str, data: bytes, size: tuple[int, int]) -> tuple[Raster, Origin]:
    """Decode for editing.

    :param size: of the whole image, upright.
    """
    space = _SPACES.get(opened.mode.partition(";")[0], "RGB")
    profile = opened.info.get("icc_profile") or b""
    numbers = colour.range_of(opened)
    raster = Raster.from_pixels(np.asarray(colour.to_editable(opened)))
    origin = Origin(
        format=format,
        width=size[0],
        height=size[1],
        colour_space=space,
        profile=profile if profile[16:20] == _PROFILE_SPACES[space] else b"",
        dpi=_dpi(opened),
        metadata=bytes(opened.info.get("exif") or b"").removeprefix(_PREFIX),
        xmp=_xmp(opened.info),
        depth=_depth(opened.mode),
        frames=getattr(opened, "n_frames", 1),
        notes=(numbers.note,) if numbers else (),
        data=data,
    )
    return raster, origin


def _xmp(info: Mapping[str, Any]) -> bytes:
    packet = info.get("xmp") or info.get("XML:com.adobe.xmp") or b""
    return packet.encode() if isinstance(packet, str) else bytes(packet)


def _depth(mode: str) -> int:
    """Bits a channel, as far as Pillow tells: it reads colours of 16 bits as 8."""
    return 32 if mode == "F" else 16 if mode.startswith("I") else 8


def _dpi(opened: Any) -> float | None:
    """Dots per inch, as the file's own header or its EXIF block states them."""
    stated = opened.info.get("dpi", (_UNSAID,))[0]
    if stated != _UNSAID:
        return round(float(stated), 2) or None
    exif = opened.getexif()
    if _X_RESOLUTION not in exif or opened.format == "TIFF":
        return None
    scale = 2.54 if exif.get(_RESOLUTION_UNIT) == _PER_CENTIMETRE else 1
    return round(float(exif[_X_RESOLUTION]) * scale, 2) or None

"""Digests of what determines an image's pixels."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from photomill.images.exif_fields import ExifFields
from photomill.images.structure import jpeg

_EXIF = b"Exif\0\0"


def pixel_digest(pixels: NDArray[np.generic], profile: bytes = b"") -> bytes:
    """SHA-256 over the size and the upright pixels of the original, as deep and with as many channels as it has them.

    :param pixels: uint8 (height, width, 3) for sRGB; any other dtype and number of channels for what is not that.
    :param profile: the embedded colour profile, where the pixels are those before it is applied.
    """
    height, width = pixels.shape[:2]
    digest = hashlib.sha256(f"{width}x{height}".encode())
    if pixels.dtype != np.uint8 or pixels.shape[2:] != (3,) or profile:
        kind = f"{pixels.dtype.str}{pixels.shape[2:]}{len(profile)}"
        digest.update(kind.encode() + profile)
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.digest()


def file_digest(data: bytes) -> bytes:
    """SHA-256 of a whole file: what is the same in several frames or pages is the same file."""
    return hashlib.sha256(b"file" + data).digest()


def jpeg_digest(data: bytes) -> bytes:
    """SHA-256 over a JPEG file without its metadata: the same digest means the same pixels.

    It needs no decoding. What remains are tables, frame and scans, and of the metadata what changes how the pixels
    are read: the colour profile, Adobe's and JFIF's notes on the colour space, the orientation.
    """
    digest = hashlib.sha256(b"jpeg")
    view = memoryview(data)
    for segment in jpeg.segments(data):
        body: bytes | memoryview = view[segment.start : segment.end]
        if segment.marker == jpeg.COMMENT:
            continue
        if segment.marker in jpeg.APPLICATION:
            body = _relevant(segment.marker, view[segment.start : segment.end])
        digest.update(body)
    return digest.digest()


def _relevant(marker: int, body: memoryview) -> bytes | memoryview:
    content = body[4:]
    name = bytes(content[:12])
    if marker == jpeg.APP1 and name.startswith(_EXIF):
        return b"orientation%d" % ExifFields.read(bytes(content[6:])).orientation
    if marker == jpeg.APP0 and name.startswith(b"JFIF\0"):
        return b"JFIF"
    if marker == jpeg.APP2 and name == b"ICC_PROFILE\0":
        return body
    if marker == jpeg.APP14 and name.startswith(b"Adobe"):
        return body
    return b""

"""Digests of what determines a picture's pixels."""

import hashlib

import numpy as np

from photomill.images.exif import orientation
from photomill.images.image import Pixels
from photomill.images.structure import jpeg

_EXIF = b"Exif\0\0"


def pixel_digest(pixels: Pixels) -> bytes:
    """SHA-256 over the size and the upright sRGB pixels of the original: uint8 (height, width, 3)."""
    height, width = pixels.shape[:2]
    digest = hashlib.sha256(f"{width}x{height}".encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.digest()


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
        return b"orientation%d" % orientation(bytes(content[6:]))
    if marker == jpeg.APP0 and name.startswith(b"JFIF\0"):
        return b"JFIF"
    if marker == jpeg.APP2 and name == b"ICC_PROFILE\0":
        return body
    if marker == jpeg.APP14 and name.startswith(b"Adobe"):
        return body
    return b""

"""How a PNG file is built: W3C Portable Network Graphics, section 5."""

import zlib
from collections.abc import Iterator

from attrs import frozen

from photomill.config.settings import ImageSettings
from photomill.errors import ImageTooLarge
from photomill.images.limits import check_frames, check_size

MAX_CHUNKS = 100_000
MAX_PROFILE = 8 * 1024 * 1024
"""Bytes of an unpacked colour profile."""
MAX_EXIF = 1024 * 1024

MAX_XMP = 1024 * 1024
MAX_COMMENT = 64 * 1024

_SIGNATURE = 8
_XMP = b"XML:com.adobe.xmp\0\0\0"
"""Of a packet that is not compressed."""
_COMMENT = b"Comment\0"
_MATTERS = frozenset({b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"tRNS", b"cICP"})


@frozen
class Chunk:
    """Where a chunk lies, from its length to its checksum; ``end`` is past the file where it breaks off."""

    type: bytes
    start: int
    end: int


def chunks(data: bytes) -> Iterator[Chunk]:
    """Walk the chunks up to the end of the image, or to where the file breaks off."""
    at = _SIGNATURE
    for _ in range(MAX_CHUNKS):
        if at >= len(data):
            return
        kind = data[at + 4 : at + 8]
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        yield Chunk(kind, at, end)
        if kind == b"IEND":
            return
        at = end
    raise ImageTooLarge(f"more than {MAX_CHUNKS} chunks")


def checked(data: bytes, limits: ImageSettings) -> bytes:
    """Check pixels and frames, and leave out what does not change the first frame: texts may unpack to anything.

    What tells of the image stays, where it need not be unpacked: EXIF, XMP and a comment.
    """
    kept = [data[:_SIGNATURE]]
    for chunk in chunks(data):
        body = data[chunk.start + 8 : chunk.end - 4]
        if chunk.type == b"IHDR":
            width, height = (int.from_bytes(body[at : at + 4], "big") for at in (0, 4))
            check_size(width, height, limits)
        elif chunk.type == b"acTL":
            check_frames(int.from_bytes(body[:4], "big"), limits)
        if _matters(chunk.type, body):
            kept.append(data[chunk.start : chunk.end])
    return b"".join(kept)


def _matters(kind: bytes, body: bytes) -> bool:
    critical = bool(kind) and not kind[0] & 0x20
    if kind == b"iCCP":
        return _profile_unpacks(body)
    if kind == b"eXIf":
        return len(body) <= MAX_EXIF
    if kind == b"tEXt":
        return body.startswith(_COMMENT) and len(body) <= MAX_COMMENT
    if kind == b"iTXt":
        return body.startswith(_XMP) and len(body) <= MAX_XMP
    return critical or kind in _MATTERS


def _profile_unpacks(body: bytes) -> bool:
    _, _, packed = body.partition(b"\0")
    try:
        profile = zlib.decompressobj().decompress(packed[1:], MAX_PROFILE + 1)
    except zlib.error:
        # Readers go on without a damaged profile.
        return False
    if len(profile) > MAX_PROFILE:
        raise ImageTooLarge("the colour profile unpacks to more than 8 MiB")
    return True

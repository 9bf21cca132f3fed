"""WebP: RFC 9649."""

import random
from itertools import islice

from photomill.images.structure.webp import Chunk, chunks
from photomill.images.truncation.model import BLOCK, NONE_LEFT, Decode, Remains, rows_alike

_LOSSY = b"VP8 "
_IMAGES = (_LOSSY, b"VP8L")
_FRAME = b"ANMF"
_EXIF_AND_XMP = 0x0C
_SPARE = 4096
_FILLERS = range(12)
"""Seeds of what is put in the place of data that is not there; some of it makes no sense to a decoder."""


def remains(data: bytes, max_bytes: int, decode: Decode) -> Remains | None:
    found = list(chunks(data))
    whole = [each for each in found if each.end <= len(data)]
    height = _height(data, found)
    if not height:
        return NONE_LEFT
    if any(each.type in (*_IMAGES, _FRAME) for each in whole):
        if len(whole) == len(found) and 8 + _number(data, 4) <= len(data) + 1:
            return None
        return Remains(_file(data, whole), height, height)
    cut = found[-1]
    if cut.type not in _IMAGES or cut.end - len(data) > max_bytes:
        return NONE_LEFT
    return _of_cut(data, whole, cut, height, decode)


def _of_cut(
    data: bytes, whole: list[Chunk], cut: Chunk, height: int, decode: Decode
) -> Remains | None:
    """What is left where the pixels themselves break off: the rows that do not depend on what is filled in."""
    size = 2 * (cut.end - len(data)) + _SPARE
    filled = (_file(data, whole, cut, random.Random(seed).randbytes(size)) for seed in _FILLERS)
    readable = list(islice((each for each in filled if decode(each) is not None), 2))
    if len(readable) < 2:
        return NONE_LEFT
    if cut.type == _LOSSY:
        rows = rows_alike(decode, readable[0], readable[1], block=BLOCK)
    else:
        # No bit is spare here: what is missing was of the last row at least.
        alike = rows_alike(decode, readable[0], readable[1], block=1)
        rows = None if alike is None else min(alike, height - 1)
    return None if rows is None else Remains(readable[0], rows, height)


def _file(data: bytes, whole: list[Chunk], cut: Chunk | None = None, filler: bytes = b"") -> bytes:
    """Put chunks together, and one that is cut off, with filler behind it; they promise nothing that is not there."""
    parts = []
    for each in whole:
        body = bytearray(data[each.start + 8 : each.end])
        if each.type == b"VP8X":
            body[0] &= ~_EXIF_AND_XMP
        if each.type in (b"EXIF", b"XMP "):
            continue
        parts.append(_chunk(each.type, bytes(body)))
    if cut is not None:
        parts.append(_chunk(cut.type, data[cut.start + 8 :] + filler))
    content = b"WEBP" + b"".join(parts)
    return b"RIFF" + len(content).to_bytes(4, "little") + content


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)


def _height(data: bytes, found: list[Chunk]) -> int:
    """Of the canvas: sections 2.5, 2.6 and 2.7; 0 where it is not said."""
    for each in found:
        body = data[each.start + 8 : each.start + 18]
        if len(body) < 10:
            continue
        if each.type == b"VP8X":
            return 1 + int.from_bytes(body[7:10], "little")
        if each.type == b"VP8 ":
            return int.from_bytes(body[8:10], "little") & 0x3FFF
        if each.type == b"VP8L":
            return 1 + (int.from_bytes(body[1:5], "little") >> 14 & 0x3FFF)
    return 0


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")

"""PNG: W3C Portable Network Graphics."""

import zlib

from photomill.images.structure import png
from photomill.images.truncation.model import NONE_LEFT, Remains

_SIGNATURE = 8
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Per pixel, by the colour type: section 11.2.1."""
_PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
"""The first column and row of each pass of Adam7, and their steps: section 8.1."""
_PIECE = 1 << 20
_END = b"\0\0\0\0IEND\xaeB`\x82"


def remains(data: bytes) -> Remains | None:
    kept, coded, header = [data[:_SIGNATURE]], [], b""
    for chunk in png.chunks(data):
        body = data[chunk.start + 8 : chunk.end - 4]
        whole = chunk.end <= len(data)
        if whole and zlib.crc32(chunk.type + body) != _number(data, chunk.end - 4):
            # Not cut off, but changed.
            return None
        if chunk.type == b"IEND":
            break
        if chunk.type == b"IHDR" and whole:
            header = body
        if chunk.type == b"IDAT":
            body = data[chunk.start + 8 : min(chunk.end - 4, len(data))]
            coded.append(body)
            kept.append(_chunk(chunk.type, body))
        elif whole:
            kept.append(data[chunk.start : chunk.end])
    if not header or not coded:
        return NONE_LEFT
    height = _number(header, 4)
    rows = _rows(_unpacked(coded), header)
    return Remains(b"".join(kept) + _END, rows, height) if rows is not None else None


def _unpacked(coded: list[bytes]) -> int:
    """How many bytes the coded data unpacks to, up to where it ends."""
    unpacker = zlib.decompressobj()
    size = 0
    try:
        for each in coded:
            left = each
            while left and not unpacker.eof:
                size += len(unpacker.decompress(left, _PIECE))
                left = unpacker.unconsumed_tail
        size += len(unpacker.flush())
    except zlib.error:
        # What follows the place where the data breaks off is none of it.
        pass
    return size


def _rows(size: int, header: bytes) -> int | None:
    """The rows that so many unpacked bytes fill; None where the header makes no sense."""
    width, height, depth, colour = _number(header, 0), _number(header, 4), header[8], header[9]
    if colour not in _SAMPLES or not height:
        return None
    bits = depth * _SAMPLES[colour]
    passes = _PASSES if header[12] else ((0, 0, 1, 1),)
    first_missing = height
    for left, top, across, down in passes:
        columns = max(0, -(-(width - left) // across))
        count = max(0, -(-(height - top) // down)) if columns else 0
        row = 1 + (columns * bits + 7) // 8
        filled = min(count, size // row)
        size -= filled * row
        if filled < count:
            first_missing = min(first_missing, top + filled * down)
            size = 0
    return first_missing


def _chunk(kind: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(kind + body)
    return len(body).to_bytes(4, "big") + kind + body + checksum.to_bytes(4, "big")


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")

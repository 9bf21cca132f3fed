"""GIF: the specification of GIF89a, and its appendix F on the coding."""

from collections.abc import Iterator

from photomill.images.structure import gif
from photomill.images.truncation.model import NONE_LEFT, Remains

_MOST_CODES = 4096
_INTERLACED = 0x40
_PASSES = ((0, 8), (4, 8), (2, 4), (1, 2))
_END = b"\0;"


def remains(data: bytes) -> Remains | None:
    """What is left of the first frame; the others are of no use."""
    frame = gif.first_frame(data)
    if frame is None:
        return NONE_LEFT
    height = gif.short(data, 8)
    columns, lines = gif.short(data, frame + 5), gif.short(data, frame + 7)
    start = frame + 10 + gif.colour_table(data, frame + 9)
    if start >= len(data) or not columns:
        return NONE_LEFT
    blocks = list(_blocks(data, start + 1))
    coded = b"".join(data[first:last] for first, last in blocks)
    pixels = _decoded(coded, data[start], columns * lines)
    if pixels is None:
        return None
    missing = _first_missing(pixels // columns, lines, bool(data[frame + 9] & _INTERLACED))
    top = gif.short(data, frame + 3)
    rows = height if missing >= lines else min(height, top + missing)
    parts = [bytes([last - first]) + data[first:last] for first, last in blocks]
    return Remains(data[: start + 1] + b"".join(parts) + _END, rows, height)


def _blocks(data: bytes, at: int) -> Iterator[tuple[int, int]]:
    """The blocks of coded data, up to their end or to that of the file."""
    while at < len(data) and data[at]:
        last = min(at + 1 + data[at], len(data))
        yield at + 1, last
        at = last


def _decoded(coded: bytes, bits: int, most: int) -> int | None:
    """How many pixels the codes stand for; None where one stands for nothing."""
    if not 1 <= bits <= 8:
        return None
    clear, end = 1 << bits, (1 << bits) + 1
    lengths = [1] * (end + 1)
    size, held, count, pixels, previous = bits + 1, 0, 0, 0, 0
    for byte in coded:
        held |= byte << count
        count += 8
        while count >= size:
            code = held & ((1 << size) - 1)
            held >>= size
            count -= size
            if code == clear:
                del lengths[end + 1 :]
                size, previous = bits + 1, 0
                continue
            if code == end or pixels >= most:
                return pixels
            if previous and len(lengths) < _MOST_CODES:
                lengths.append(previous + 1)
                if len(lengths) == 1 << size and size < 12:
                    size += 1
            if code >= len(lengths):
                return None
            previous = lengths[code]
            pixels += previous
    return pixels


def _first_missing(filled: int, lines: int, interlaced: bool) -> int:
    """The first row of a frame that is not there, when so many rows came in the order of the file."""
    if not interlaced:
        return min(filled, lines)
    order = [row for first, step in _PASSES for row in range(first, lines, step)]
    return min(order[filled:], default=lines)

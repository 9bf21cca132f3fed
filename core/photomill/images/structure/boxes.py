"""How AVIF and HEIC files are built: ISO/IEC 14496-12, section 4.2."""

from collections.abc import Iterator

from attrs import frozen

MAX_BOXES = 10_000


@frozen
class Box:
    """Where the content of a box lies; ``end`` is past the data where it breaks off."""

    type: bytes
    start: int
    end: int


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """Walk the boxes of a file, or of a box's content, up to its end or to where it makes no sense."""
    last = len(data) if end is None else min(end, len(data))
    at = start
    for _ in range(MAX_BOXES):
        if at + 8 > last:
            return
        size, head = int.from_bytes(data[at : at + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        elif size == 0:
            size = last - at
        if size < head:
            return
        yield Box(data[at + 4 : at + 8], at + head, at + size)
        at += size

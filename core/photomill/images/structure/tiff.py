"""How a TIFF file is built: TIFF 6.0, section 2, and BigTIFF."""

from typing import Literal

from attrs import frozen

from photomill.config.settings import ImageSettings
from photomill.errors import ImageUnreadable
from photomill.images.limits import check_frames


@frozen
class Layout:
    """The byte order and the widths of numbers: where the first directory is named, counted, and how long an entry is."""

    order: Literal["little", "big"]
    first: int
    count: int
    entry: int
    offset: int

    def number(self, data: bytes, at: int, size: int) -> int:
        return int.from_bytes(data[at : at + size], self.order)


def checked(data: bytes, limits: ImageSettings) -> bytes:
    """Follow the chain of directories: no more than the limit of frames, and no loop."""
    how = layout(data)
    seen: set[int] = set()
    at = how.number(data, how.first, how.offset)
    while 0 < at < len(data):
        if at in seen:
            raise ImageUnreadable("the chain of directories leads back to itself")
        seen.add(at)
        check_frames(len(seen), limits)
        entries = how.number(data, at, how.count)
        at = how.number(data, at + how.count + entries * how.entry, how.offset)
    return data


def layout(data: bytes) -> Layout:
    """How the numbers of a file are written."""
    order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"
    big = int.from_bytes(data[2:4], order) == 43
    return Layout(order, 8, 8, 20, 8) if big else Layout(order, 4, 2, 12, 4)

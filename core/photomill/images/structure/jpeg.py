"""How a JPEG file is built: ITU-T T.81, annex B."""

import re
from collections.abc import Iterable, Iterator

from attrs import frozen

from photomill.config.settings import ImageSettings
from photomill.errors import ImageTooLarge
from photomill.images.limits import check_size

MAX_SCANS = 100
"""Encoders write about 10; each costs one pass over the whole image."""
MAX_SEGMENTS = 10_000

START_OF_SCAN = 0xDA
END_OF_IMAGE = 0xD9
COMMENT = 0xFE
APP0, APP1, APP2, APP13, APP14 = 0xE0, 0xE1, 0xE2, 0xED, 0xEE
APPLICATION = range(0xE0, 0xF0)
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset({0x01, 0xD8, END_OF_IMAGE})

# Entropy-coded data holds 0xFF only before 0 (stuffing) and restart markers; further 0xFF are filling.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


@frozen
class Segment:
    """Where a segment lies, from its marker on; that of a scan reaches to the end of its coded data."""

    marker: int
    start: int
    end: int


def segments(data: bytes) -> Iterator[Segment]:
    """Walk the segments up to the end of the image, or to where the file breaks off."""
    at = 0
    for _ in range(MAX_SEGMENTS):
        found = _MARKER.search(data, at)
        if found is None:
            return
        start, marker = found.start(), data[found.start() + 1]
        at = start + 2
        if marker not in _BARE:
            at += max(2, int.from_bytes(data[at : at + 2], "big"))
        if marker == START_OF_SCAN:
            following = _MARKER.search(data, at)
            at = following.start() if following else len(data)
        yield Segment(marker, start, min(at, len(data)))
        if marker == END_OF_IMAGE:
            return
    raise ImageTooLarge(f"more than {MAX_SEGMENTS} segments")


def checked(data: bytes, limits: ImageSettings) -> bytes:
    """Check pixels, scans and segments."""
    check(data, segments(data), limits)
    return data


def check(data: bytes, walked: Iterable[Segment], limits: ImageSettings) -> None:
    """Check pixels and scans.

    :param walked: the segments.
    """
    scans = 0
    for segment in walked:
        if segment.marker in FRAMES and segment.end - segment.start >= 9:
            height, width = (
                int.from_bytes(data[segment.start + at : segment.start + at + 2], "big")
                for at in (5, 7)
            )
            # A height of 0 is told later, after the first scan; the decoder judges it.
            check_size(width, height or 1, limits)
        scans += segment.marker == START_OF_SCAN
        if scans > MAX_SCANS:
            raise ImageTooLarge(f"more than {MAX_SCANS} scans")

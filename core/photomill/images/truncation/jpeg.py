"""JPEG: ITU-T T.81."""

import random
import re

from photomill.config.settings import ImageSettings
from photomill.images.structure import jpeg
from photomill.images.structure.jpeg import Segment
from photomill.images.truncation.model import NONE_LEFT, Decode, Remains, rows_alike

_END = b"\xff\xd9"
_SEQUENTIAL = frozenset({0xC0, 0xC1, 0xC9})
_PROGRESSIVE = frozenset({0xC2, 0xCA})
_ARITHMETIC = frozenset({0xC9, 0xCA})
_COEFFICIENTS = 64
_SMALLEST_BLOCK = 8
_FILLER = bytes(random.Random(0).choices(range(1, 255), k=96))
"""Coded data that nobody wrote: without 0 and 0xFF, it holds neither markers nor stuffing."""
_ZEROS = re.compile(rb"\0{4096,}\Z")
"""What file systems and downloads leave in the place of data that never came."""


def checked_whole(data: bytes, limits: ImageSettings) -> bytes | None:
    """Check how a file is built; None where pixels may be missing though decoders have nothing to complain of.

    They take scans that were never begun for granted, and the end of arithmetic coding for zeros.
    """
    # Walked once: to look for markers takes as long as reading the file.
    segments = list(jpeg.segments(data))
    frame = _frame(segments)
    if frame and (frame.marker in _ARITHMETIC or _lacks_scans(data, segments, frame)):
        return None
    jpeg.check(data, segments, limits)
    return data


def remains(data: bytes, decode: Decode) -> Remains | None:
    segments = list(jpeg.segments(data))
    frame = _frame(segments)
    scans = [each for each in segments if _is_scan(data, each)]
    height = 0 if frame is None else int.from_bytes(data[frame.start + 5 : frame.start + 7], "big")
    if frame is None or not scans:
        return NONE_LEFT
    ended = segments[-1].marker == jpeg.END_OF_IMAGE
    stem = _ZEROS.sub(b"", data[: scans[-1].end]).rstrip(b"\xff")
    if not height:
        return None
    rows = 0
    if not _lacks_scans(data, segments, frame):
        bare = _without_orientation(stem, segments)
        alike = rows_alike(decode, bare + _END, bare + _FILLER + _END, block=_SMALLEST_BLOCK)
        if alike is None:
            return None
        # An orientation was left out, so rows are those of the file.
        rows = alike
    found = Remains(stem + _END, rows, height, ended)
    if frame.marker in _ARITHMETIC and ended and found.enough(1.0):
        # Its encoder may leave out zeros at the end, which filler cannot stand for.
        return Remains(data, height, height, ended)
    return found


def _frame(segments: list[Segment]) -> Segment | None:
    for each in segments:
        if each.marker in jpeg.FRAMES and each.end - each.start >= 11:
            return each
    return None


def _is_scan(data: bytes, segment: Segment) -> bool:
    """Whether a segment is a scan with coded data."""
    header = int.from_bytes(data[segment.start + 2 : segment.start + 4], "big")
    return segment.marker == jpeg.START_OF_SCAN and segment.end > segment.start + 2 + header


def _lacks_scans(data: bytes, segments: list[Segment], frame: Segment) -> bool:
    """Whether some component or coefficient is in no scan, or only roughly: sections B.2.3 and G.1.1."""
    if frame.marker not in _SEQUENTIAL | _PROGRESSIVE:
        return False
    components = data[frame.start + 10 : frame.end : 3]
    missing = {each: [1] * _COEFFICIENTS for each in components}
    for segment in segments:
        if not _is_scan(data, segment):
            continue
        count = data[segment.start + 4]
        named = data[segment.start + 5 : segment.start + 5 + 2 * count : 2]
        first, last, precision = data[segment.start + 5 + 2 * count :][:3]
        if frame.marker in _SEQUENTIAL:
            first, last, precision = 0, _COEFFICIENTS - 1, 0
        places = range(first, min(last + 1, _COEFFICIENTS))
        for component in named:
            if component in missing:
                missing[component][places.start : places.stop] = [precision & 15] * len(places)
    return any(any(bits) for bits in missing.values())


def _without_orientation(stem: bytes, segments: list[Segment]) -> bytes:
    """Leave out what turns the image, so that decoded rows are rows of the file."""
    kept = (each for each in segments if each.marker != jpeg.APP1)
    return b"".join(stem[each.start : each.end] for each in kept if each.start < len(stem))

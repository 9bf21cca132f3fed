"""IPTC metadata: the records of IIM 4.2, and Photoshop's resources that carry them in a JPEG file."""

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_MARKER = 0x1C
_PHOTOSHOP = b"Photoshop 3.0\0"
_RESOURCE = b"8BIM"
_RECORDS = 0x0404
CREATOR, RIGHTS = (2, 80), (2, 116)
PLACE = frozenset({(2, each) for each in (26, 27, 90, 92, 95, 100, 101)})
"""Content location, city, sublocation, state and country."""


class Record(NamedTuple):
    """:ivar kind: record and data set."""

    kind: tuple[int, int]
    value: bytes


def records(data: bytes) -> Iterator[Record]:
    """Walk the records, up to where they are damaged."""
    at = 0
    while at + 5 <= len(data) and data[at] == _MARKER:
        record, number, size = struct.unpack_from(">BBH", data, at + 1)
        value = data[at + 5 : at + 5 + size]
        if size >= 0x8000 or len(value) < size:
            return
        yield Record((record, number), value)
        at += 5 + size


def written(kept: Iterable[Record]) -> bytes:
    return b"".join(
        struct.pack(">BBBH", _MARKER, *each.kind, len(each.value)) + each.value for each in kept
    )


def from_photoshop(segment: bytes) -> bytes:
    """The records in a JPEG file's segment; empty where it has none."""
    at = len(_PHOTOSHOP)
    if not segment.startswith(_PHOTOSHOP):
        return b""
    while segment[at : at + 4] == _RESOURCE and at + 8 <= len(segment):
        (kind,) = struct.unpack_from(">H", segment, at + 4)
        name = 1 + segment[at + 6]
        at += 6 + name + name % 2
        size = int.from_bytes(segment[at : at + 4], "big")
        if kind == _RECORDS:
            return segment[at + 4 : at + 4 + size]
        at += 4 + size + size % 2
    return b""


def to_photoshop(data: bytes) -> bytes:
    """What a JPEG file's segment holds for these records."""
    header = _PHOTOSHOP + _RESOURCE + struct.pack(">HHI", _RECORDS, 0, len(data))
    return header + data + b"\0" * (len(data) % 2)

"""What of EXIF is of use: how a picture lies, and when it was taken."""

import math
from collections.abc import Iterator, Mapping

from attrs import field, frozen

_ORIENTATION = 0x0112
_EXIF_DIRECTORY = 0x8769
_GPS_DIRECTORY = 0x8825
_SHORT, _LONG, _TEXT, _RATIONAL, _SIGNED_RATIONAL = 3, 4, 2, 5, 10
_SIZES = {1: 1, _SHORT: 2, _LONG: 4, _RATIONAL: 8, _SIGNED_RATIONAL: 8}
"""Bytes of one number, by its type."""
_MOST_NUMBERS = 16
_LONGEST_TEXT = 64


def orientation(exif: bytes) -> int:
    """Read the orientation (1 to 8) from a TIFF structure, the first directory only; 1 where there is none."""
    block = _Block.of(exif)
    if block is None:
        return 1
    for entry in block.entries(block.first):
        if entry.tag == _ORIENTATION:
            value = block.number(entry.value, 2) if entry.type == _SHORT else 1
            return value if 1 <= value <= 8 else 1
    return 1


def texts(exif: bytes) -> dict[int, str]:
    """Read the short texts of a TIFF structure's EXIF directory, by their tags; none where there is no such thing."""
    block = _Block.of(exif)
    if block is None:
        return {}
    for entry in block.entries(block.first):
        if entry.tag == _EXIF_DIRECTORY and entry.type == _LONG:
            inner = block.entries(block.number(entry.value, 4))
            return {each.tag: block.text(each) for each in inner if each.type == _TEXT}
    return {}


Value = str | tuple[float, ...]
"""A text, or numbers."""


@frozen
class Exif:
    """The values of the directories that matter, by their tags: of the image, of the photo, of the place."""

    image: Mapping[int, Value] = field(factory=dict)
    photo: Mapping[int, Value] = field(factory=dict)
    gps: Mapping[int, Value] = field(factory=dict)


def values(exif: bytes) -> Exif:
    """Read the short values of a TIFF structure's first directory and those below it. Any bytes have an answer."""
    block = _Block.of(exif)
    if block is None:
        return Exif()
    image = block.values(block.first)
    below = (_pointer(image.get(tag)) for tag in (_EXIF_DIRECTORY, _GPS_DIRECTORY))
    photo, gps = (block.values(at) if at else {} for at in below)
    return Exif(image, photo, gps)


def _pointer(value: Value | None) -> int:
    return int(value[0]) if isinstance(value, tuple) and value else 0


@frozen
class _Entry:
    """
    :ivar value: where the value stands, or, where it is longer than four bytes, where it is told where it stands.
    """

    tag: int
    type: int
    count: int
    value: int


@frozen
class _Block:
    """A TIFF structure: TIFF 6.0, section 2."""

    data: bytes
    order: str

    @classmethod
    def of(cls, data: bytes) -> "_Block | None":
        order = {b"II": "little", b"MM": "big"}.get(data[:2])
        return None if order is None else cls(data, order)

    @property
    def first(self) -> int:
        """Where the first directory is."""
        return self.number(4, 4)

    def number(self, at: int, size: int) -> int:
        return int.from_bytes(self.data[at : at + size], self.order)  # type: ignore[arg-type]

    def entries(self, directory: int) -> Iterator[_Entry]:
        """The entries of a directory, up to where the data ends."""
        for place in range(self.number(directory, 2)):
            at = directory + 2 + 12 * place
            if at + 12 > len(self.data):
                return
            yield _Entry(self.number(at, 2), self.number(at + 2, 2), self.number(at + 4, 4), at + 8)

    def values(self, directory: int) -> dict[int, Value]:
        found: dict[int, Value] = {}
        for entry in self.entries(directory):
            if entry.type == _TEXT:
                found[entry.tag] = self.text(entry).partition("\0")[0].strip()
            elif entry.type in _SIZES and 1 <= entry.count <= _MOST_NUMBERS:
                found[entry.tag] = self._numbers(entry)
        return found

    def _numbers(self, entry: _Entry) -> tuple[float, ...]:
        size = _SIZES[entry.type]
        start = entry.value if entry.count * size <= 4 else self.number(entry.value, 4)
        at = [start + size * each for each in range(entry.count)]
        if start + size * entry.count > len(self.data):
            return ()
        if entry.type in (_RATIONAL, _SIGNED_RATIONAL):
            return tuple(self._ratio(each, signed=entry.type == _SIGNED_RATIONAL) for each in at)
        return tuple(float(self.number(each, size)) for each in at)

    def _ratio(self, at: int, *, signed: bool) -> float:
        parts = (self.data[at : at + 4], self.data[at + 4 : at + 8])
        above, below = (
            int.from_bytes(part, self.order, signed=signed)  # type: ignore[arg-type]
            for part in parts
        )
        return above / below if below else math.nan

    def text(self, entry: _Entry) -> str:
        start = entry.value if entry.count <= 4 else self.number(entry.value, 4)
        written = self.data[start : start + min(entry.count, _LONGEST_TEXT)]
        return written.decode("ascii", errors="replace").strip("\0 ")

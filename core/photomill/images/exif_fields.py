"""EXIF blocks read, filtered and written: TIFF 6.0, section 2, and EXIF 2.32, section 4.6.

Values are copied, never interpreted; what lies outside of a block is left out, so that damaged ones give what they can.
"""

import struct
from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

from attrs import evolve, field, frozen

Order = Literal["<", ">"]
"""Of bytes, as ``struct`` has it."""

ARTIST, COPYRIGHT = 0x013B, 0x8298
XMP, IPTC = 0x02BC, 0x83BB
"""Where a TIFF file has them."""
_PHOTO, _PLACE = 0x8769, 0x8825
"""Where the directories begin that tell how it was photographed, and where."""
_BYTES, _TEXT, _LONG = 1, 2, 4
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_WORDS = {3: 2, 4: 4, 5: 4, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8, 13: 4}
"""Bytes of what is turned when the order changes."""
_MOST_FIELDS = 1000
_ROW = 12
_ORIENTATION, _SHORT = 0x0112, 3
_LONGEST_TEXT = 64
_EXIF_WIDTH, _EXIF_HEIGHT = 0xA002, 0xA003
_INTEROPERABILITY = 0xA005
_OF_THE_STORED_IMAGE = frozenset(
    {*range(0x00FE, 0x010E), *range(0x0111, 0x011E), 0x0112, 0x0128, 0x013D, *range(0x0140, 0x0146)}
    | {0x014A, 0x0152, 0x0153, 0x015B, *range(0x0200, 0x0216), 0x02BC, 0x83BB, 0x8649, 0x8773}
)
"""How its pixels lay in the original file (turned, in strips, compressed, at some resolution), and what has a place of
its own: profile, XMP and IPTC.
"""


@frozen
class Field:
    """:ivar value: in the order of the block that it stands in."""

    type: int
    value: bytes = field(repr=False)

    @property
    def count(self) -> int:
        return len(self.value) // _SIZES[self.type]

    def turned(self) -> "Field":
        size = _WORDS.get(self.type, 1)
        words = [self.value[at : at + size][::-1] for at in range(0, len(self.value), size)]
        return Field(self.type, b"".join(words))


Directory = Mapping[int, Field]


def text_of(directory: Directory, tag: int) -> str:
    """A text of a directory; empty where there is none."""
    found = directory.get(tag)
    return "" if found is None else found.value.rstrip(b"\0 ").decode("utf-8", errors="replace")


@frozen
class ExifFields:
    """
    :ivar main: what describes the image.
    :ivar photo: how it was photographed.
    :ivar place: where.
    """

    order: Order = "<"
    main: Directory = field(factory=dict)
    photo: Directory = field(factory=dict)
    place: Directory = field(factory=dict)

    @classmethod
    def read(cls, block: bytes) -> "ExifFields":
        """Read a block, from its TIFF header on; a whole TIFF file is one too. Nothing where it is none."""
        order: Order | None = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])  # type: ignore[assignment]
        if order is None:
            return cls()
        main = _directory(block, _number(block, 4, order), order)
        inner = (
            _directory(block, _number(main[tag].value, 0, order), order) if tag in main else {}
            for tag in (_PHOTO, _PLACE)
        )
        photo, place = inner
        photo.pop(_INTEROPERABILITY, None)
        kept = {tag: each for tag, each in main.items() if tag not in (_PHOTO, _PLACE)}
        return cls(order, kept, photo, place)

    @property
    def orientation(self) -> int:
        """How the stored image lies, 1 to 8; 1 where that is not said."""
        found = self.main.get(_ORIENTATION)
        if found is None or found.type != _SHORT:
            return 1
        (value,) = struct.unpack_from(f"{self.order}H", found.value)
        return value if 1 <= value <= 8 else 1

    def photo_text(self, tag: int) -> str:
        """A short text on how it was photographed; empty where there is none."""
        found = self.photo.get(tag)
        if found is None or found.type != _TEXT:
            return ""
        return found.value[:_LONGEST_TEXT].decode("ascii", errors="replace").strip("\0 ")

    def described(self, width: int, height: int) -> "ExifFields":
        """What is true of another image of this size as well."""
        main = {tag: each for tag, each in self.main.items() if tag not in _OF_THE_STORED_IMAGE}
        photo = dict(self.photo)
        for tag, side in ((_EXIF_WIDTH, width), (_EXIF_HEIGHT, height)):
            if tag in photo:
                photo[tag] = Field(_LONG, struct.pack(f"{self.order}I", side))
        return evolve(self, main=main, photo=photo)

    def text(self, tag: int) -> str:
        """A text of the main directory; empty where there is none."""
        return text_of(self.main, tag)

    def with_texts(self, texts: Mapping[int, str]) -> "ExifFields":
        """Set texts of the main directory; empty ones are left as they are."""
        written = {tag: Field(_TEXT, text.encode() + b"\0") for tag, text in texts.items() if text}
        return evolve(self, main={**self.main, **written})

    def block(self) -> bytes:
        """Write a block; empty where there is nothing to say."""
        if not (self.main or self.photo or self.place):
            return b""
        header = (b"II*\0" if self.order == "<" else b"MM\0*") + struct.pack(f"{self.order}I", 8)
        return header + self._written(8, {}, 0)

    def with_bytes(self, values: Mapping[int, bytes]) -> "ExifFields":
        """Set fields of the main directory that hold bytes; empty ones are left as they are."""
        written = {tag: Field(_BYTES, value) for tag, value in values.items() if value}
        return evolve(self, main={**self.main, **written})

    def in_tiff(self, file: bytes) -> bytes:
        """Add everything to the first directory of a TIFF file, but for what stands there already."""
        order: Order = "<" if file[:2] == b"II" else ">"
        at = _number(file, 4, order)
        (count,) = struct.unpack_from(f"{order}H", file, at)
        rows = file[at + 2 : at + 2 + _ROW * count]
        (following,) = struct.unpack_from(f"{order}I", file, at + 2 + _ROW * count)
        present = {
            struct.unpack_from(f"{order}H", rows, row)[0]: rows[row : row + _ROW]
            for row in range(0, len(rows), _ROW)
        }
        start = len(file) + len(file) % 2
        added = self._in(order)._written(start, present, following)
        padded = file[:4] + struct.pack(f"{order}I", start) + file[8:]
        return padded.ljust(start, b"\0") + added

    def _in(self, order: Order) -> "ExifFields":
        if order == self.order:
            return self

        def turned(directory: Directory) -> Directory:
            return {tag: each.turned() for tag, each in directory.items()}

        return ExifFields(order, turned(self.main), turned(self.photo), turned(self.place))

    def _written(self, start: int, present: Mapping[int, bytes], following: int) -> bytes:
        """Lay all directories out behind one another.

        :param start: where in the file the first one begins.
        :param present: rows that it has already, by their tags.
        """
        rows: dict[int, _Row] = {tag: partial(_as_it_is, row) for tag, row in present.items()}
        for tag, each in self.main.items():
            rows.setdefault(tag, partial(self._row, tag, each))
        for tag, directory in ((_PHOTO, self.photo), (_PLACE, self.place)):
            if directory:
                rows[tag] = partial(self._pointer, tag, directory)
        return _laid_out(rows, start, following, self.order)

    def _pointer(self, tag: int, directory: Directory, at: int) -> tuple[bytes, bytes]:
        rows: dict[int, _Row] = {
            inner: partial(self._row, inner, each) for inner, each in directory.items()
        }
        row = struct.pack(f"{self.order}HHII", tag, _LONG, 1, at)
        return row, _laid_out(rows, at, 0, self.order)

    def _row(self, tag: int, each: Field, at: int) -> tuple[bytes, bytes]:
        head = struct.pack(f"{self.order}HHI", tag, each.type, each.count)
        if len(each.value) <= 4:
            return head + each.value.ljust(4, b"\0"), b""
        return head + struct.pack(f"{self.order}I", at), each.value


_Row = Callable[[int], tuple[bytes, bytes]]
"""Gives, for a place behind a directory, a row of it, and what stands at that place."""


def _as_it_is(row: bytes, at: int) -> tuple[bytes, bytes]:
    return row, b""


def _laid_out(rows: Mapping[int, _Row], start: int, following: int, order: Order) -> bytes:
    written, values = b"", b""
    behind = start + 2 + _ROW * len(rows) + 4
    for tag in sorted(rows):
        row, value = rows[tag](behind + len(values))
        written += row
        values += value + b"\0" * (len(value) % 2)
    counted = struct.pack(f"{order}H", len(rows))
    return counted + written + struct.pack(f"{order}I", following) + values


def _directory(block: bytes, at: int, order: Order) -> dict[int, Field]:
    found: dict[int, Field] = {}
    if not 8 <= at <= len(block) - 2:
        return found
    (count,) = struct.unpack_from(f"{order}H", block, at)
    for row in range(at + 2, at + 2 + _ROW * min(count, _MOST_FIELDS), _ROW):
        if row + _ROW > len(block):
            break
        tag, kind, number = struct.unpack_from(f"{order}HHI", block, row)
        size = _SIZES.get(kind, 0) * number
        value_at = row + 8 if size <= 4 else _number(block, row + 8, order)
        if size and value_at + size <= len(block):
            found.setdefault(tag, Field(kind, block[value_at : value_at + size]))
    return found


def _number(block: bytes, at: int, order: Order) -> int:
    return int.from_bytes(block[at : at + 4], "little" if order == "<" else "big")

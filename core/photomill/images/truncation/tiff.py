"""TIFF: TIFF 6.0, sections 2 to 15, and BigTIFF."""

from attrs import frozen

from photomill.images.structure.tiff import Layout, layout
from photomill.images.truncation.model import NONE_LEFT, Remains

_WIDTH, _HEIGHT, _COMPRESSION, _ROWS_PER_STRIP, _PLANES = 256, 257, 259, 278, 284
_STRIPS, _STRIP_SIZES = 273, 279
_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_SIZES = 322, 323, 324, 325
_UNCOMPRESSED = 1
_SIZES = {3: 2, 4: 4, 16: 8}
"""Bytes of whole numbers, by their type."""
_MOST_VALUES = 1_000_000


def remains(data: bytes, max_bytes: int) -> Remains | None:
    """What is left of the first page."""
    fields = _fields(data)
    if fields is None:
        return NONE_LEFT
    parts = _Parts.of(fields)
    if parts is None:
        return None
    rows = parts.rows(len(data))
    if rows == parts.height and parts.extent <= len(data):
        return None
    lacking = parts.extent - len(data)
    if parts.plain and 0 < lacking <= max_bytes:
        data += bytes(lacking)
    return Remains(data, rows, parts.height)


@frozen
class _Parts:
    """The strips or tiles of a page.

    :ivar across: parts side by side.
    :ivar lines: rows of pixels in each.
    :ivar plain: they are not compressed, so that a row is where it is expected.
    """

    height: int
    offsets: list[int]
    sizes: list[int]
    across: int
    lines: int
    plain: bool

    @classmethod
    def of(cls, fields: dict[int, list[int]]) -> "_Parts | None":
        tiled = _TILES in fields
        offsets = fields.get(_TILES if tiled else _STRIPS, [])
        sizes = fields.get(_TILE_SIZES if tiled else _STRIP_SIZES, [])
        (height,) = fields.get(_HEIGHT, [0])[:1] or [0]
        (width,) = fields.get(_WIDTH, [0])[:1] or [0]
        lines = (fields.get(_TILE_HEIGHT if tiled else _ROWS_PER_STRIP) or [height])[0]
        if not (offsets and len(offsets) == len(sizes) and height and width and lines):
            return None
        across = -(-width // ((fields.get(_TILE_WIDTH) or [width])[0] or width)) if tiled else 1
        plain = (fields.get(_COMPRESSION) or [1])[0] == _UNCOMPRESSED and not tiled
        return cls(height, offsets, sizes, across, min(lines, height), plain)

    @property
    def extent(self) -> int:
        """Where the last part ends."""
        return max(start + size for start, size in zip(self.offsets, self.sizes, strict=True))

    def rows(self, length: int) -> int:
        """The rows that are there in full in a file of this length."""
        in_plane = self.across * -(-self.height // self.lines)
        least = self.height
        for number, (start, size) in enumerate(zip(self.offsets, self.sizes, strict=True)):
            if start + size <= length:
                continue
            top = number % in_plane // self.across * self.lines
            lines = min(self.lines, self.height - top)
            row = size // lines if self.plain else 0
            least = min(least, top + (max(0, length - start) // row if row else 0))
        return least


def _fields(data: bytes) -> dict[int, list[int]] | None:
    """The whole numbers of the first directory; None where it is not all there."""
    how = layout(data)
    at = how.number(data, how.first, how.offset)
    count = how.number(data, at, how.count)
    if not at or at + how.count + count * how.entry > len(data):
        return None
    found: dict[int, list[int]] = {}
    for place in range(count):
        entry = at + how.count + place * how.entry
        values = _values(data, how, entry)
        if values is None:
            return None
        found[how.number(data, entry, 2)] = values
    return found


def _values(data: bytes, how: Layout, entry: int) -> list[int] | None:
    """The values of an entry, none where they are no whole numbers; None where they are past the end."""
    size = _SIZES.get(how.number(data, entry + 2, 2))
    count = how.number(data, entry + 4, how.offset)
    if size is None or count > _MOST_VALUES:
        return []
    start = entry + 4 + how.offset
    if count * size > how.offset:
        start = how.number(data, start, how.offset)
    if start + count * size > len(data):
        return None
    return [how.number(data, start + size * each, size) for each in range(count)]

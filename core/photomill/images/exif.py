"""What of EXIF is of use: how an image lies, and when it was taken."""

from collections.abc import Iterator

from attrs import frozen

_ORIENTATION = 0x0112
_EXIF_DIRECTORY = 0x8769
_SHORT, _LONG, _TEXT = 3, 4, 2
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

    def text(self, entry: _Entry) -> str:
        start = entry.value if entry.count <= 4 else self.number(entry.value, 4)
        written = self.data[start : start + min(entry.count, _LONGEST_TEXT)]
        return written.decode("ascii", errors="replace").strip("\0 ")

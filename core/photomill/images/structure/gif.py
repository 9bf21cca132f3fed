"""How a GIF file is built: the specification of GIF89a."""

from photomill.config.settings import ImageSettings
from photomill.errors import ImageTooLarge
from photomill.images.limits import check_frames, check_size

MAX_BLOCKS = 1_000_000
"""Data comes in blocks of up to 255 bytes."""

_HEADER = 13
_EXTENSION = 0x21
_FRAME = 0x2C
_DESCRIPTOR = 10


def checked(data: bytes, limits: ImageSettings) -> bytes:
    """Check the size of the screen and of each frame, and the number of frames and blocks."""
    check_size(short(data, 6), short(data, 8), limits)
    at = _HEADER + colour_table(data, 10)
    frames = blocks = 0
    while at < len(data):
        if data[at] == _EXTENSION:
            at += 2
        elif data[at] == _FRAME:
            frames += 1
            check_frames(frames, limits)
            check_size(short(data, at + 5) or 1, short(data, at + 7) or 1, limits)
            at += 11 + colour_table(data, at + 9)
        else:
            break
        at, passed = _skip_blocks(data, at, MAX_BLOCKS - blocks)
        blocks += passed
    return data


def first_frame(data: bytes) -> int | None:
    """Where the first frame is described; None where the file ends before it."""
    at = _HEADER + colour_table(data, 10)
    while at < len(data) and data[at] == _EXTENSION:
        at, _ = _skip_blocks(data, at + 2, MAX_BLOCKS)
    return at if at + _DESCRIPTOR <= len(data) and data[at] == _FRAME else None


def _skip_blocks(data: bytes, at: int, most: int) -> tuple[int, int]:
    """Pass the blocks up to their terminator; return where it goes on, and how many there were."""
    for passed in range(most):
        size = data[at] if at < len(data) else 0
        at += 1 + size
        if size == 0:
            return at, passed + 1
    raise ImageTooLarge(f"more than {MAX_BLOCKS} blocks")


def colour_table(data: bytes, at: int) -> int:
    """The bytes of the colour table that the flags at this place announce."""
    flags = data[at] if at < len(data) else 0
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def short(data: bytes, at: int) -> int:
    """A number of two bytes; what is past the end counts 0."""
    return int.from_bytes(data[at : at + 2], "little")

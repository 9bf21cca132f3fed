"""How a GIF file is built: the specification of GIF89a."""

from photomill.config.settings import ImageSettings
from photomill.errors import ImageTooLarge
from photomill.images.limits import check_frames, check_size

MAX_BLOCKS = 1_000_000
"""Data comes in blocks of up to 255 bytes."""

_HEADER = 13
_EXTENSION = 0x21
_FRAME = 0x2C


def checked(data: bytes, limits: ImageSettings) -> bytes:
    """Check the size of the screen and of each frame, and the number of frames and blocks."""
    check_size(_short(data, 6), _short(data, 8), limits)
    at = _HEADER + _colours(data, 10)
    frames = blocks = 0
    while at < len(data):
        if data[at] == _EXTENSION:
            at += 2
        elif data[at] == _FRAME:
            frames += 1
            check_frames(frames, limits)
            check_size(_short(data, at + 5) or 1, _short(data, at + 7) or 1, limits)
            at += 11 + _colours(data, at + 9)
        else:
            break
        at, passed = _skip_blocks(data, at, MAX_BLOCKS - blocks)
        blocks += passed
    return data


def _skip_blocks(data: bytes, at: int, most: int) -> tuple[int, int]:
    """Pass the blocks up to their terminator; return where it goes on, and how many there were."""
    for passed in range(most):
        size = data[at] if at < len(data) else 0
        at += 1 + size
        if size == 0:
            return at, passed + 1
    raise ImageTooLarge(f"more than {MAX_BLOCKS} blocks")


def _colours(data: bytes, at: int) -> int:
    """The bytes of the colour table that the flags at this place announce."""
    flags = data[at] if at < len(data) else 0
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _short(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")

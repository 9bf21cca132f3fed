"""How a WebP file is built: RFC 9649, section 2."""

from collections.abc import Iterator

from attrs import frozen

from photomill.config.settings import ImageSettings
from photomill.errors import ImageTooLarge
from photomill.images.limits import check_frames

MAX_CHUNKS = 100_000


@frozen
class Chunk:
    """Where a chunk lies, from its type on; ``end`` is past the file where it breaks off."""

    type: bytes
    start: int
    end: int


def chunks(data: bytes) -> Iterator[Chunk]:
    """Walk the chunks up to the end of the file."""
    at = 12
    for _ in range(MAX_CHUNKS):
        if at + 8 > len(data):
            return
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        yield Chunk(data[at : at + 4], at, at + 8 + size)
        at += 8 + size + size % 2
    raise ImageTooLarge(f"more than {MAX_CHUNKS} chunks")


def checked(data: bytes, limits: ImageSettings) -> bytes:
    """Check the number of frames and chunks."""
    frames = 0
    for chunk in chunks(data):
        frames += chunk.type == b"ANMF"
        check_frames(frames, limits)
    return data

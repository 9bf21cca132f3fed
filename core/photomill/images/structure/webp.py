"""How a WebP file is built: RFC 9649, section 2."""

from photomill.config.settings import ImageSettings
from photomill.errors import ImageTooLarge
from photomill.images.limits import check_frames

MAX_CHUNKS = 100_000


def checked(data: bytes, limits: ImageSettings) -> bytes:
    """Check the number of frames and chunks."""
    frames = 0
    at = 12
    for _ in range(MAX_CHUNKS):
        if at + 8 > len(data):
            return data
        frames += data[at : at + 4] == b"ANMF"
        check_frames(frames, limits)
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    raise ImageTooLarge(f"more than {MAX_CHUNKS} chunks")

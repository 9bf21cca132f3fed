"""Which format bytes are in: told from the bytes, never from a name or a header."""

from collections.abc import Collection
from typing import get_args

from photomill.config.settings import ImageFormat
from photomill.errors import UnsupportedFormat

FORMATS: tuple[str, ...] = get_args(ImageFormat)

_PREFIXES = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0\x08\0\0\0", "tiff"),
    (b"MM\0+\0\x08\0\0", "tiff"),
)
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})


def sniff(data: bytes) -> str | None:
    """Name the format of an image, one of :data:`FORMATS`; None for anything else."""
    for prefix, format in _PREFIXES:
        if data.startswith(prefix):
            return format
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADERS:
        return "bmp"
    return _sniff_boxes(data) if data[4:8] == b"ftyp" else None


def check_format(data: bytes, allowed: Collection[str]) -> str:
    """Name the format of an image that is taken.

    :raises UnsupportedFormat: empty, no image, or a format that is not allowed.
    """
    if not data:
        raise UnsupportedFormat("the file is empty")
    format = sniff(data)
    if format is None:
        raise UnsupportedFormat(f"not an image; taken are {', '.join(allowed)}")
    if format not in allowed:
        raise UnsupportedFormat(f"{format} is not taken; taken are {', '.join(allowed)}")
    return format


def _sniff_boxes(data: bytes) -> str | None:
    """Tell AVIF from HEIC by the brands of an ISO base media file, the major one first."""
    end = min(int.from_bytes(data[:4], "big"), len(data), 256)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, end, 4))]
    for brand in brands:
        if brand in _AVIF_BRANDS:
            return "avif"
        if brand in _HEIC_BRANDS:
            return "heic"
    return None

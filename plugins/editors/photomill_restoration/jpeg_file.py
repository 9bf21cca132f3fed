"""What a JPEG file tells of its own compression."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.plugin import START_OF_SCAN, Origin, jpeg_segments

_UNHURT = 100.0
_ALL_QUALITIES = range(1, 101)
_NOT_HALVED = 0
_QUANTISATION = 0xDB
_ENTRIES = 64
_LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
"""ITU-T T.81, table K.1, which libjpeg scales by its quality."""


@frozen
class Compression:
    """How a JPEG file was compressed.

    :ivar tables: quantisation tables of 64 numbers, of luma and chroma; empty where only the quality is known.
    """

    quality: int
    tables: Sequence[Sequence[int]] = ()

    def pillow_options(self) -> dict[str, Any]:
        """What Pillow needs to be told to compress as coarsely; chroma keeps its size, whatever the file had."""
        if self.tables:
            tables = [list(table) for table in self.tables]
            return {"qtables": tables, "subsampling": _NOT_HALVED}
        return {"quality": self.quality, "subsampling": _NOT_HALVED}


def compression_of(origin: Origin) -> Compression | None:
    """Read the tables of the file that an image came from.

    :returns: None where it is no JPEG file, and where it has the colours of print, since tables for those say nothing
        about red, green and blue.
    """
    if origin.format != "jpeg" or origin.colour_space == "CMYK":
        return None
    tables = _tables(origin.data)
    if 0 not in tables:
        return None
    # By convention the first table is luma's and the second chroma's.
    used = [tables[0], tables.get(1, tables[0])]
    return Compression(round(_quality(tables[0])), used)


def quality_of(origin: Origin) -> float:
    """On libjpeg's scale, 1 to 100; 100 for what is no JPEG file."""
    compression = compression_of(origin)
    return _UNHURT if compression is None else float(compression.quality)


def _quality(table: Sequence[int]) -> float:
    """The quality at which libjpeg's table is as coarse on the whole, whoever made this one."""
    sums = [int(_libjpeg_table(quality).sum()) for quality in _ALL_QUALITIES]
    return float(np.interp(-sum(table), np.negative(sums), _ALL_QUALITIES))


def _libjpeg_table(quality: int) -> NDArray[np.int64]:
    """libjpeg's ``jpeg_quality_scaling``."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return np.asarray((np.array(_LUMINANCE) * scale + 50) // 100, np.int64).clip(1, 255)


def _tables(data: bytes) -> dict[int, list[int]]:
    """Quantisation tables in rows, by their number: T.81, annex B.2.4.1."""
    tables = {}
    for segment in jpeg_segments(data):
        if segment.marker == START_OF_SCAN:
            break
        if segment.marker == _QUANTISATION:
            body = data[segment.start + 4 : segment.end]
            while len(body) > _ENTRIES:
                number, width = body[0] & 15, 2 if body[0] >> 4 else 1
                entries = np.frombuffer(body[1 : 1 + _ENTRIES * width], f">u{width}")
                if len(entries) == _ENTRIES:
                    tables[number] = [min(int(entries[at]), 255) for at in _ZIGZAG]
                body = body[1 + _ENTRIES * width :]
    return tables


def _zigzag() -> list[int]:
    """Where in a file's table each entry of the rows stands."""
    diagonals = sorted(
        ((row, column) for row in range(8) for column in range(8)),
        key=lambda place: (sum(place), place[1 - sum(place) % 2]),
    )
    order = {place: at for at, place in enumerate(diagonals)}
    return [order[row, column] for row in range(8) for column in range(8)]


_ZIGZAG = _zigzag()

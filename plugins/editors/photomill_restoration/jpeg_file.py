"""What a JPEG file tells of its own compression."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen

from photomill.images.origin import Origin

_UNHURT = 100.0
_NOT_HALVED = 0
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
    """Read the tables of the file that a picture came from; None where it is no JPEG file, or one
    of printing colours, whose tables say nothing about red, green and blue.
    """
    if origin.format != "jpeg" or origin.colour_space == "CMYK" or not origin.data:
        return None
    from PIL import Image, JpegImagePlugin

    with Image.open(io.BytesIO(origin.data)) as picture:
        if not isinstance(picture, JpegImagePlugin.JpegImageFile):
            return None
        tables = [table for _, table in sorted(picture.quantization.items())]
    return Compression(round(_quality(tables[0])), tables[:2])


def quality_of(origin: Origin) -> float:
    """On libjpeg's scale, 1 to 100; 100 for what is no JPEG file."""
    compression = compression_of(origin)
    return _UNHURT if compression is None else float(compression.quality)


def _quality(table: Sequence[int]) -> float:
    """The inverse of libjpeg's ``jpeg_quality_scaling``, for whole tables, whoever made them."""
    scale = 100 * float(np.sum(table)) / float(np.sum(_LUMINANCE))
    quality = (200 - scale) / 2 if scale <= 100 else 5000 / scale
    return float(np.clip(quality, 1, 100))

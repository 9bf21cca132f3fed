"""What of an original its result does not carry: the one place that says so.

Each note is a sentence in words of its own, and comes only where something was lost.
"""

from collections.abc import Iterator

import numpy as np
from attrs import frozen

from photomill.components import Encoder
from photomill.components.output import Output
from photomill.editing.request import EditRequest
from photomill.images.exif_fields import ExifFields
from photomill.images.origin import Origin
from photomill.images.raster import Raster
from photomill.images.structure import jpeg, png

_SHALLOW, _FLOAT = 8, 32
_HOLD_IPTC = ("jpeg", "tiff")


def notes_on_depth(
    origin: Origin, raster: Raster, output: Output, encoder: Encoder
) -> Iterator[str]:
    """Tell that a result has fewer bits a channel than the original."""
    format = type(output.format).__name__.lower()
    is_kept = format in encoder.deep_formats and (output.is_lossless or format == "avif")
    if origin.depth > _SHALLOW and raster.depth > _SHALLOW and not is_kept:
        told = (
            "floating-point numbers" if origin.depth == _FLOAT else f"{origin.depth} bits a channel"
        )
        yield (
            f"the original has {told} and the result 8 bits: PNG, and TIFF without loss, keep 16"
        )


@frozen
class Fidelity:
    """How much of the original an image still holds."""

    depth: int
    has_ink: bool

    @classmethod
    def of(cls, raster: Raster) -> "Fidelity":
        return cls(raster.depth, raster.has_ink)


def note_on_operation(
    before: Fidelity, after: Raster, engine: str, output: Output
) -> Iterator[str]:
    """Tell that an engine works with fewer bits than it was given, or with colours instead of inks."""
    if before.depth > after.depth:
        yield f"{engine} works with 8 bits a channel: the original's finer levels are lost"
    if before.has_ink and not after.has_ink and output.may_hold_ink:
        yield f"{engine} works in RGB: the original's inks are not kept as they are"


def notes_on_original(origin: Origin) -> Iterator[str]:
    """Tell what no edit carries: further images of a file, and colours that sRGB has not."""
    yield from origin.notes
    if origin.wide_gamut:
        yield "the original's profile has more colours than sRGB, into which they were brought"
    if origin.frames > 1:
        yield f"the original has {origin.frames} frames or pages: only the first was edited"


def note_on_transparency(request: EditRequest, raster: Raster, *, original: bool) -> Iterator[str]:
    """Tell that transparent parts became white, though nobody asked for a colour.

    :param raster: before it is put on a canvas.
    :param original: whether the original had an alpha channel.
    """
    colour = request.background.colour or ("transparent" if original else "")
    if colour != "transparent" or request.output.holds_alpha or not raster.has_alpha:
        return
    if (raster.levels[:, :, 3] == np.iinfo(raster.levels.dtype).max).all():
        return
    name = type(request.output.format).__name__.upper()
    yield f"{name} holds no transparency here: transparent parts are white; PNG and WebP keep them"


def notes_on_metadata(kept: Origin, output: Output, format: str) -> Iterator[str]:
    """Tell which metadata that were to be kept are not in the result.

    :param kept: the original with the metadata that were handed to the encoder.
    :param format: of the result.
    """
    name = format.upper()
    if kept.iptc and format not in _HOLD_IPTC:
        yield f"{name} holds no IPTC metadata: they were left out; JPEG and TIFF hold them"
    if output.keep_metadata is True and _has_comment(kept):
        yield "the original's comment was left out"


def notes_on_left_out(origin: Origin, kept: Origin, output: Output) -> Iterator[str]:
    """Tell which blocks of metadata were too large or too damaged to be kept."""
    if output.keeps("xmp") and origin.xmp and not kept.xmp:
        yield "the XMP metadata are damaged or too large for a file, and were left out"
    exif = output.keeps("exif") and origin.metadata
    if exif and not kept.metadata and ExifFields.read(origin.metadata).main:
        yield "the EXIF metadata are too large for a file, and were left out"


def _has_comment(origin: Origin) -> bool:
    if origin.format == "jpeg":
        for segment in jpeg.segments(origin.data):
            if segment.marker == jpeg.START_OF_SCAN:
                return False
            if segment.marker == jpeg.COMMENT:
                return True
    if origin.format == "png":
        return any(chunk.type == b"tEXt" for chunk in png.chunks(origin.data))
    return False

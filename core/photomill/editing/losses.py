"""What of an original its result does not carry: the one place that says so.

Each note is a sentence in words of its own, and comes only where something was lost.
"""

from collections.abc import Iterator

from photomill.editing.output import Output
from photomill.images.exif_fields import ExifFields
from photomill.images.origin import Origin
from photomill.images.structure import jpeg, png

_HOLD_IPTC = ("jpeg", "tiff")


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

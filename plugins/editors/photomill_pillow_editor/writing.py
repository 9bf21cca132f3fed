"""An image to the bytes of a file."""

import io
from typing import Any

import numpy as np
from attrs import frozen

from photomill.plugin import (
    IPTC,
    XMP,
    Avif,
    ExifFields,
    Format,
    Jpeg,
    Png,
    Tiff,
    Webp,
    loses_colour,
    to_photoshop,
)
from photomill_pillow_editor.metadata import Headers, with_resolution

_FULL_COLOUR_FROM = 90
"""The quality from which colour is stored at the size of brightness, as libvips has it."""
_PNG: dict[str, dict[str, Any]] = {
    "fast": {"compress_level": 1},
    "optimal": {"compress_level": 6},
    "best": {"optimize": True},
}
_JPEG_BYTES_A_LEVEL = 1.25
"""More than what compresses least takes: pure colours at random, of quality 100, take 1.1."""
_JPEG_HEADERS = 65_536
_PREDICTOR = 317
_HORIZONTAL = 2


@frozen
class Writer:
    """
    :ivar image: a Pillow image in the file's own mode.
    :ivar profile: its ICC profile, empty for sRGB.
    """

    image: Any
    profile: bytes
    headers: Headers

    def write(self, format: Format) -> bytes:
        """Encode as one of the formats that are not left open."""
        file = io.BytesIO()
        options = _options(format, self.headers, self.image)
        if self.profile:
            options["icc_profile"] = self.profile
        image = self.image
        if isinstance(format, Tiff) and format.quality is not None and image.mode == "RGB":
            # Pillow would compress red, green and blue each for itself, to twice the size.
            image = image.convert("YCbCr")
        image.save(file, type(format).__name__.upper(), **options)
        if isinstance(format, Tiff):
            return _with_metadata(file.getvalue(), self.headers, image.size)
        return file.getvalue()


def _with_metadata(file: bytes, headers: Headers, size: tuple[int, int]) -> bytes:
    """Add them to a TIFF file: Pillow writes no directories below the first one into a compressed file."""
    exif = ExifFields.read(headers.block).described(*size)
    fields = exif.with_bytes({XMP: headers.xmp, IPTC: headers.iptc})
    return fields.in_tiff(file) if fields.block() else file


def _options(format: Format, headers: Headers, image: Any) -> dict[str, Any]:
    match format:
        case Jpeg():
            options = _jpeg(format, headers, image)
        case Png():
            options = _png(format, headers)
        case Webp():
            options = _webp(format)
        case Avif():
            options = _avif(format)
        case Tiff():
            return _tiff(format, headers)
        case _:
            raise TypeError(f"{format} is left open")
    if isinstance(format, Webp | Avif):
        exif = with_resolution(headers)
    else:
        exif = headers.exif
        if headers.dpi is not None:
            options["dpi"] = (headers.dpi, headers.dpi)
    if exif is not None:
        options["exif"] = exif
    if headers.xmp and not isinstance(format, Png):
        options["xmp"] = headers.xmp
    return options


def _png(format: Png, headers: Headers) -> dict[str, Any]:
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    if headers.xmp:
        texts.add_itxt("XML:com.adobe.xmp", headers.xmp.decode("utf-8", errors="replace"))
    return {**_PNG[format.compression], "pnginfo": texts}


def _jpeg(format: Jpeg, headers: Headers, image: Any) -> dict[str, Any]:
    import PIL.ImageFile

    # What Pillow takes for enough holds no noise of high quality; libjpeg needs all of it at once.
    levels = image.width * image.height * len(image.getbands())
    room = int(levels * _JPEG_BYTES_A_LEVEL) + _JPEG_HEADERS
    PIL.ImageFile.MAXBLOCK = max(PIL.ImageFile.MAXBLOCK, room)
    segment = to_photoshop(headers.iptc) if headers.iptc else b""
    length = (len(segment) + 2).to_bytes(2, "big")
    return {
        "extra": b"\xff\xed" + length + segment if segment else b"",
        "quality": format.quality,
        "progressive": format.progressive,
        "optimize": True,
        "subsampling": _subsampling(format, image),
    }


def _subsampling(format: Jpeg, image: Any) -> str:
    if format.subsampling != "auto":
        return format.subsampling
    whole = format.quality >= _FULL_COLOUR_FROM or (
        image.mode == "RGB" and loses_colour(np.asarray(image))
    )
    return "4:4:4" if whole else "4:2:0"


def _webp(format: Webp) -> dict[str, Any]:
    if format.quality is None:
        return {"lossless": True}
    return {"quality": format.quality}


def _avif(format: Avif) -> dict[str, Any]:
    quality = 100 if format.quality is None else format.quality
    subsampling = "4:4:4" if quality >= _FULL_COLOUR_FROM else "4:2:0"
    return {"quality": quality, "subsampling": subsampling, "speed": 8, "max_threads": 1}


def _tiff(format: Tiff, headers: Headers) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if headers.dpi is not None:
        options["dpi"] = (headers.dpi, headers.dpi)
    if format.quality is not None:
        return {**options, "compression": "jpeg", "quality": format.quality}
    return {**options, "compression": "tiff_lzw", "tiffinfo": {_PREDICTOR: _HORIZONTAL}}

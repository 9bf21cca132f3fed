"""Each format's settings.

Where libvips leaves a choice between time and bytes, what is said here was measured on eight photographs of 0.2 to
0.8 megapixels.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from photomill.plugin import (
    Automatic,
    Avif,
    EditContext,
    Format,
    Jpeg,
    Output,
    Png,
    Speed,
    Tiff,
    Webp,
)
from photomill_vips_editor import jpeg, png
from photomill_vips_editor.labels import needs_exif, with_iptc_segment
from photomill_vips_editor.tiff import with_metadata

_WHOLE_FROM = 90
"""The quality from which no colours are halved unless it is asked for, as libvips has it."""
_WHOLE = "photomill-whole-colours"
_PNG: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "fast": {"compression": 1, "filter": "up"},
        "optimal": {"compression": 3, "filter": "paeth"},
        "best": {"compression": 9, "filter": "all"},
    }
)
"""Optimal takes half the time of level 6 with the best filter of each row, for 2 % more bytes; libvips' own default
takes as long, for 50 % more bytes.
"""
_PNG_OF_PHOTOGRAPHS: Mapping[str, Any] = MappingProxyType({"compression": 2, "filter": "avg"})
"""What is optimal for what was a JPEG: three quarters of the time of ``optimal`` for as many bytes. A drawing would take half
as many bytes again.
"""
_WEBP_EFFORT: Mapping[Speed, int] = MappingProxyType({"precise": 4, "fast": 2})
"""2 takes two fifths of the time, for 15 % more bytes at the same SSIM."""
_AVIF_EFFORT: Mapping[Speed, int] = MappingProxyType({"precise": 1, "fast": 0})
"""2 takes an eighth of the time of libvips' default, 4, for 5 % more bytes and 0.004 less SSIM; 1 takes three fifths of
the time of 2, for as many bytes and 0.002 less SSIM; 0 takes a fourth of that, for 4 % more bytes and the same SSIM.
"""


def save(image: Any, format: Format, context: EditContext) -> bytes:
    """Encode an image; of its metadata only what it carries of profile, EXIF, XMP and IPTC."""
    # libvips writes no JFIF header.
    kept = _kept(image, for_resolution=isinstance(format, Jpeg | Webp | Avif))
    match format:
        case Jpeg() if jpeg.is_plain(image):
            data = jpeg.write(image, format, "4:4:4" if _keeps_colours(image, format) else "4:2:0")
        case Jpeg(quality=quality, progressive=progressive):
            data = with_iptc_segment(image).jpegsave_buffer(
                subsample_mode="off" if _keeps_colours(image, format) else "on",
                Q=quality,
                interlace=progressive,
                optimize_coding=True,
                keep=kept,
            )
        case Png(compression=compression):
            data = _png(image, compression, is_photograph=context.origin.format == "jpeg")
        case Webp(quality=None):
            data = image.webpsave_buffer(lossless=True, keep=kept)
        case Webp(quality=quality):
            data = image.webpsave_buffer(
                Q=quality,
                effort=_WEBP_EFFORT[context.speed],
                smart_subsample=_is_marked(image),
                keep=kept,
            )
        case Avif(quality=None):
            data = image.heifsave_buffer(
                compression="av1",
                lossless=True,
                subsample_mode="off",
                effort=_AVIF_EFFORT[context.speed],
                keep=kept,
            )
        case Avif(quality=quality):
            data = image.heifsave_buffer(
                compression="av1",
                Q=quality,
                subsample_mode="off" if _is_marked(image) else "auto",
                effort=_AVIF_EFFORT[context.speed],
                keep=kept,
            )
        case Tiff(quality=None):
            data = image.tiffsave_buffer(
                compression="lzw", predictor="horizontal", resunit="inch", keep="icc"
            )
            data = with_metadata(data, image)
        case Tiff(quality=quality):
            data = image.tiffsave_buffer(compression="jpeg", Q=quality, resunit="inch", keep="icc")
            data = with_metadata(data, image)
        case Automatic():
            raise TypeError("an automatic format is chosen before")
    return bytes(data)


def _png(image: Any, compression: str, *, is_photograph: bool) -> bytes:
    if compression == "optimal" and is_photograph:
        if png.is_plain(image):
            return png.write(image, "average")
        return bytes(image.pngsave_buffer(keep=_kept(image), **_PNG_OF_PHOTOGRAPHS))
    if compression == "fast" and png.is_plain(image):
        return png.write(image, "up")
    return bytes(image.pngsave_buffer(keep=_kept(image), **_PNG[compression]))


def halves_colours(output: Output) -> bool:
    """Whether a file stores colours at half the size unless it is told that they matter."""
    lowered = output.max_bytes is not None
    match output.format:
        case Jpeg(quality=quality, subsampling=subsampling):
            return subsampling == "auto" and (lowered or quality < _WHOLE_FROM)
        case Avif(quality=quality):
            return quality is not None and (lowered or quality < _WHOLE_FROM)
        case Webp(quality=quality):
            return quality is not None
        case _:
            return isinstance(output.format, Automatic)


def with_whole_colours(image: Any) -> Any:
    """Mark an image whose colours matter as much as its brightness; WebP halves them with more care then."""
    import pyvips

    image = image.copy()
    image.set_type(pyvips.GValue.gint_type, _WHOLE, 1)
    return image


def _is_marked(image: Any) -> bool:
    return bool(image.get_typeof(_WHOLE))


def _keeps_colours(image: Any, format: Jpeg) -> bool:
    """Whether colours are stored at the size of brightness."""
    if format.subsampling == "auto":
        return _is_marked(image) or format.quality >= _WHOLE_FROM
    return format.subsampling == "4:4:4"


def _kept(image: Any, *, for_resolution: bool = False) -> str:
    exif = ":exif" if needs_exif(image, for_resolution=for_resolution) else ""
    return f"icc:xmp:iptc{exif}"

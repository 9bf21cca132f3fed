"""From the words of ``output`` to the file that is wanted."""

from photomill.editing.document.output import (
    AutomaticFormat,
    AvifFormat,
    CmykColorSpace,
    Compression,
    FormatName,
    FormatOptions,
    JpegFormat,
    LosslessCompression,
    LossyCompression,
    OutputOptions,
    PngFormat,
    RgbColorSpace,
    TiffFormat,
    WebpFormat,
)
from photomill.editing.output import Automatic, Avif, Format, Jpeg, Output, Png, Tiff, Webp

_WEBP_QUALITY = 75
_AVIF_QUALITY = 50
_TIFF_QUALITY = 75

_NAMED: dict[str, Format] = {
    "jpeg": Jpeg(),
    "png": Png(),
    "webp": Webp(),
    "avif": Avif(),
    "tiff": Tiff(),
    "auto": Automatic(),
}


def output(options: OutputOptions) -> Output:
    """Make what the pipeline knows of a file."""
    metadata = options.metadata
    space = metadata.color_space
    return Output(
        format=_format(options.format),
        dpi=metadata.dpi,
        colour_space=space.type if isinstance(space, RgbColorSpace | CmykColorSpace) else space,
        cmyk_profile=space.color_profile if isinstance(space, CmykColorSpace) else None,
        keep_metadata=metadata.keep
        if isinstance(metadata.keep, bool)
        else frozenset(metadata.keep),
        max_bytes=options.max_bytes,
    )


def _format(options: FormatName | FormatOptions) -> Format:
    match options:
        case JpegFormat():
            return Jpeg(options.quality, options.progressive, options.subsampling)
        case PngFormat():
            return Png(options.compression)
        case WebpFormat():
            return Webp(_quality(options.compression, _WEBP_QUALITY))
        case AvifFormat():
            return Avif(_quality(options.compression, _AVIF_QUALITY))
        case TiffFormat():
            return Tiff(_quality(options.compression, _TIFF_QUALITY))
        case AutomaticFormat():
            return Automatic()
        case _:
            return _NAMED[options]


def _quality(
    compression: Compression | LossyCompression | LosslessCompression, default: int
) -> int | None:
    """Of lossy compression; None for lossless."""
    if isinstance(compression, LossyCompression):
        return compression.quality or default
    lossy = compression == "lossy"
    return default if lossy else None

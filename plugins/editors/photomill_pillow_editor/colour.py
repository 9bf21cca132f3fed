"""sRGB to the colour space of a file."""

import io
from functools import cache
from typing import Any

import numpy as np

from photomill.plugin import (
    EditContext,
    Jpeg,
    Output,
    Png,
    Raster,
    RasterPixels,
    Tiff,
    becomes_cmyk,
    cmyk_profile,
)
from photomill_pillow_editor.conversion import to_pillow

_DATE, _DATE_BYTES = 24, 12
"""Of a profile's header: ICC.1:2010, section 7.2."""


def for_output(
    raster: Raster, output: Output, context: EditContext, folder: str
) -> tuple[Any, bytes]:
    """Convert an image to what its file holds.

    :param folder: where ICC profiles are.
    :returns: Pillow's image, and the profile to embed: a small one of sRGB where the original had one, else none.
    """
    if becomes_cmyk(output, raster, context):
        return _cmyk(raster, output, context, folder)
    is_grey = context.origin.colour_space == "GREY" and output.colour_space is None
    if is_grey and isinstance(output.format, Jpeg | Png | Tiff) and _is_grey(raster):
        return _grey(raster), b""
    return to_pillow(raster), srgb_profile(context)


def srgb_profile(context: EditContext) -> bytes:
    """The profile of a result in sRGB: a program without one at hand takes an image for sRGB anyway."""
    return _srgb_profile() if context.origin.profile else b""


def _is_grey(raster: Raster) -> bool:
    red, green, blue = (raster.rgb[:, :, channel] for channel in range(3))
    return bool((red == green).all() and (green == blue).all())


def _grey(raster: Raster) -> Any:
    import PIL.Image

    if raster.has_alpha:
        return PIL.Image.fromarray(np.ascontiguousarray(raster.pixels[:, :, 2:]))
    return PIL.Image.fromarray(np.ascontiguousarray(raster.pixels[:, :, 0]))


def _cmyk(raster: Raster, output: Output, context: EditContext, folder: str) -> tuple[Any, bytes]:
    """Convert with relative intent and black point compensation, which keeps shadows apart."""
    from PIL import ImageCms

    image = to_pillow(raster)
    profile = _profile(output, context, folder)
    if not profile:
        return _by_formula(image), b""
    converted = ImageCms.profileToProfile(
        image,
        _srgb(),
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="CMYK",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    return converted, profile


def _profile(output: Output, context: EditContext, folder: str) -> bytes:
    """The profile asked for, the original's, or the usual one; empty where none is installed."""
    origin = context.origin
    if output.cmyk_profile is None and origin.colour_space == "CMYK" and origin.profile:
        return origin.profile
    instead = "the colours are converted by formula, for no paper in particular"
    return cmyk_profile(output, folder, context, instead)


@cache
def _srgb() -> Any:
    from PIL import ImageCms

    return ImageCms.createProfile("sRGB")


@cache
def _srgb_profile() -> bytes:
    from PIL import ImageCms

    profile = bytes(ImageCms.ImageCmsProfile(_srgb()).tobytes())
    # The same edit gives the same bytes at any time: a profile states when it was made.
    return profile[:_DATE] + bytes(_DATE_BYTES) + profile[_DATE + _DATE_BYTES :]


def _by_formula(image: Any) -> Any:
    """Take what is common of cyan, magenta and yellow as black, all of it (grey component replacement)."""
    import PIL.Image

    ink = 255 - np.asarray(image).astype(np.int64)
    black = ink.min(axis=2, keepdims=True)
    colours = (ink - black) * 255 // np.maximum(255 - black, 1)
    pixels: RasterPixels = np.dstack([colours, black]).astype(np.uint8)
    return PIL.Image.frombytes("CMYK", image.size, pixels.tobytes())

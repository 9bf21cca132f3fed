"""sRGB to the colour space of a file."""

import io
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from photomill.components import EditContext
from photomill.components.output import CmykProfile, Jpeg, Output, Png, Tiff
from photomill.images.raster import Raster, RasterPixels
from photomill_pillow_editor.conversion import to_pillow

PROFILES: dict[CmykProfile, str] = {
    "ISO_Coated": "ISOcoated_v2_eci.icc",
    "ISO_Uncoated": "ISOuncoated.icc",
    "USWeb_Coated": "SWOP2006_Coated3v2.icc",
    "USWeb_Uncoated": "GRACoL2013UNC_CRPC3.icc",
}
"""The file that stands for each, as Debian's package ``icc-profiles`` names it."""
_DATE, _DATE_BYTES = 24, 12
"""Of a profile's header: ICC.1:2010, section 7.2."""
_DEFAULT: CmykProfile = "USWeb_Coated"


def for_output(
    raster: Raster, output: Output, context: EditContext, folder: str
) -> tuple[Any, bytes]:
    """Convert a picture to what its file holds.

    :param folder: where ICC profiles are, in it or below.
    :returns: Pillow's picture, and the profile to embed: a small one of sRGB where the original had one, else none.
    """
    space = output.colour_space or context.origin.colour_space
    if space == "CMYK":
        if isinstance(output.format, Jpeg | Tiff):
            return _cmyk(raster, output, context, folder)
        context.notes.append(
            f"{type(output.format).__name__.upper()} holds no CMYK: the file is sRGB"
        )
    elif space == "GREY" and isinstance(output.format, Jpeg | Png | Tiff) and _is_grey(raster):
        return _grey(raster), b""
    return to_pillow(raster), srgb_profile(context)


def srgb_profile(context: EditContext) -> bytes:
    """The profile of a result in sRGB: a program without one at hand takes a picture for sRGB anyway."""
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

    image = _opaque(raster, context)
    profile = _profile(output, context, folder)
    if not profile:
        context.notes.append(
            "no CMYK profile is installed: the colours are converted by formula, for no paper in particular"
        )
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


def _opaque(raster: Raster, context: EditContext) -> Any:
    import PIL.Image

    image = to_pillow(raster)
    if not raster.has_alpha:
        return image
    context.notes.append("a CMYK file has no alpha here: transparent parts are white")
    white = PIL.Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _profile(output: Output, context: EditContext, folder: str) -> bytes:
    """The profile asked for, the original's, or the usual one; empty where none is installed."""
    origin = context.origin
    if output.cmyk_profile is None and origin.colour_space == "CMYK" and origin.profile:
        return origin.profile
    name = output.cmyk_profile or _DEFAULT
    found = _found(folder, PROFILES[name])
    if found is None:
        context.notes.append(f"the ICC profile {PROFILES[name]} ({name}) is not installed")
        return b""
    return found.read_bytes()


@cache
def _found(folder: str, name: str) -> Path | None:
    return next(iter(sorted(Path(folder).rglob(name))), None)


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

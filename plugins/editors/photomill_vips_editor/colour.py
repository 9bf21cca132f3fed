"""From sRGB to what the file is to hold."""

from functools import cache
from typing import Any

from photomill.plugin import EditContext, Origin, Output, Raster, becomes_cmyk, cmyk_profile
from photomill_vips_editor.vips_images import has_ink, is_deep, without_ink

_PROFILE = "icc-profile-data"
_SRGB = "srgb"
_CMYK = "cmyk"
"""What libvips brings itself: the inks of a common offset press, 282 % of ink at most."""


def converted(
    image: Any, raster: Raster, output: Output, context: EditContext, profile_dir: str
) -> Any:
    """Convert an image to what the file holds, and attach the profile of what it became.

    Inks stay as they are unless another profile is asked for. Relative colorimetric intent with black point compensation. Colours outside of what CMYK can print come as near as
    they can.
    """
    if becomes_cmyk(output, raster, context):
        if has_ink(image) and output.cmyk_profile is None:
            return _with_own_profile(image, context.origin)
        return _to_cmyk(image, output, context, profile_dir)
    image = without_ink(_with_own_profile(image, context.origin)) if has_ink(image) else image
    if (
        context.origin.colour_space == "GREY"
        and output.colour_space is None
        and not raster.has_alpha
    ):
        image = image.copy_memory()
        if _is_grey(image):
            return image[1].copy(interpretation="grey16" if is_deep(image) else "b-w")
    # A program without a profile at hand takes an image for sRGB; one whose original had a profile keeps one.
    return _with_profile(image, _SRGB) if context.origin.profile else image


def _to_cmyk(image: Any, output: Output, context: EditContext, profile_dir: str) -> Any:
    origin = context.origin
    if output.cmyk_profile is None and origin.colour_space == "CMYK":
        own = origin.profile or _built_in(_CMYK)
        return _with_own_profile(_exported(image, own, origin), origin)
    instead = "the general CMYK profile of libvips was taken"
    profile = cmyk_profile(output, profile_dir, context, instead)
    return _exported(image, profile or _built_in(_CMYK), origin)


def inks_of(image: Any, colour: tuple[int, ...]) -> list[int]:
    """What a colour of sRGB is in the inks of an image that carries its profile, or libvips' own; white is no ink.

    :param colour: red, green and blue, 0 to 255.
    """
    import pyvips

    if colour == (255, 255, 255):
        return [0, 0, 0, 0]
    profile = bytes(image.get(_PROFILE)) if image.get_typeof(_PROFILE) else _built_in(_CMYK)
    pixel = (pyvips.Image.black(1, 1, bands=3) + list(colour)).cast("uchar")
    found = _exported(pixel.copy(interpretation="srgb"), profile, None)
    return [int(level) for level in found(0, 0)]


def _with_own_profile(image: Any, origin: Origin) -> Any:
    """Attach the original's profile; a file that had none gets none."""
    if origin.profile:
        return _attached(image, origin.profile)
    image = image.copy()
    if image.get_typeof(_PROFILE):
        image.remove(_PROFILE)
    return image


def _exported(image: Any, profile: bytes, origin: Origin | None) -> Any:
    """Convert sRGB, or the inks of an original, to other inks."""
    how = {"intent": "relative", "black_point_compensation": True}
    source = _SRGB
    if has_ink(image) and origin is not None:
        image = _with_own_profile(image, origin)
        if origin.profile:
            lab = image.icc_import(embedded=True, **how)
            return _attached(lab, profile).icc_export(depth=8, **how)
        source = _CMYK
    lab = image.icc_import(input_profile=source, **how)
    return _attached(lab, profile).icc_export(depth=8, **how)


def _is_grey(image: Any) -> bool:
    red, green, blue = image.bandsplit()[:3]
    return bool(((red != green) | (green != blue)).max() == 0)


def _with_profile(image: Any, name: str) -> Any:
    return _attached(image, _built_in(name))


def _attached(image: Any, profile: bytes) -> Any:
    import pyvips

    image = image.copy()
    image.set_type(pyvips.GValue.blob_type, _PROFILE, profile)
    return image


@cache
def _built_in(name: str) -> bytes:
    import pyvips

    return bytes(pyvips.Operation.call("profile_load", name))

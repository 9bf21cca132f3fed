"""Any colour space to opaque 8-bit sRGB."""

from typing import Any

from photomill.plugin import MOST_OF_BLACK, contrasting_ground
from photomill_vips_decoder.numbers import as_levels
from photomill_vips_decoder.profile import parse

_PROFILE = "icc-profile-data"
_RGB = ("srgb", "rgb", "rgb16")


def to_srgb(image: Any) -> Any:
    """Honour an embedded profile that fits, put transparent parts on a ground, and leave three channels of 8 bits.

    The ground is white, or black where opaque parts are light. 16 bits of which only the darkest are used are spread.
    """
    image, _ = as_levels(image)
    image = _by_profile(_spread(image))
    if image.interpretation != "srgb":
        image = image.colourspace("srgb")
    if image.hasalpha():
        image = image.flatten(background=contrasting_ground(_brightness(image)))
    if image.bands == 1:
        image = image.bandjoin([image, image])
    return image.extract_band(0, n=3).cast("uchar")


def is_plain(image: Any) -> bool:
    """Whether sRGB of 8 bits holds everything that the file does."""
    interpretations = ("srgb", "b-w", "rgb")
    return (
        image.format == "uchar"
        and image.interpretation in interpretations
        and not image.hasalpha()
        and not image.get_typeof(_PROFILE)
    )


def profile(image: Any) -> bytes:
    return bytes(image.get(_PROFILE)) if image.get_typeof(_PROFILE) else b""


def _brightness(image: Any) -> float:
    """The mean brightness of what is opaque, 0 to 255; 0 where nothing is."""
    alpha = image.extract_band(image.bands - 1)
    opaque = alpha.avg()
    light = image.extract_band(0, n=image.bands - 1).colourspace("b-w")
    return float((light * alpha).avg() / opaque) if opaque else 0.0


def _spread(image: Any) -> Any:
    if image.format != "ushort" or image.hasalpha():
        return image
    lightest = image.max()
    if not 0 < lightest <= MOST_OF_BLACK:
        return image
    spread = (image * (65_535 / lightest)).cast("ushort")
    return spread.copy(interpretation=image.interpretation)


def _by_profile(image: Any) -> Any:
    import pyvips

    embedded = profile(image)
    # Converting sRGB to sRGB takes as long as decoding.
    if not embedded or (image.interpretation in _RGB and parse(embedded).is_srgb):
        return image
    try:
        return image.icc_transform("srgb", embedded=True, intent="perceptual", depth=8)
    except pyvips.Error:
        # A profile of another colour space, or a damaged one: every viewer goes on without it.
        return image

"""Any colour space to opaque 8-bit sRGB."""

from typing import Any

from photomill_vips_decoder.numbers import as_levels

_PROFILE = "icc-profile-data"


def to_srgb(image: Any) -> Any:
    """Honour an embedded profile that fits, put transparent parts on white, and leave three channels of 8 bits."""
    image, _ = as_levels(image)
    image = _by_profile(image)
    if image.interpretation != "srgb":
        image = image.colourspace("srgb")
    if image.hasalpha():
        image = image.flatten(background=255)
    if image.bands == 1:
        image = image.bandjoin([image, image])
    return image.extract_band(0, n=3).cast("uchar")


def _by_profile(image: Any) -> Any:
    import pyvips

    if not image.get_typeof(_PROFILE):
        return image
    try:
        return image.icc_transform("srgb", embedded=True, intent="perceptual", depth=8)
    except pyvips.Error:
        # A profile of another colour space, or a damaged one: every viewer goes on without it.
        return image

"""Any mode of Pillow to upright 8-bit sRGB."""

import io
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import MOST_OF_BLACK, NumberRange, contrasting_ground, number_range, to_8_bits

_MOST: dict[str, float | None] = {"I": 2**31 - 1, "F": None}
"""Modes that do not say what is black and white, and the largest whole number that each holds."""


def to_srgb(image: Any) -> Any:
    """Decode, turn upright, honour an embedded profile that fits, and put transparent parts on a ground.

    The ground is white, or black where opaque parts are light. 16 bits of which only the darkest are used are spread.
    """
    from PIL import ImageOps

    image.load()
    profile = image.info.get("icc_profile")
    image = _eight_bits(ImageOps.exif_transpose(image), spread=True)
    if not image.has_transparency_data:
        return _opaque(image, profile)
    translucent = image.convert("RGBA")
    colours, alpha = _opaque(translucent.convert("RGB"), profile), translucent.getchannel("A")
    plain = _plain(translucent.size, contrasting_ground(_brightness(colours, alpha)))
    plain.paste(colours, mask=alpha)
    return plain


def as_stored(image: Any) -> NDArray[np.generic] | None:
    """The upright pixels as deep and with as many channels as the file has them; None where sRGB holds it all."""
    from PIL import ImageOps

    image.load()
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        pixels = np.asarray(upright.convert("RGBA"))
        if pixels[..., 3].min() < 255:
            return pixels
        return pixels[..., :3] if image.info.get("icc_profile") else None
    if upright.mode[0] in "IF" or upright.mode == "CMYK":
        return np.asarray(upright)
    return np.asarray(upright.convert("RGB")) if image.info.get("icc_profile") else None


def _brightness(colours: Any, alpha: Any) -> float:
    """The mean brightness of what is opaque, 0 to 255; 0 where nothing is."""
    weights = np.asarray(alpha, np.float32)
    total = float(weights.sum())
    return float((np.asarray(colours.convert("L")) * weights).sum() / total) if total else 0.0


def to_editable(image: Any) -> Any:
    """Decode, turn upright and honour an embedded profile that fits; alpha stays, if there is any."""
    from PIL import ImageOps

    image.load()
    profile = image.info.get("icc_profile")
    image = _eight_bits(ImageOps.exif_transpose(image))
    if not image.has_transparency_data:
        return _opaque(image, profile, relative=True)
    translucent = image.convert("RGBA")
    colours = _opaque(translucent.convert("RGB"), profile, relative=True)
    colours.putalpha(translucent.getchannel("A"))
    return colours


def _opaque(image: Any, profile: bytes | None, *, relative: bool = False) -> Any:
    if image.mode == "LAB":
        return _from_lab(image)
    if image.mode in ("1", "P", "PA", "LA"):
        image = image.convert("RGB")
    return (_by_profile(image, profile, relative) if profile else None) or image.convert("RGB")


def _by_profile(image: Any, profile: bytes, relative: bool) -> Any:
    """Convert by the profile; None for one of another colour space, or a damaged one.

    :param relative: relative colorimetric with black point compensation instead of perceptual.
    """
    from PIL import ImageCms

    how: dict[str, Any] = {}
    if relative:
        how["renderingIntent"] = ImageCms.Intent.RELATIVE_COLORIMETRIC
        how["flags"] = ImageCms.Flags.BLACKPOINTCOMPENSATION
    try:
        embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, embedded, _srgb(), outputMode="RGB", **how)
    except (ImageCms.PyCMSError, OSError):
        return None


def _from_lab(image: Any) -> Any:
    from PIL import ImageCms

    lab = ImageCms.createProfile("LAB")
    return ImageCms.profileToProfile(image, lab, _srgb(), outputMode="RGB")


@cache
def _srgb() -> Any:
    from PIL import ImageCms

    return ImageCms.createProfile("sRGB")


def range_of(image: Any) -> NumberRange | None:
    """Which numbers of an image are black and white; None where its mode says it."""
    if image.mode not in _MOST:
        return None
    numbers = np.asarray(image)
    finite = numbers[np.isfinite(numbers)]
    ends = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    return number_range(*ends, _MOST[image.mode])


def _eight_bits(image: Any, *, spread: bool = False) -> Any:
    """Round deeper levels to 8 bits; Pillow itself would clip them.

    :param spread: bring an image of 16 bits that would be black to the full range first.
    """
    import PIL.Image

    if image.mode.startswith("I;16"):
        deep = np.asarray(image).astype(np.uint16)
        lightest = int(deep.max(initial=0))
        if spread and 0 < lightest <= MOST_OF_BLACK:
            deep = (deep * (65_535 / lightest)).astype(np.uint16)
        return PIL.Image.fromarray(to_8_bits(deep))
    found = range_of(image)
    if found is None:
        return image
    numbers = np.nan_to_num(np.asarray(image, np.float64), nan=found.black)
    levels = (numbers - found.black) / (found.white - found.black) * 255
    return PIL.Image.fromarray(np.rint(levels).clip(0, 255).astype(np.uint8))


def _plain(size: tuple[int, int], grey: int) -> Any:
    import PIL.Image

    return PIL.Image.new("RGB", size, (grey, grey, grey))

"""Images for editing: upright sRGB, or the inks of CMYK, decoded while they are read."""

from typing import Any

from photomill.plugin import DeepPixels, Origin, Raster, RasterPixels
from photomill_vips_decoder import loading, metadata, profile
from photomill_vips_decoder.numbers import as_levels

_MIRRORED, _TURNED = 2, 5
"""Of EXIF's orientations: up to the first, rows stay in their order; from the second on, they become columns."""
_PROFILE = "icc-profile-data"
_SCALES = (8, 4, 2)
_SHALLOW, _DEEP = ("srgb", "uchar"), ("rgb16", "ushort")
"""What an image for editing is to libvips: its interpretation, and the format of its numbers."""
_SHALLOW_BITS = 8
_MARGINS = {"jpeg": 1, "webp": 2}
"""How much larger than asked for a scaled image stays: libwebp's scaler is softer than libjpeg's."""


def opened(
    data: bytes, format: str, header: Any, size: tuple[int, int] | None, *, tolerant: bool
) -> tuple[Raster, Origin]:
    """Make a raster and its origin of a file whose header was read and found within the limits.

    :param size: the least size of the result, as :meth:`photomill.components.Decoder.load` has it.
    """
    orientation = loading.orientation(header)
    width, height = _swapped((header.width, header.height), orientation)
    space = _space(header)
    embedded = _fitting_profile(header, space)
    options = _scale(format, header, _swapped(size, orientation)) if size else {}
    if orientation > _MIRRORED:
        # Turning asks for another than the top row first.
        options["access"] = "random"
    image = loading.load(data, format, tolerant=tolerant, **options) if options else header
    image, note = as_levels(image)
    depth = 16 if _is_deep(image) else 8
    has_ink = _has_ink(image)
    image = _inks(image, embedded) if has_ink else _to_srgb(image, space, embedded, depth)
    if orientation != 1:
        image = image.autorot()
    if tolerant:
        # Read at once, so that nobody who reads it later takes offence at what is missing.
        image = image.copy_memory()
        loading.forget_complaints()
    origin = Origin(
        format=format,
        width=width,
        height=height,
        colour_space=space,
        profile=embedded,
        dpi=metadata.dpi(header),
        metadata=metadata.exif(header),
        xmp=metadata.xmp(header),
        depth=metadata.depth(header),
        wide_gamut=profile.parse(embedded).is_wide,
        colours_halved=metadata.colours_halved(header),
        frames=loading.frames(header),
        notes=(note,) if note else (),
        data=data,
    )
    if has_ink:

        def read_inks(native: Any) -> RasterPixels | DeepPixels:
            return read(_to_srgb(native, space, embedded, depth))

        return Raster(image, image.width, image.height, 3, read_inks, has_ink=True), origin
    return Raster(image, image.width, image.height, image.bands, read, depth), origin


def read(image: Any) -> RasterPixels | DeepPixels:
    """Decode what a lazy image shows.

    :raises ImageUnreadable: damaged or truncated.
    """
    with loading.errors():
        pixels: RasterPixels | DeepPixels = image.numpy()
    loading.check_complaints()
    return pixels


def _scale(format: str, header: Any, least: tuple[int, int]) -> dict[str, Any]:
    """Have a JPEG or WebP decoded at ½, ¼ or ⅛ of its size where that leaves enough.

    :param least: width and height of what the file holds, before it is turned.
    """
    if format not in _MARGINS:
        return {}
    width, height = (_MARGINS[format] * side for side in least)
    for scale in _SCALES:
        if header.width // scale >= width and header.height // scale >= height:
            return {"shrink": scale} if format == "jpeg" else {"scale": 1 / scale}
    return {}


def _swapped(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    return (size[1], size[0]) if orientation >= _TURNED else size


def _space(image: Any) -> str:
    if image.interpretation == "cmyk":
        return "CMYK"
    return "GREY" if image.bands < 3 else "RGB"


def _fitting_profile(image: Any, space: str) -> bytes:
    embedded = bytes(image.get(_PROFILE)) if image.get_typeof(_PROFILE) else b""
    return embedded if profile.parse(embedded).space == space else b""


def _has_ink(image: Any) -> bool:
    """Whether an image is handed on as CMYK, which results in CMYK need no detour for."""
    return bool(image.interpretation == "cmyk" and image.bands == 4 and image.format == "uchar")


def _inks(image: Any, embedded: bytes) -> Any:
    """:param embedded: the profile that fits; another is taken off."""
    image = image.copy()
    if image.get_typeof(_PROFILE) and not embedded:
        image.remove(_PROFILE)
    return image


def _to_srgb(image: Any, space: str, embedded: bytes, depth: int) -> Any:
    wanted, kind = _DEEP if depth > _SHALLOW_BITS else _SHALLOW
    image = _by_profile(image, space, embedded, depth)
    if image.interpretation != wanted:
        image = image.colourspace(wanted)
    bands = image.bands
    if bands < 3:
        grey, alpha = image[0], image[1:] if bands == 2 else None
        image = grey.bandjoin([grey, grey, *([alpha] if alpha is not None else [])])
    elif bands > 4:
        image = image.extract_band(0, n=4)
    return image if image.format == kind else image.cast(kind)


def _is_deep(image: Any) -> bool:
    return bool(image.format == "ushort")


def _by_profile(image: Any, space: str, embedded: bytes, depth: int) -> Any:
    """Convert by the file's profile, or CMYK without one by libvips' own; sRGB stays as it is."""
    import pyvips

    if space != "CMYK" and (not embedded or profile.parse(embedded).is_srgb):
        return image
    source = {"embedded": True} if embedded else {"input_profile": "cmyk"}
    try:
        return image.icc_transform(
            "srgb", intent="relative", black_point_compensation=True, depth=depth, **source
        )
    except pyvips.Error:
        # A damaged profile: every viewer goes on without it.
        return image

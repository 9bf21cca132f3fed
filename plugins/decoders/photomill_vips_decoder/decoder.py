"""The decoder."""

from copy import copy
from typing import Any

from photomill.plugin import (
    ANIMATED,
    Decoder,
    Image,
    ImageSettings,
    OpenContext,
    Origin,
    Pixels,
    Raster,
    check_frames,
    check_size,
    file_digest,
    further_frames,
    is_blank,
    jpeg_digest,
    pixel_digest,
)
from photomill_vips_decoder import colour, editable, loading
from photomill_vips_decoder.size import reduced, reduced_jpeg, upright


class VipsDecoder(Decoder):
    """Reads the formats that pyvips' binary wheel reads.

    A JPEG is decoded at ½, ¼ or ⅛ of its size as long as both sides stay twice as long as asked for; the rest is
    reduced with Lanczos 3, so that the result is as sharp as if it were reduced from the original. Other formats are
    decoded whole, as their digest needs every pixel. For editing, WebP is scaled on load too.
    """

    name = "vips_decoder"
    formats = frozenset({"jpeg", "png", "webp", "gif", "tiff", "avif"})
    rank = 10
    requires = ("pyvips",)
    extra = "pyvips[binary]"

    _tolerant = False

    def open(self, context: OpenContext) -> None:
        loading.restrict()

    def tolerant(self) -> "VipsDecoder":
        other = copy(self)
        other._tolerant = True
        return other

    def decode(self, data: bytes, format: str, side: int, limits: ImageSettings) -> Image:
        with loading.errors():
            header = self._header(data, format, limits)
            image = _decode(data, format, header, side, tolerant=self._tolerant)
        if not self._tolerant:
            loading.check_complaints()
        return image

    def load(
        self, data: bytes, format: str, size: tuple[int, int] | None, limits: ImageSettings
    ) -> tuple[Raster, Origin]:
        with loading.errors():
            header = self._header(data, format, limits)
            return editable.opened(data, format, header, size, tolerant=self._tolerant)

    def _header(self, data: bytes, format: str, limits: ImageSettings) -> Any:
        loading.forget_complaints()
        header = loading.load(data, format, tolerant=self._tolerant)
        check_size(header.width, header.height, limits)
        check_frames(loading.frames(header), limits)
        return header


def _decode(data: bytes, format: str, header: Any, side: int, *, tolerant: bool) -> Image:
    turned = loading.orientation(header) >= 5
    width, height = (header.height, header.width) if turned else (header.width, header.height)
    if format == "jpeg":
        raster = reduced_jpeg(data, header, side, tolerant=tolerant)
        pixels = _pixels(upright(colour.to_srgb(raster), header))
        return Image(pixels, width, height, format, jpeg_digest(data))
    frames = loading.frames(header)
    # Read once from the top, looked at several times.
    whole = header if colour.is_plain(header) else header.copy_memory()
    pixels = _pixels(upright(colour.to_srgb(whole), header))
    digest = file_digest(data) if frames > 1 else _digest(whole, header, pixels)
    if frames > 1 and format in ANIMATED and is_blank(pixels):
        pixels = _first_visible(data, format, frames, pixels, tolerant=tolerant)
    return Image(
        pixels=reduced(pixels, side),
        width=width,
        height=height,
        format=format,
        digest=digest,
        frames=frames if format in ANIMATED else 1,
        transparent=_is_transparent(whole),
    )


def _digest(whole: Any, header: Any, pixels: Pixels) -> bytes:
    profile = colour.profile(whole)
    if colour.is_plain(whole):
        return pixel_digest(pixels)
    if whole.hasalpha() and not _is_transparent(whole):
        # An alpha channel that lets nothing through says nothing.
        whole = whole.extract_band(0, n=whole.bands - 1)
        if whole.format == "uchar" and whole.bands in (1, 3) and not profile:
            return pixel_digest(pixels)
    return pixel_digest(upright(whole, header).numpy(), profile)


def _is_transparent(image: Any) -> bool:
    if not image.hasalpha():
        return False
    opaque = 65_535 if image.format == "ushort" else 255
    return bool(image.extract_band(image.bands - 1).min() < opaque)


def _first_visible(
    data: bytes, format: str, frames: int, first: Pixels, *, tolerant: bool
) -> Pixels:
    """A frame that shows something; the first one where none does."""
    for page in further_frames(frames):
        frame = loading.load(data, format, "random", tolerant=tolerant, page=page)
        pixels = _pixels(upright(colour.to_srgb(frame), frame))
        if not is_blank(pixels):
            return pixels
    return first


def _pixels(image: Any) -> Pixels:
    pixels: Pixels = image.numpy()
    return pixels

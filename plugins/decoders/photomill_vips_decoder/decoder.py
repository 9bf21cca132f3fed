"""The decoder."""

from copy import copy
from typing import Any

from photomill.components import Decoder, OpenContext
from photomill.config.settings import ImageSettings
from photomill.images.digest import jpeg_digest, pixel_digest
from photomill.images.image import Image, Pixels
from photomill.images.limits import check_frames, check_size
from photomill.images.origin import Origin
from photomill.images.raster import Raster
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
        digest = jpeg_digest(data)
    else:
        whole = _pixels(upright(colour.to_srgb(header), header))
        digest = pixel_digest(whole)
        pixels = reduced(whole, side)
    return Image(pixels=pixels, width=width, height=height, format=format, digest=digest)


def _pixels(image: Any) -> Pixels:
    pixels: Pixels = image.numpy()
    return pixels

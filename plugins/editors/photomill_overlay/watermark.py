"""A watermark: a text or an image over the whole image."""

import base64
import binascii
import io
from typing import Any, Literal

import numpy as np
from attrs import Attribute, field, frozen, validators
from numpy.typing import NDArray

from photomill.plugin import EditContext, EditOperation, InvalidInput, Raster, RasterPixels, Stage

_MAX_TEXT = 200
_ANGLE = 30
_GAP = 0.6
"""Between repeated marks, of their own size."""
_EDGE = 0.08
"""How thick the dark edge is that keeps white letters legible on white, of their height."""


def _image(instance: Any, attribute: "Attribute[str]", value: str) -> None:
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        raise ValueError("expected an image as base64") from None


def _between(low: float, high: float) -> Any:
    return validators.and_(validators.ge(low), validators.le(high))


@frozen
class WatermarkParameters:
    """
    :ivar text: what is written; empty for none.
    :ivar image: a PNG image instead, as base64; its alpha is honoured.
    :ivar opacity: 0 to 1.
    :ivar size: how wide one mark is, 0 to 1 of the image's width.
    :ivar layout: ``tile`` repeats it, slanted, over the whole image; ``center`` and ``corner`` put it there once.
    """

    text: str = field(default="", validator=validators.max_len(_MAX_TEXT))
    image: str = field(default="", validator=_image)
    opacity: float = field(default=0.4, validator=_between(0, 1))
    size: float = field(default=0.35, validator=_between(0.01, 1))
    layout: Literal["tile", "center", "corner"] = "tile"


class Watermark(EditOperation):
    """Blends a mark over the image; the image's own alpha stays as it is."""

    name = "watermark"
    operation = "overlay.watermark"
    stage = Stage.SHARPEN
    at_any_size = True
    requires = ("PIL",)
    extra = "pillow"
    Parameters = WatermarkParameters

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        if not (parameters.text or parameters.image) or parameters.opacity == 0:
            return raster
        width = max(1, round(raster.width * parameters.size))
        mark = _picture(parameters.image) if parameters.image else _written(parameters.text, width)
        mark = _scaled(mark, width)
        layer = _laid_out(mark, raster.width, raster.height, parameters.layout)
        return Raster.from_pixels(_blended(raster.pixels, layer, parameters.opacity))


def _blended(pixels: RasterPixels, layer: RasterPixels, opacity: float) -> RasterPixels:
    # A mark covers little of an image; the rest is not looked at.
    places = np.flatnonzero(layer[:, :, 3])
    mark = layer.reshape(-1, 4)[places].astype(np.float32)
    blended = pixels.copy()
    flat = blended.reshape(-1, pixels.shape[2])
    below = flat[places]
    share = mark[:, 3:] * np.float32(opacity / 255)
    below[:, :3] = np.rint(below[:, :3] + share * (mark[:, :3] - below[:, :3]))
    flat[places] = below
    return blended


def _written(text: str, width: int) -> RasterPixels:
    """White letters with a dark edge, at least as wide as needed."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(max(8, 2 * width // max(len(text), 4)))
    edge = max(1, round(font.size * _EDGE)) if isinstance(font, ImageFont.FreeTypeFont) else 1
    left, top, right, bottom = font.getbbox(text, stroke_width=edge)
    size = max(1, round(right - left)), max(1, round(bottom - top))
    canvas = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(canvas).text(
        (-left, -top),
        text,
        (255, 255, 255, 255),
        font,
        stroke_width=edge,
        stroke_fill=(0, 0, 0, 160),
    )
    return np.asarray(canvas)


def _picture(encoded: str) -> RasterPixels:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(base64.b64decode(encoded)), formats=("PNG",)) as picture:
            return np.asarray(picture.convert("RGBA"))
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise InvalidInput(f"the mark is no PNG image: {error}", path="image") from None


def _scaled(mark: RasterPixels, width: int) -> RasterPixels:
    from PIL import Image

    height = max(1, round(mark.shape[0] * width / mark.shape[1]))
    picture = Image.fromarray(mark).convert("RGBa")
    return np.asarray(picture.resize((width, height), Image.Resampling.LANCZOS).convert("RGBA"))


def _laid_out(mark: RasterPixels, width: int, height: int, layout: str) -> RasterPixels:
    """A layer of the image's size with the mark where it belongs."""
    if layout == "tile":
        return _tiled(mark, width, height)
    layer = np.zeros((height, width, 4), np.uint8)
    mark = mark[:height, :width]
    spare = height - mark.shape[0], width - mark.shape[1]
    margin = min(width, height) // 40
    top, left = (
        (each // 2 for each in spare)
        if layout == "center"
        else (max(0, each - margin) for each in spare)
    )
    layer[top : top + mark.shape[0], left : left + mark.shape[1]] = mark
    return layer


def _tiled(mark: RasterPixels, width: int, height: int) -> RasterPixels:
    from PIL import Image

    slanted = Image.fromarray(mark).rotate(_ANGLE, resample=Image.Resampling.BICUBIC, expand=True)
    gap = round(_GAP * min(slanted.size))
    tile: NDArray[np.uint8] = np.pad(np.asarray(slanted), ((0, gap), (0, gap), (0, 0)))
    down, across = -(-height // tile.shape[0]), -(-width // tile.shape[1])
    return np.tile(tile, (down, across, 1))[:height, :width]

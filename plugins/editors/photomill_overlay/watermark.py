"""A watermark: a text or an image over the whole image."""

import base64
import binascii
import io
from typing import Any, Literal

import numpy as np
from attrs import Attribute, field, frozen, validators
from numpy.typing import NDArray

from photomill.plugin import (
    EditContext,
    EditOperation,
    InvalidInput,
    OpenContext,
    Raster,
    RasterPixels,
    Stage,
)

_MAX_TEXT = 200
_ANGLE = 30
_GAP = 0.6
"""Between repeated marks, of their own size."""
_EDGE = 0.08
"""How thick the dark edge is that keeps white letters legible on white, of their height."""
_COLOURS = 3
_LAYERS = 6
"""Layers that are kept, as many images have one size: an owner's photos have three, upright and across."""
_MOST_KEPT = 600_000
"""Bytes below a layer that is kept, each of which takes sixteen."""


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

    def open(self, context: OpenContext) -> None:
        self._layers: dict[tuple[WatermarkParameters, int, int, int], _Layer] = {}

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        if not (parameters.text or parameters.image) or parameters.opacity == 0:
            return raster
        layer = self._layer(parameters, raster)
        return Raster.from_pixels(layer.over(raster.pixels))

    def _layer(self, parameters: WatermarkParameters, raster: Raster) -> "_Layer":
        key = parameters, raster.width, raster.height, raster.bands
        layer = self._layers.get(key)
        if layer is None:
            layer = _Layer.of(*key)
            if layer.positions.size <= _MOST_KEPT:
                if len(self._layers) == _LAYERS:
                    del self._layers[next(iter(self._layers))]
                self._layers[key] = layer
        return layer


@frozen(eq=False)
class _Layer:
    """A mark for images of one size. It covers little of them; the rest is not looked at.

    :ivar positions: of the bytes below it, in the flattened image: shape (bytes,), as both others.
    :ivar kept: what share of each byte stays, 0 to 1.
    :ivar added: what is added to that, 0 to 255.
    """

    positions: NDArray[np.intp]
    kept: NDArray[np.float32]
    added: NDArray[np.float32]

    @classmethod
    def of(cls, parameters: WatermarkParameters, width: int, height: int, bands: int) -> "_Layer":
        across = max(1, round(width * parameters.size))
        mark = _picture(parameters.image) if parameters.image else _written(parameters.text, across)
        whole = _laid_out(_scaled(mark, across), width, height, parameters.layout).reshape(-1, 4)
        places = np.flatnonzero(whole[:, 3])
        share = whole[places, 3:].astype(np.float32) * np.float32(parameters.opacity / 255)
        return cls(
            (places[:, None] * bands + np.arange(_COLOURS)).ravel(),
            np.repeat(1 - share, _COLOURS),
            (share * whole[places, :_COLOURS]).ravel(),
        )

    def over(self, pixels: RasterPixels) -> RasterPixels:
        blended = pixels.copy()
        flat = blended.reshape(-1)
        flat[self.positions] = np.rint(flat[self.positions] * self.kept + self.added)
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

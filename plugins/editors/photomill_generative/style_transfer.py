"""The look of another image."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import (
    EditContext,
    EditOperation,
    OpenContext,
    Raster,
    RasterPixels,
    Stage,
    StyleTransfer,
)
from photomill_generative import texture
from photomill_generative.colour_transfer import ColourTransfer
from photomill_generative.patches import Colours

_STRIP = 256
"""Rows that are worked on at once; they bound the memory."""


class StatisticalStyle(EditOperation):
    """Takes over what can be measured of a look: colours, contrast and roughness. Works in CIELAB, without a model.

    * ``style_strength`` × ``denoising_strength`` is how far colours go the way of the linear Monge-Kantorovich map, and
      how far fine and coarse texture become as rough as the reference's; 0 of either changes nothing.
    * ``depth_strength`` 1 keeps every shape. Below it, as much of the image is replaced by pieces of the reference
      that look alike: by half at 0.5, where the two others are 1.
    """

    name = "style_transfer"
    operation = "generative.style_transfer"
    stage = Stage.STYLE
    engine = "colour_texture_statistics"
    requires = ("cv2",)
    extra = "opencv-contrib-python-headless"
    Parameters = StyleTransfer

    def open(self, context: OpenContext) -> None:
        import cv2

        cv2.setNumThreads(1)

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        style: StyleTransfer = parameters
        if style.prompt:
            context.notes.append(
                "the prompt was not used: it needs a generative model; "
                "the reference's colours and texture were taken over"
            )
        strength = style.style_strength * style.denoising_strength
        if style.reference is None or not strength:
            return raster
        rgb, reference = (np.ascontiguousarray(each.rgb) for each in (raster, style.reference))
        visible = raster.alpha if raster.alpha is not None and raster.alpha.any() else None
        styled = _styled(rgb, visible, reference, strength)
        replaced = strength * (1 - style.depth_strength)
        if replaced:
            styled = _replaced(styled, reference, replaced)
        return Raster.from_pixels(np.dstack([styled, raster.pixels[:, :, 3:]]))


def _styled(
    rgb: RasterPixels, visible: NDArray[np.uint8] | None, reference: RasterPixels, strength: float
) -> RasterPixels:
    """:param visible: the opacity; what is not visible has no part in what is measured."""
    sample, wanted = _to_lab(_reduced(rgb)), _to_lab(_reduced(reference))
    measured = sample.reshape(-1, 3)
    if visible is not None:
        measured = sample[_reduced(np.ascontiguousarray(visible)) > 0]
    transfer = ColourTransfer.between(measured, wanted.reshape(-1, 3))
    factors = texture.gains(
        np.ascontiguousarray(transfer.applied(sample, strength)[:, :, 0]),
        np.ascontiguousarray(wanted[:, :, 0]),
    )
    lightness = np.empty(rgb.shape[:2], np.float32)
    for rows in _strips(len(rgb)):
        lightness[rows] = transfer.applied(_to_lab(rgb[rows]), strength)[:, :, 0]
    lightness, layers = texture.details(lightness)
    for layer, factor in zip(layers, factors, strict=True):
        lightness += layer * np.float32(1 + (factor - 1) * strength)
    result = np.empty_like(rgb)
    for rows in _strips(len(rgb)):
        lab = transfer.applied(_to_lab(rgb[rows]), strength)
        lab[:, :, 0] = lightness[rows]
        result[rows] = _to_rgb(lab)
    return result


def _replaced(styled: RasterPixels, reference: RasterPixels, amount: float) -> RasterPixels:
    rebuilding = texture.Rebuilding.of(styled, reference)
    if rebuilding is None:
        return styled
    result = np.empty_like(styled)
    for rows in _strips(len(styled)):
        mixed = styled[rows] + (rebuilding.rows(rows) - styled[rows]) * np.float32(amount)
        result[rows] = np.rint(mixed).clip(0, 255)
    return result


def _strips(height: int) -> Iterator[slice]:
    for start in range(0, height, _STRIP):
        yield slice(start, min(start + _STRIP, height))


def _reduced(pixels: Any) -> Any:
    """A copy to measure, no larger than textures are compared at."""
    import cv2

    height, width = pixels.shape[:2]
    scale = min(1.0, texture.MEASURED_AT / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _to_lab(rgb: RasterPixels) -> Colours:
    import cv2

    return np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2Lab), np.float32)


def _to_rgb(lab: Colours) -> RasterPixels:
    import cv2

    rgb = cv2.cvtColor(lab, cv2.COLOR_Lab2RGB)
    result: RasterPixels = np.rint(rgb.clip(0, 1) * 255).astype(np.uint8)
    return result

"""Cropping to what draws the eye."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.components import EditContext, Stage
from photomill.editing.parameters import SmartCrop
from photomill.images.raster import Raster
from photomill_pillow_editor import planes
from photomill_pillow_editor.conversion import to_pillow
from photomill_pillow_editor.operation import PillowOperation
from photomill_pillow_editor.planes import Plane

_SIDE = 192
"""What draws the eye is looked for in a copy of this many pixels a side."""
_SKIN = np.array([0.78, 0.57, 0.44], np.float32)
"""The direction of skin colours in RGB, as J. Wagner's smartcrop.js has it."""
_CENTRE = 0.02
"""How much of the score a window at the border loses: among equals, the middle wins."""


class SaliencyCrop(PillowOperation):
    """Cuts the window with the most edges, skin tones and saturated colours, as J. Wagner's smartcrop.js weighs them."""

    name = "pillow_smart_crop"
    operation = "resizing.smart_crop"
    stage = Stage.RESIZE
    Parameters = SmartCrop

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        width = min(parameters.width or raster.width, raster.width)
        height = min(parameters.height or raster.height, raster.height)
        if (width, height) == (raster.width, raster.height):
            return raster
        if parameters.mode == "face":
            context.notes.append(
                "no face was looked for or found: the crop keeps what draws the eye"
            )
        left, top = _best_window(raster, width, height)
        return Raster.from_pixels(raster.levels[top : top + height, left : left + width])


def _best_window(raster: Raster, width: int, height: int) -> tuple[int, int]:
    """Where the window begins that shows most."""
    interest = _interest(raster)
    rows, columns = interest.shape
    down, across = rows / raster.height, columns / raster.width
    size = max(1, round(height * down)), max(1, round(width * across))
    scores = _window_sums(interest, size)
    scores = scores / max(scores.max(), 1e-9) - _CENTRE * _off_centre(scores.shape)
    top, left = np.unravel_index(scores.argmax(), scores.shape)
    return (
        min(round(float(left) / across), raster.width - width),
        min(round(float(top) / down), raster.height - height),
    )


def _interest(raster: Raster) -> NDArray[np.float64]:
    scale = min(1.0, _SIDE / max(raster.width, raster.height))
    size = max(1, round(raster.width * scale)), max(1, round(raster.height * scale))
    small = np.asarray(to_pillow(raster).resize(size, reducing_gap=2.0))
    colours = (small[:, :, :3] / 255).astype(np.float32)
    luma: Plane = planes.luma(small[:, :, :3]) / np.float32(255)
    interest = np.zeros(luma.shape)
    for weight, features in (
        (4, _edges(luma)),
        (2, _skin(colours, luma)),
        (1, _saturation(colours, luma)),
    ):
        interest += weight * features
    visible = small[:, :, 3] / 255 if raster.has_alpha else 1.0
    return np.asarray(interest * visible, np.float64)


def _edges(luma: Plane) -> Plane:
    around = np.pad(luma, 1, mode="symmetric")
    neighbours = around[:-2, 1:-1] + around[2:, 1:-1] + around[1:-1, :-2] + around[1:-1, 2:]
    return np.abs(4 * luma - neighbours)


def _skin(colours: NDArray[np.float32], luma: Plane) -> Plane:
    length = np.maximum(np.linalg.norm(colours, axis=-1, keepdims=True), 1e-6)
    likeness = 1 - np.linalg.norm(colours / length - _SKIN / np.linalg.norm(_SKIN), axis=-1)
    lit = (luma > 0.2) & (luma < 0.95)
    return np.where(lit, (likeness - 0.8).clip(0) / 0.2, 0).astype(np.float32)


def _saturation(colours: NDArray[np.float32], luma: Plane) -> Plane:
    highest, lowest = colours.max(axis=-1), colours.min(axis=-1)
    saturation = (highest - lowest) / np.maximum(highest, 1e-6)
    lit = (luma > 0.05) & (luma < 0.9)
    return np.where(lit, (saturation - 0.4).clip(0) / 0.6, 0).astype(np.float32)


def _window_sums(interest: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    height, width = size
    sums = np.pad(interest, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    windows: NDArray[np.float64] = (
        sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width]
    ) + sums[:-height, :-width]
    return windows


def _off_centre(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """0 for the window in the middle, up to 1 at the corners."""
    down, across = (np.abs(np.linspace(-1, 1, side)) if side > 1 else np.zeros(1) for side in shape)
    return (down[:, None] + across[None, :]) / 2

"""Going on beyond an image's borders."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import (
    EditContext,
    EditOperation,
    OpenContext,
    Outpaint,
    Raster,
    RasterPixels,
    Stage,
)
from photomill_generative.completion import completed
from photomill_generative.continuation import Side, sides_to_fade
from photomill_generative.fading import Fading, mirrored
from photomill_generative.gradient import Gradient
from photomill_generative.placement import Placement
from photomill_generative.rendering import rendered

Part = tuple[slice, slice]
Draw = Callable[[Part], NDArray[np.float32]]

_BLOCK = 1024
"""Rows that are drawn at once; they bound the memory."""
_FADED_AFTER = 0.5
"""Of the seam: where pieces have passed into the fade."""
_STEEPNESS = 5
"""Most of the seam lies close to the image: a reflection that reaches far is seen as one."""


class Outpainting(EditOperation):
    """Extends a flat or even border; goes on with pieces of the image beyond others, or fades where pieces would be seen.

    The image stays as it is, bit for bit. Over the feathered seam its reflection, which meets it exactly, passes into
    what is invented. Where the image has alpha, its border's goes on.
    """

    name = "outpaint"
    operation = "canvas.outpaint"
    stage = Stage.FILL
    engine = "exemplars"
    requires = ("cv2",)
    extra = "opencv-contrib-python-headless"
    Parameters = Outpaint

    def open(self, context: OpenContext) -> None:
        import cv2

        cv2.setNumThreads(1)

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        wanted: Outpaint = parameters
        placement, picture = _placed(raster, wanted)
        if not placement.strips():
            return raster if picture.shape == raster.pixels.shape else Raster.from_pixels(picture)
        colours = np.ascontiguousarray(picture[:, :, :3])
        feather = wanted.feathering / 100 * min(raster.width, raster.height)
        ground = np.empty((placement.height, placement.width, picture.shape[2]), np.uint8)
        ground[placement.inside] = picture
        draw = _invention(colours, placement, feather, context)
        for part in _blocks(placement):
            ground[part][:, :, :3] = np.rint(draw(part)).clip(0, 255)
            if raster.has_alpha:
                ground[part][:, :, 3] = picture[:, :, 3][_nearest(placement, part)]
        return Raster.from_pixels(ground)


def _placed(raster: Raster, wanted: Outpaint) -> tuple[Placement, RasterPixels]:
    """Cut off what lies outside of the ground."""
    width, height = wanted.width or raster.width, wanted.height or raster.height
    left, top = min(wanted.left, width - 1), min(wanted.top, height - 1)
    picture = raster.pixels[: height - top, : width - left]
    return Placement(width, height, left, top, picture.shape[1], picture.shape[0]), picture


def _invention(
    picture: RasterPixels, placement: Placement, feather: float, context: EditContext
) -> Draw:
    gradient = Gradient.of_border(picture, placement)
    if gradient is not None:
        return lambda part: _extended(gradient, picture, placement, part, feather)
    to_fade = sides_to_fade(picture, placement)
    completion = (
        None if len(to_fade) == len(_open_sides(placement)) else completed(picture, placement)
    )
    if to_fade:
        context.notes.append(
            f"faded to blurred edges ({', '.join(to_fade)}): straight edges go over the border there, "
            "which pieces of the image would break"
        )
    if completion is None and not to_fade:
        return lambda part: mirrored(picture, placement, part)
    if completion is not None:
        context.notes.append(
            "what is around the image was pieced together from it; a generative model would invent it"
        )
    fading = Fading.of(picture, placement) if to_fade else None

    def draw(part: Part) -> NDArray[np.float32]:
        if completion is None:
            assert fading is not None  # one of the two is there
            return fading.drawn(part)
        invented = rendered(picture, placement, completion, part)
        seam = _nearness(placement, part, feather) ** _STEEPNESS
        invented += (mirrored(picture, placement, part) - invented) * seam
        if fading is not None:
            faded = fading.drawn(part)
            invented += (faded - invented) * _beyond(placement, to_fade, part, feather)
        return invented

    return draw


def _open_sides(placement: Placement) -> list[Side]:
    rooms: dict[Side, int] = {
        "left": placement.left,
        "right": placement.right,
        "top": placement.top,
        "bottom": placement.bottom,
    }
    return [side for side, room in rooms.items() if room]


def _beyond(
    placement: Placement, sides: list[Side], part: Part, feather: float
) -> NDArray[np.float32]:
    """0 beside the image and beyond its other sides, rising to 1 where it has faded; shape (rows, columns, 1)."""
    y, x = _positions(placement, part)
    depths: dict[Side, NDArray[np.int64]] = {
        "left": -x[None, :],
        "right": x[None, :] - (placement.picture_width - 1),
        "top": -y[:, None],
        "bottom": y[:, None] - (placement.picture_height - 1),
    }
    beyond = np.zeros((len(y), len(x)), np.float32)
    for side in sides:
        # What is pieced together may be seen close to the image only, where its reflection prevails.
        share = (depths[side] / max(1.0, feather * _FADED_AFTER)).clip(0, 1)
        beyond = np.maximum(beyond, share * share * (3 - 2 * share))
    return beyond[:, :, None].astype(np.float32)


def _blocks(placement: Placement) -> Iterator[Part]:
    for rows, columns in placement.strips():
        for start in range(rows.start, rows.stop, _BLOCK):
            yield slice(start, min(start + _BLOCK, rows.stop)), columns


def _extended(
    gradient: Gradient, picture: RasterPixels, placement: Placement, part: Part, feather: float
) -> NDArray[np.float32]:
    """Go on evenly from what the image's border really is."""
    y, x = _positions(placement, part)
    rows, columns = y.clip(0, placement.picture_height - 1), x.clip(0, placement.picture_width - 1)
    off = picture[np.ix_(rows, columns)] - gradient.levels(rows, columns)
    extended: NDArray[np.float32] = gradient.levels(y, x) + off * _nearness(
        placement, part, feather
    )
    return extended


def _nearness(placement: Placement, part: Part, feather: float) -> NDArray[np.float32]:
    """1 beside the image, falling to 0 where the seam ends; shape (rows, columns, 1)."""
    distance = placement.distance(*part)[:, :, None]
    nearness: NDArray[np.float32] = (1 - (distance - 1) / np.float32(max(feather, 1))).clip(0, 1)
    return nearness if feather >= 1 else np.zeros_like(nearness)


def _nearest(placement: Placement, part: Part) -> Any:
    y, x = _positions(placement, part)
    return np.ix_(y.clip(0, placement.picture_height - 1), x.clip(0, placement.picture_width - 1))


def _positions(placement: Placement, part: Part) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns, counted from the image's first pixel."""
    rows, columns = part
    return (
        np.arange(rows.start, rows.stop) - placement.top,
        np.arange(columns.start, columns.stop) - placement.left,
    )

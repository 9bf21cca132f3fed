"""An invention at full size."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import RasterPixels
from photomill_generative.completion import Completion
from photomill_generative.patches import Colours, Places
from photomill_generative.placement import Placement

Part = tuple[slice, slice]


def rendered(
    picture: RasterPixels, placement: Placement, completion: Completion, part: Part
) -> NDArray[np.float32]:
    """Draw a part of the ground: details from where they come from in the image, light and colour as invented.

    :param part: rows and columns of the ground.
    :returns: shape (rows, columns, 3), 0 to 255, not clipped.
    """
    rows, columns = part
    margin = math.ceil(2 * placement.picture_height / completion.placement.picture_height)
    start, stop = max(rows.start - margin, 0), min(rows.stop + margin, placement.height)
    grid = grid_of(placement, completion.placement, (slice(start, stop), columns))
    small = completion.placement
    texture = pieced(picture, (small.picture_height, small.picture_width), completion.sources, grid)
    texture += enlarged(completion.colours, *grid) - _without_detail(
        texture, placement, completion.placement
    )
    drawn: NDArray[np.float32] = texture[rows.start - start : rows.stop - start]
    return drawn


def grid_of(placement: Placement, small: Placement, part: Part) -> tuple[Any, Any]:
    """Where rows and columns of the ground lie in the small one; the image's borders meet exactly."""
    rows, columns = part
    y = _stretched(
        np.arange(rows.start, rows.stop),
        placement.top,
        placement.picture_height,
        small.top,
        small.picture_height,
    )
    x = _stretched(
        np.arange(columns.start, columns.stop),
        placement.left,
        placement.picture_width,
        small.left,
        small.picture_width,
    )
    return y.clip(0, small.height - 1), x.clip(0, small.width - 1)


def _stretched(positions: Any, start: int, length: int, small_start: int, small_length: int) -> Any:
    return (positions - start + 0.5) * (small_length / length) + small_start - 0.5


def enlarged(colours: Colours, y: Any, x: Any) -> NDArray[np.float32]:
    """Look small colours up between pixels, at each of the rows ``y`` and columns ``x``."""
    import cv2

    across, down = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    looked_up = cv2.remap(colours, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(looked_up, np.float32)


def pieced(
    picture: RasterPixels, small_size: tuple[int, int], sources: Places, grid: tuple[Any, Any]
) -> NDArray[np.float32]:
    """Take each pixel from where its four neighbours in a small image come from, the nearer the more.

    :param small_size: height and width that the image had when its pieces were chosen.
    :param sources: rows and columns in the image of that size, for each pixel of the small result.
    :param grid: where the rows and columns of the result lie in the small one.
    """
    import cv2

    y, x = grid
    scale_y, scale_x = picture.shape[0] / small_size[0], picture.shape[1] / small_size[1]
    top, left = np.floor(y).astype(np.int64), np.floor(x).astype(np.int64)
    part_y, part_x = (y - top)[:, None], (x - left)[None, :]
    result = np.zeros((len(y), len(x), 3), np.float32)
    for down in (0, 1):
        for across in (0, 1):
            rows = (top + down).clip(0, sources.shape[0] - 1)
            columns = (left + across).clip(0, sources.shape[1] - 1)
            source = sources[np.ix_(rows, columns)]
            source_y = (source[:, :, 0] + 0.5 + (y - rows)[:, None]) * scale_y - 0.5
            source_x = (source[:, :, 1] + 0.5 + (x - columns)[None, :]) * scale_x - 0.5
            taken = cv2.remap(
                picture,
                source_x.astype(np.float32),
                source_y.astype(np.float32),
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REFLECT_101,
            )
            weight = np.abs(1 - down - part_y) * np.abs(1 - across - part_x)
            result += taken * weight[:, :, None].astype(np.float32)
    return result


def _without_detail(texture: Any, placement: Placement, small: Placement) -> Any:
    """What the small image can show of it."""
    import cv2

    height, width = texture.shape[:2]
    factor = small.picture_width / placement.picture_width
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return cv2.resize(
        cv2.resize(texture, size, interpolation=cv2.INTER_AREA),
        (width, height),
        interpolation=cv2.INTER_LINEAR,
    )

"""Colours that nobody sees: those under an alpha of 0.

The pull-push algorithm of S. Gortler et al., "The Lumigraph" (1996): what is missing is filled from a copy half as
large, and so on.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Colours = NDArray[np.float32]
Levels = TypeVar("Levels", np.uint8, np.uint16)


def continued(pixels: NDArray[Levels]) -> NDArray[Levels]:
    """Let the colours that can be seen go on where there is nothing to be seen.

    :param pixels: uint8 or uint16 (h, w, 4), alpha last.
    :returns: likewise, and the same array where nothing is hidden. Where nothing can be seen at all it is white.
    """
    alpha = pixels[:, :, 3]
    if alpha.all():
        return pixels
    result = pixels.copy()
    hidden = alpha == 0
    if hidden.all():
        result[:, :, :3] = np.iinfo(pixels.dtype).max
        return result
    seen = (~hidden).astype(np.float32)
    filled = _filled(pixels[:, :, :3] * seen[:, :, np.newaxis], seen)
    result[hidden, :3] = np.rint(filled[hidden])
    return result


def _filled(colours: Colours, seen: Colours) -> Colours:
    """:param colours: 0 where nothing is seen."""
    if seen.all():
        return colours
    counted = _halved(seen[:, :, np.newaxis])
    means = np.asarray(_halved(colours) / np.maximum(counted, 1), np.float32)
    coarse = _filled(means, (counted[:, :, 0] > 0).astype(np.float32))
    height, width = seen.shape
    grown = _doubled(coarse, 0, height)
    return np.where(seen[:, :, np.newaxis] > 0, colours, _doubled(grown, 1, width))


def _halved(values: Colours) -> Colours:
    """Sums of two by two."""
    height, width = values.shape[:2]
    even: Colours = np.pad(values, ((0, height % 2), (0, width % 2), (0, 0)))
    return even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]


def _doubled(values: Colours, axis: int, length: int) -> Colours:
    """Interpolate linearly along an axis, to so many values."""
    before, after = (
        np.take(
            values, np.clip(np.arange(values.shape[axis]) + step, 0, values.shape[axis] - 1), axis
        )
        for step in (-1, 1)
    )
    near = np.float32(0.75) * values
    pairs = np.stack([near + before / 4, near + after / 4], axis=axis + 1)
    shape = list(values.shape)
    shape[axis] *= 2
    return np.take(pairs.reshape(shape), np.arange(length), axis)

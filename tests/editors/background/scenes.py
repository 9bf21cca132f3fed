"""Scenes whose foreground is known."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.images.raster import Raster, RasterPixels

_FINER = 4


@frozen
class Scene:
    """A subject before a background.

    :ivar rgb: the image.
    :ivar alpha: what is subject, 0 to 255, with soft edges a pixel wide.
    :ivar subject: the subject's colours everywhere, and ``ground`` those of the background.
    """

    rgb: RasterPixels
    alpha: RasterPixels
    subject: RasterPixels
    ground: RasterPixels


def scene(ground: RasterPixels, *, blob: bool = True) -> Scene:
    """Put an orange, striped subject before a background."""
    height, width = ground.shape[:2]
    alpha = _blob(height, width) if blob else _disc(height, width)
    rows, columns = np.mgrid[0:height, 0:width]
    stripes = 20 * np.sin((rows + 2 * columns) / 5)
    subject = np.clip(np.stack([210 + stripes, 110 + stripes, 40 + stripes / 2], -1), 0, 255)
    opacity = alpha[:, :, np.newaxis] / 255
    rgb = subject * opacity + ground * (1 - opacity)
    return Scene(np.rint(rgb).astype(np.uint8), alpha, np.rint(subject).astype(np.uint8), ground)


def plain(height: int = 300, width: int = 400, level: int = 245) -> RasterPixels:
    return np.full((height, width, 3), level, np.uint8)


def gradient(height: int = 300, width: int = 400) -> RasterPixels:
    rows, columns = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    return np.stack([120 + 60 * rows, 140 + 50 * columns, 190 + 0 * rows], -1).astype(np.uint8)


def textured(height: int = 300, width: int = 400) -> RasterPixels:
    """Something like foliage."""
    noise = np.random.default_rng(5).normal(0, 1, (height, width))
    for axis in (0, 1):
        noise = np.sum([np.roll(noise, step, axis) for step in range(-3, 4)], axis=0) / 7**0.5
    return np.clip(
        np.stack([60 + 18 * noise, 110 + 25 * noise, 60 + 15 * noise], -1), 0, 255
    ).astype(np.uint8)


def shadowed(height: int = 300, width: int = 400) -> RasterPixels:
    """White paper, with a soft shadow below the subject."""
    rows, columns = np.mgrid[0:height, 0:width]
    away = ((rows / height - 0.78) / 0.08) ** 2 + ((columns / width - 0.52) / 0.25) ** 2
    return np.repeat((245 - 60 * np.exp(-away))[:, :, np.newaxis], 3, 2).astype(np.uint8)


def overlap(alpha: RasterPixels, expected: RasterPixels) -> float:
    """Intersection over union."""
    one, other = alpha > 127, expected > 127
    return float((one & other).sum() / (one | other).sum())


def _blob(height: int, width: int) -> RasterPixels:
    return _smooth(height, width, lambda angle: 0.27 + 0.06 * np.sin(3 * angle))


def _disc(height: int, width: int) -> RasterPixels:
    return _smooth(height, width, lambda angle: 0.3 + 0 * angle)


def _smooth(
    height: int, width: int, radius: Callable[[NDArray[Any]], NDArray[Any]]
) -> RasterPixels:
    steps = (np.arange(_FINER) + 0.5) / _FINER
    covered = np.zeros((height, width))
    for below, beside in product(steps, steps):
        down = np.arange(height)[:, np.newaxis] + below - height / 2
        right = np.arange(width) + beside - width / 2
        covered += np.hypot(down, right) < radius(np.arctan2(down, right)) * min(height, width)
    alpha: RasterPixels = np.rint(covered / _FINER**2 * 255).astype(np.uint8)
    return alpha


def with_alpha(rgb: RasterPixels, alpha: RasterPixels) -> Raster:
    return Raster.from_pixels(np.dstack([rgb, alpha]))

"""A colour space in which distance is about how unlike colours look.

Oklab, Björn Ottosson 2020, https://bottosson.github.io/posts/oklab/.
"""

import numpy as np
from numpy.typing import NDArray

Lab = NDArray[np.float32]
"""Lightness 0 … 1, green to red and blue to yellow about -0.4 … 0.4: float32 (side, side, 3)."""

_CODES = np.arange(256) / 255.0
_LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4).astype(
    np.float32
)
_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
).T
_OPPONENTS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
).T


def to_oklab(pixels: NDArray[np.uint8]) -> Lab:
    """Convert sRGB pixels of shape (side, side, 3)."""
    return np.asarray(np.cbrt(_LINEAR[pixels] @ _CONES) @ _OPPONENTS, np.float32)


def reduced(plane: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Average a square plane, or several, down to a side that divides its own."""
    step = len(plane) // side
    cells = plane.reshape(side, step, side, step, *plane.shape[2:])
    return np.asarray(cells.mean(axis=(1, 3)), np.float32)

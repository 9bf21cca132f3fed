"""What an image loses where its colours are stored at half its size, as JPEG's 4:2:0 does."""

import numpy as np
from numpy.typing import NDArray

_TO_CHROMA = ((-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
"""Cb and Cr of ITU-T T.871, of 8 bits, as sums of red, green and blue."""
_TILE = 64
_LOST = 200.0
"""Variance of Cb and Cr within squares of 2 by 2, in the mean over a tile, from which text and edges look washed out.

Coloured text has 250 to 2000, black text 0; of 250 photographs five have more than 200 anywhere.
"""
_EVERY, _EVERY_OF_LARGE = 4, 8
"""Of so many rows and columns two are looked at."""
_LARGE = 2_000_000
_AT_ONCE = 256
"""Rows whose sums fit the processor's cache, which halves the time; a multiple of both of the above."""


def loses_colour(pixels: NDArray[np.uint8]) -> bool:
    """Whether some part of an image has colours that change from pixel to pixel: red text, for example.

    :param pixels: uint8 (h, w, 3) or more channels. Up to a fourth of them are looked at, in every part.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < 2:
        return False
    every = _EVERY_OF_LARGE if height * width > _LARGE else _EVERY
    pixels = pixels[: height - height % 2, : width - width % 2, :3]
    lost = np.concatenate(
        [
            _within_squares(pixels[top : top + _AT_ONCE], every)
            for top in range(0, len(pixels), _AT_ONCE)
        ]
    )
    side = _TILE // every
    for axis in (0, 1):
        length = lost.shape[axis]
        tiles = min(length, max(1, length // side))
        # The first of them are a row or column larger where the length does not divide.
        larger, least = length % tiles, length // tiles
        starts = np.arange(tiles) * least + np.minimum(np.arange(tiles), larger)
        counts = np.diff(np.append(starts, length))
        lost = np.add.reduceat(lost, starts, axis=axis) / np.expand_dims(counts, 1 - axis)
    return bool((lost > _LOST).any())


def _within_squares(pixels: NDArray[np.uint8], every: int) -> NDArray[np.float32]:
    """The variance of both chroma channels in each square that is looked at."""
    height, width = (-(-length // every) for length in pixels.shape[:2])
    corners = np.empty((4, 3, height, width), np.int16)
    for number, (row, column) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
        corners[number] = pixels[row::every, column::every].transpose(2, 0, 1)
    first, second, third, fourth = corners
    # Four numbers differ from their mean by three sums that are at right angles to it and to each other.
    lost = np.zeros((height, width), np.float32)
    for sums in (
        first + second - third - fourth,
        first - second + third - fourth,
        first - second - third + fourth,
    ):
        red, green, blue = sums.astype(np.float32)
        for of_red, of_green, of_blue in _TO_CHROMA:
            chroma = red * np.float32(of_red)
            chroma += green * np.float32(of_green)
            chroma += blue * np.float32(of_blue)
            chroma *= chroma
            lost += chroma
    lost /= 16
    return lost

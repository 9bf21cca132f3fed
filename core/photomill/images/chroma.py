"""What a picture loses where its colours are stored at half its size, as JPEG's 4:2:0 does."""

import numpy as np
from numpy.typing import NDArray

_TO_CHROMA = np.array([[-0.168736, 0.5], [-0.331264, -0.418688], [0.5, -0.081312]], np.float32)
"""Cb and Cr of ITU-T T.871, of 8 bits."""
_TILE = 64
_LOST = 200.0
"""Variance of Cb and Cr within squares of 2 by 2, in the mean over a tile, from which text and edges look washed out.

Coloured text has 250 to 2000, black text 0; of 250 photographs five have more than 200 anywhere.
"""
_EVERY, _EVERY_OF_LARGE = 4, 8
"""Of so many rows and columns two are looked at."""
_LARGE = 2_000_000


def loses_colour(pixels: NDArray[np.uint8]) -> bool:
    """Whether some part of a picture has colours that change from pixel to pixel: red text, for example.

    :param pixels: uint8 (h, w, 3) or more channels. Up to a fourth of them are looked at, in every part.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < 2:
        return False
    every = _EVERY_OF_LARGE if height * width > _LARGE else _EVERY
    lost = _within_squares(pixels[: height - height % 2, : width - width % 2, :3], every)
    side = _TILE // every
    rows, columns = (max(1, length // side) for length in lost.shape)
    tiles = (np.array_split(band, columns, axis=1) for band in np.array_split(lost, rows, axis=0))
    return any(float(tile.mean()) > _LOST for band in tiles for tile in band)


def _within_squares(pixels: NDArray[np.uint8], every: int) -> NDArray[np.float32]:
    """The variance of both chroma channels in each square that is looked at."""
    corners = [pixels[row::every, column::every] for row in (0, 1) for column in (0, 1)]
    chroma = np.stack(corners).astype(np.float32) @ _TO_CHROMA
    lost: NDArray[np.float32] = chroma.var(axis=0).sum(axis=-1)
    return lost

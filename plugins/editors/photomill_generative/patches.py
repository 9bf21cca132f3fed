"""Square pieces of images, and which of them look alike."""

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

SIDE = 7
REACH = SIDE // 2

Colours = NDArray[np.float32]
"""Shape (h, w, 3), 0 to 255."""
Features = NDArray[np.float32]
Places = NDArray[np.int64]
"""Rows and columns, in the last of their axes."""

_DIMENSIONS = 20
_TRAINED_ON = 4000
_BLOCK = 1024
"""Rows of the table of distances that are held at once."""


def cut(colours: Colours) -> Features:
    """Every patch that lies inside, by rows: shape ((h − 6) × (w − 6), 7 × 7 × 3)."""
    windows = np.lib.stride_tricks.sliding_window_view(colours, (SIDE, SIDE), axis=(0, 1))
    return np.ascontiguousarray(windows, np.float32).reshape(-1, 3 * SIDE * SIDE)


@frozen(eq=False)
class Compression:
    """The directions in which patches differ most (principal components)."""

    mean: Features
    basis: Features

    @classmethod
    def of(cls, patches: Features) -> "Compression":
        sample = patches[:: max(1, len(patches) // _TRAINED_ON)].astype(np.float64)
        mean = sample.mean(axis=0)
        _, vectors = np.linalg.eigh((sample - mean).T @ (sample - mean))
        basis = vectors[:, ::-1][:, :_DIMENSIONS]
        return cls(mean.astype(np.float32), np.ascontiguousarray(basis, np.float32))

    def features(self, patches: Features) -> Features:
        """Of shape (n, 20) or fewer columns; their distances are nearly those of the patches."""
        return np.asarray((patches - self.mean) @ self.basis, np.float32)


def nearest(
    queries: Features, rows: Features, charges: Features
) -> tuple[NDArray[np.int64], Features]:
    """The row of each query with the least squared distance and charge, and their sum; exact.

    :param charges: of each row: what is to be avoided costs more.
    """
    lengths = np.einsum("ij,ij->i", rows, rows) + charges
    best = np.empty(len(queries), np.int64)
    distances = np.empty(len(queries), np.float32)
    for start in range(0, len(queries), _BLOCK):
        block = queries[start : start + _BLOCK]
        table = block @ (-2 * rows.T)
        table += lengths
        found = table.argmin(axis=1)
        best[start : start + _BLOCK] = found
        own: Any = np.einsum("ij,ij->i", block, block)
        distances[start : start + _BLOCK] = table[np.arange(len(block)), found] + own
    return best, np.maximum(distances, 0)


def overlaid(picture: Colours, sources: Places, weights: Features) -> Colours:
    """Lay patches of an image side by side; a pixel is the mean of those that cover it.

    :param sources: where each patch begins in the image, shape (h, w, 2).
    :param weights: how much each counts, of shape (h, w, 1).
    :returns: shape (h + 6, w + 6, 3).
    """
    height, width = sources.shape[:2]
    sums = np.zeros((height + SIDE - 1, width + SIDE - 1, 4), np.float32)
    for down in range(SIDE):
        for across in range(SIDE):
            area = sums[down : down + height, across : across + width]
            area[:, :, :3] += picture[sources[:, :, 0] + down, sources[:, :, 1] + across] * weights
            area[:, :, 3:] += weights
    return np.asarray(sums[:, :, :3] / sums[:, :, 3:], np.float32)


def of_pixels(sources: Places) -> Places:
    """The source of each pixel: where it lies in the patch that has it nearest to its middle.

    :param sources: where each patch begins, shape (h, w, 2).
    :returns: shape (h + 6, w + 6, 2).
    """
    height, width = sources.shape[:2]
    y, x = np.indices((height + SIDE - 1, width + SIDE - 1))
    rows = (y - REACH).clip(0, height - 1)
    columns = (x - REACH).clip(0, width - 1)
    inner: Places = np.stack([y - rows, x - columns], axis=-1)
    found: Places = sources[rows, columns] + inner
    return found

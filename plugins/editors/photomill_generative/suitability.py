"""Which patches of an image suit what is around it."""

import numpy as np

from photomill_generative.patches import Features

_FRAME = 0.12
"""Of a side's length: the border, from which anything may be taken."""
_NOISE = 50.0
"""Variance that every border is taken to have."""
_USUAL, _MOST = 4.0, 20.0
"""Distances that are usual at the border; and what no distance counts beyond."""


def depth(rows: int, columns: int) -> Features:
    """0 for patches near the image's border, rising inwards to 1: there is what it shows."""
    down, across = (np.minimum(np.arange(side), np.arange(side)[::-1]) for side in (rows, columns))
    inwards = np.minimum(down[:, None] / rows, across[None, :] / columns).ravel()
    return ((inwards - _FRAME) / _FRAME).clip(0, 1).astype(np.float32)


def contrast(patches: Features) -> Features:
    """How much patches vary, in levels: what goes on from a rough texture must be rough."""
    levels: Features = patches.std(axis=1)
    return levels


def salience(patches: Features, rows: int) -> Features:
    """How unlike the image's border the colours of patches are: the subject is seldom what is at the border.

    Distances of Mahalanobis, squared, less what is usual at the border; as in the boundary prior of Y. Wei et al.,
    "Geodesic Saliency Using Background Priors" (ECCV 2012).

    :param rows: how many rows of patches there are.
    """
    colours = patches.reshape(len(patches), 3, -1).mean(axis=2).astype(np.float64)
    grid = colours.reshape(rows, -1, 3)
    reach = max(1, min(grid.shape[:2]) // 10)
    border = np.ones(grid.shape[:2], bool)
    border[reach:-reach, reach:-reach] = False
    mean = grid[border].mean(axis=0)
    spread = np.cov(grid[border].T) + _NOISE * np.eye(3)
    unlike = np.einsum("ij,jk,ik->i", colours - mean, np.linalg.inv(spread), colours - mean)
    beyond: Features = (unlike - _USUAL).clip(0, _MOST).astype(np.float32)
    return beyond

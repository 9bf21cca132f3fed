"""Edges and texture: which way lightness changes, and where.

Histograms of oriented gradients (Dalal and Triggs, CVPR 2005), their square roots taken as in RootSIFT (Arandjelović and
Zisserman, CVPR 2012). With the image's halves folded onto each other, so that a mirrored image is described alike: of each
number and its mirror image, half their sum and half their difference without its sign are kept.
"""

import numpy as np
from numpy.typing import NDArray

from photomill_descriptor.oklab import Lab, reduced

Plane = NDArray[np.float32]

ORIENTATIONS = 8
CELLS = 4
SCALES = (64, 32, 16)
FAINTEST = 0.02
"""The change of lightness over two pixels below which nothing is seen: grain, and what compression leaves."""
EDGE_LENGTH = CELLS * CELLS * ORIENTATIONS
TEXTURE_LENGTH = len(SCALES) * ORIENTATIONS


def edges(lab: Lab) -> NDArray[np.float64]:
    """Describe by 128 numbers which edges lie where, on a grid of four by four cells."""
    histograms = np.sqrt(_oriented(lab[..., 0], CELLS))
    mirrored = _mirrored(histograms)
    left = slice(CELLS // 2)
    even, odd = (histograms + mirrored) / 2, np.abs(histograms - mirrored) / 2
    return np.concatenate([even[:, left].ravel(), odd[:, left].ravel()])


def texture(lab: Lab) -> NDArray[np.float64]:
    """Describe by 24 numbers how strong edges of each direction are at three scales, wherever they lie."""
    parts = []
    for side in SCALES:
        histogram = _oriented(reduced(lab[..., 0], side), 1) / side
        mirrored = _mirrored(histogram)
        half = ORIENTATIONS // 2
        parts.append((histogram + mirrored)[0, 0, : half + 1] / 2)
        parts.append(np.abs(histogram - mirrored)[0, 0, 1:half] / 2)
    return np.sqrt(np.concatenate(parts))


def _oriented(plane: Plane, cells: int) -> NDArray[np.float64]:
    """Sum the gradients of each cell by direction, 0° to 180°: (cells, cells, orientations)."""
    down, across = np.zeros_like(plane), np.zeros_like(plane)
    down[1:-1] = plane[2:] - plane[:-2]
    across[:, 1:-1] = plane[:, 2:] - plane[:, :-2]
    strength = np.maximum(np.hypot(down, across).ravel() - FAINTEST, 0.0)
    angle = (np.arctan2(down, across) % np.pi).ravel() * (ORIENTATIONS / np.pi)
    lower = angle.astype(np.int64)
    share = angle - lower
    rows = np.arange(len(plane)) * cells // len(plane)
    cell = (rows[:, None] * cells + rows).ravel() * ORIENTATIONS
    length = cells * cells * ORIENTATIONS
    sums = np.zeros(length)
    sums += np.bincount(cell + lower % ORIENTATIONS, strength * (1.0 - share), length)
    sums += np.bincount(cell + (lower + 1) % ORIENTATIONS, strength * share, length)
    return sums.reshape(cells, cells, ORIENTATIONS)


def _mirrored(histograms: NDArray[np.float64]) -> NDArray[np.float64]:
    directions = -np.arange(ORIENTATIONS) % ORIENTATIONS
    return histograms[:, ::-1, directions]

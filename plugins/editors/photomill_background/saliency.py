"""What draws the eye, without weights.

C. Yang et al., "Saliency Detection via Graph-Based Manifold Ranking", CVPR 2013: superpixels are ranked by how unlike
each side of the image's border they are, and again by how like they are to what stood out.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import Category, RasterPixels
from photomill_background.arrays import Values
from photomill_background.categories import likely_places

_SUPERPIXELS = 250
_CHAIN = 0.99
"""How far a rank spreads: alpha in the paper."""
_COLOUR = 0.1
"""How unlike colours may be that share a rank: sigma squared in the paper."""
_SMOOTHING = 10.0

Matrix = NDArray[np.float64]
Labels = NDArray[np.int32]


def salient(rgb: RasterPixels, category: Category) -> Values:
    """How much each pixel stands out: float32 (h, w), 0 to 1.

    :param rgb: a few hundred pixels a side.
    """
    labels = _superpixels(rgb)
    count = int(labels.max()) + 1
    if count < 4:
        return np.zeros(labels.shape, np.float32)
    spread = _spreading(_colours(rgb, labels, count), labels)
    sides = [np.unique(side) for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1])]
    unlike_border = np.ones(count)
    for side in sides:
        unlike_border *= 1 - _ranked(spread, np.isin(np.arange(count), side))
    places = likely_places(rgb.shape[0], rgb.shape[1], category)
    first = unlike_border * _means(places.reshape(-1, 1), labels, count)[:, 0]
    again = _ranked(spread, first > first.mean())
    standing_out = again[labels] * places
    return np.asarray(standing_out / max(float(standing_out.max()), 1e-12), np.float32)


def _superpixels(rgb: RasterPixels) -> Labels:
    import cv2

    side = max(2, round((rgb.shape[0] * rgb.shape[1] / _SUPERPIXELS) ** 0.5))
    lab = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2Lab)
    cells = cv2.ximgproc.createSuperpixelSLIC(lab, cv2.ximgproc.SLIC, side, _SMOOTHING)
    cells.iterate(6)
    cells.enforceLabelConnectivity(20)
    _, labels = np.unique(cells.getLabels(), return_inverse=True)
    return labels.reshape(rgb.shape[:2]).astype(np.int32)


def _colours(rgb: RasterPixels, labels: Labels, count: int) -> Matrix:
    """The mean of each superpixel in CIELAB, each coordinate about 0 to 1."""
    import cv2

    lab = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2Lab).reshape(-1, 3) / 255
    return _means(lab, labels, count)


def _means(values: NDArray[np.floating[Any]], labels: Labels, count: int) -> Matrix:
    flat = labels.ravel()
    areas = np.bincount(flat, minlength=count)
    sums = [np.bincount(flat, weights=column, minlength=count) for column in values.T]
    return np.stack(sums, axis=-1) / areas[:, np.newaxis]


def _spreading(colours: Matrix, labels: Labels) -> Matrix:
    """How a rank spreads from one superpixel to all: (n, n)."""
    count = len(colours)
    near = np.zeros((count, count), np.bool_)
    for one, other in ((labels[:-1], labels[1:]), (labels[:, :-1], labels[:, 1:])):
        near[one.ravel(), other.ravel()] = True
    near |= near.T
    near |= (near.astype(np.float32) @ near.astype(np.float32)) > 0
    border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    near[np.ix_(border, border)] = True
    np.fill_diagonal(near, val=False)
    apart = np.linalg.norm(colours[:, np.newaxis] - colours, axis=-1)
    weights = near * np.exp(-apart / _COLOUR)
    spread = np.linalg.inv(np.diag(weights.sum(axis=1) + 1e-9) - _CHAIN * weights)
    # A superpixel's own vote would count most.
    np.fill_diagonal(spread, 0)
    return np.asarray(spread)


def _ranked(spread: Matrix, queries: NDArray[np.bool_]) -> Matrix:
    """How like the queries each superpixel is: (n,), 0 to 1."""
    rank = spread @ queries.astype(np.float64)
    low, high = float(rank.min()), float(rank.max())
    return (rank - low) / max(high - low, 1e-12)

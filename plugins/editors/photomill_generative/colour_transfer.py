"""The colours of one image for another."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill_generative.patches import Colours

Statistics = NDArray[np.float64]

_NOISE = 1.0
"""Variance that every image is taken to have, so that plain ones do not explode."""
_STRONGEST = 2.5
"""How many times colours may be spread, or drawn together."""


@frozen(eq=False)
class ColourTransfer:
    """The linear map between two distributions of colour that moves colours least."""

    source_mean: Statistics
    target_mean: Statistics
    matrix: Statistics

    @classmethod
    def between(cls, source: Colours, target: Colours) -> "ColourTransfer":
        """Find the map in closed form from means and covariances (Monge and Kantorovich).

        F. Pitié and A. Kokaram, "The Linear Monge-Kantorovitch Linear Colour Mapping for Example-Based Colour Transfer",
        European Conference on Visual Media Production (2007), equation 6.

        :param source: colours in CIELAB, shape (n, 3).
        """
        source_mean, source_spread = _statistics(source)
        target_mean, target_spread = _statistics(target)
        root = _power(source_spread, 0.5)
        inverse = _power(source_spread, -0.5)
        matrix = inverse @ _power(root @ target_spread @ root, 0.5) @ inverse
        return cls(source_mean, target_mean, _bounded(matrix))

    def applied(self, lab: Colours, amount: float) -> Colours:
        """Move colours of shape (..., 3) by a part of the way, 0 to 1."""
        matrix = (1 - amount) * np.eye(3) + amount * self.matrix
        mean = (1 - amount) * self.source_mean + amount * self.target_mean
        shift = mean - self.source_mean @ matrix
        return np.asarray(lab @ matrix.astype(np.float32) + shift.astype(np.float32), np.float32)


def _statistics(colours: Colours) -> tuple[Statistics, Statistics]:
    values = colours.astype(np.float64)
    centred = values - values.mean(axis=0)
    return values.mean(axis=0), centred.T @ centred / len(values) + _NOISE * np.eye(3)


def _power(matrix: Statistics, exponent: float) -> Statistics:
    """Of a symmetric, positive matrix."""
    values, vectors = np.linalg.eigh(matrix)
    result: Statistics = (vectors * values.clip(1e-9) ** exponent) @ vectors.T
    return result


def _bounded(matrix: Statistics) -> Statistics:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    result: Statistics = (vectors * values.clip(1 / _STRONGEST, _STRONGEST)) @ vectors.T
    return result

"""Features of a network as unit vectors."""

import math

import numpy as np
from numpy.typing import NDArray


def unit_vector(features: NDArray[np.floating]) -> NDArray[np.float32]:
    """Scale features of one image, of any shape, to a vector of length 1.

    An image in which the network sees nothing at all gets the same value everywhere.
    """
    vector = features.reshape(-1).astype(np.float64)
    length = math.sqrt(vector @ vector)
    if length == 0.0:
        vector, length = np.ones_like(vector), math.sqrt(vector.size)
    return (vector / length).astype(np.float32)

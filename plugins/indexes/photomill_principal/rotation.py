"""Random rotations."""

import numpy as np

from photomill.plugin import Vectors


def draw_rotation(width: int, random: np.random.Generator) -> Vectors:
    """Draw a rotation, the same for the same numbers: float32 (width, width)."""
    rotation, upper = np.linalg.qr(random.normal(size=(width, width)))
    # Of all that a matrix may be decomposed into, the one in which these are positive.
    return np.asarray(rotation * np.sign(np.diag(upper)), np.float32)

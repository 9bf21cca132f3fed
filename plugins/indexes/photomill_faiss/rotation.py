"""A random rotation that takes few steps.

A matrix of d² random numbers takes a row d² multiplications. Here a row of d = a·b numbers is laid out as a pieces of b, each
of which is rotated by b² numbers of its own; then what lies at the same place of all pieces is rotated by a² numbers:
d·(a + b) multiplications. Codes after it find as many of the nearest as codes after a matrix
(``tests/indexes/test_rotation.py``).
"""

import numpy as np
from attrs import frozen

from photomill.plugin import Vectors
from photomill_principal.rotation import draw_rotation


@frozen(eq=False)
class Rotation:
    """
    :ivar within: of each piece, float32 (a, b, b).
    :ivar across: of what lies at the same place of all pieces, float32 (a, a).
    """

    within: Vectors
    across: Vectors

    @classmethod
    def drawn(cls, dimension: int, seed: int) -> "Rotation":
        """Draw one, the same for the same dimension and seed."""
        random = np.random.default_rng(seed)
        pieces = max(each for each in range(1, int(dimension**0.5) + 1) if dimension % each == 0)
        within = [draw_rotation(dimension // pieces, random) for _ in range(pieces)]
        return cls(np.stack(within), draw_rotation(pieces, random))

    def apply(self, vectors: Vectors) -> Vectors:
        """Rotate: float32 (n, dimension)."""
        pieces, width, _ = self.within.shape
        within = vectors.reshape(-1, pieces, width).transpose(1, 0, 2) @ self.within
        across = (self.across @ within.reshape(pieces, -1)).reshape(within.shape)
        return across.transpose(1, 0, 2).reshape(vectors.shape)

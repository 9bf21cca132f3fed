"""A 64-bit hash that re-encoding and resizing leave nearly as it is.

The pHash of Neal Krawetz as the library imagehash computes it: the low frequencies of a 32 by 32 discrete cosine transform,
each above or below their median. The image is brought to 32 by 32 by averaging areas.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from photomill.images.reduction import Plane, halved

HASHED_SIDE = 32
_LOW = 8


def hash_of(luma: Plane) -> int:
    """Hash an image by its brightness, to an integer from 0 to 2⁶⁴ - 1.

    :param luma: float32 (side, side), squashed to a square whose side is 32 times a power of 2.
    """
    return int(hashes_of(small_plane(luma)[np.newaxis])[0])


def small_plane(luma: Plane) -> Plane:
    """What is hashed of an image's brightness: float32 (32, 32).

    :param luma: as of :func:`hash_of`.
    """
    return halved(luma, (len(luma) // HASHED_SIDE).bit_length() - 1)


def hashes_of(small: NDArray[np.float32]) -> NDArray[np.uint64]:
    """The hashes of several planes (n, 32, 32) of :func:`small_plane`: uint64 (n,)."""
    frequencies = _cosines() @ small.astype(np.float64) @ _cosines().T
    low = frequencies.reshape(len(small), _LOW**2)
    middle = np.sort(low, axis=1)[:, _LOW**2 // 2 - 1 : _LOW**2 // 2 + 1]
    bits = low > middle.mean(axis=1, keepdims=True)
    return np.packbits(bits, axis=1).view(">u8").ravel().astype(np.uint64)


def hamming(one: int, other: int) -> int:
    """Count the bits, 0 to 64, in which two hashes differ."""
    return (one ^ other).bit_count()


@cache
def _cosines() -> NDArray[np.float64]:
    """The low frequencies of the DCT-II of 32 samples as a matrix (8, 32); a common factor would not change the bits."""
    frequencies, places = np.arange(_LOW), np.arange(HASHED_SIDE)
    return np.cos(np.pi * frequencies[:, None] * (2 * places + 1) / (2 * HASHED_SIDE))

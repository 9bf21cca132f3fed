"""All pairs of images whose perceptual hashes agree, upright, turned or mirrored.

Few are compared all with all. Many are found by multi-index hashing (Norouzi, Punjani and Fleet, 2012): hashes that
differ in at most 10 of 64 bits differ in at most 2 of the 16 bits of one of their four quarters.
"""

from collections.abc import Iterator
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from photomill.collections.duplicates.hashes import HASH_BITS, Hashes, bits_apart

_FEW = 3000
_BLOCK = 256
_QUARTERS = 4
_QUARTER_BITS = 16

Places = NDArray[np.int64]


def agreeing_pairs(hashes: Hashes) -> Iterator[tuple[Places, Places]]:
    """Yield pairs of places, in portions; one may come more than once, in either order.

    :param hashes: uint64 (n, 8): each image laid in every way, upright first.
    """
    upright = np.ascontiguousarray(hashes[:, 0])
    find = _all_with_all if len(upright) <= _FEW else _by_quarters
    for turn in range(hashes.shape[1]):
        yield from find(np.ascontiguousarray(hashes[:, turn]), upright)


def _all_with_all(queries: Hashes, upright: Hashes) -> Iterator[tuple[Places, Places]]:
    for start in range(0, len(queries), _BLOCK):
        some = queries[start : start + _BLOCK]
        apart = bits_apart(np.repeat(some, len(upright)), np.tile(upright, len(some)))
        found = np.flatnonzero(apart <= HASH_BITS)
        first, second = np.divmod(found, len(upright))
        yield from _unlike(first + start, second)


def _by_quarters(queries: Hashes, upright: Hashes) -> Iterator[tuple[Places, Places]]:
    for quarter in range(_QUARTERS):
        shift = np.uint64(quarter * _QUARTER_BITS)
        low = np.uint64((1 << _QUARTER_BITS) - 1)
        keys = ((upright >> shift) & low).astype(np.int64)
        order = np.argsort(keys, kind="stable")
        ends = np.cumsum(np.bincount(keys, minlength=1 << _QUARTER_BITS))
        asked = ((queries >> shift) & low).astype(np.int64)
        for flipped in _flips():
            buckets = asked ^ flipped
            stops = ends[buckets]
            counts = stops - np.where(buckets > 0, ends[buckets - 1], 0)
            first = np.repeat(np.arange(len(queries)), counts)
            within = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
            second = order[np.repeat(stops - counts, counts) + within]
            near = bits_apart(queries[first], upright[second]) <= HASH_BITS
            yield from _unlike(first[near], second[near])


def _unlike(first: Places, second: Places) -> Iterator[tuple[Places, Places]]:
    unlike = first != second
    if np.any(unlike):
        yield first[unlike], second[unlike]


@cache
def _flips() -> tuple[int, ...]:
    """Every way to change up to two of sixteen bits."""
    bits = [1 << bit for bit in range(_QUARTER_BITS)]
    return (0, *bits, *(one | other for one, other in combinations(bits, 2)))

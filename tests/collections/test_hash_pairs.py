"""Pairs of agreeing hashes: held to the comparison of all with all."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from photomill.collections.duplicates import hash_pairs
from photomill.collections.duplicates.hashes import HASH_BITS, bits_apart


def hashes_of(count: int, seed: int) -> np.ndarray:
    """Hashes of which many differ in few bits."""
    generator = np.random.default_rng(seed)
    base = generator.integers(0, 2**64, (max(1, count // 4), 8), np.uint64)
    chosen = base[generator.integers(0, len(base), count)]
    for _ in range(6):
        chosen ^= np.uint64(1) << generator.integers(0, 64, chosen.shape, np.uint64)
    return chosen


@given(st.integers(2, 120), st.integers(0, 99))
def test_both_ways_find_what_a_naive_comparison_finds(count: int, seed: int) -> None:
    hashes = hashes_of(count, seed)
    expected = {
        (min(a, b), max(a, b))
        for a in range(count)
        for b in range(count)
        if a != b and bits_apart(hashes[a], hashes[b, 0]).min() <= HASH_BITS
    }
    for find in (hash_pairs._all_with_all, hash_pairs._by_quarters):
        found = {
            (min(a, b), max(a, b))
            for turn in range(8)
            for first, second in find(hashes[:, turn].copy(), hashes[:, 0].copy())
            for a, b in zip(first.tolist(), second.tolist(), strict=True)
        }
        assert found == expected


def test_bits_are_counted() -> None:
    ones = np.array([0, 2**64 - 1, 0b1011], np.uint64)
    assert bits_apart(ones, np.uint64(0)).tolist() == [0, 64, 3]

"""The perceptual hashes of a collection's images in memory, for finding copies that the vectors do not."""

import threading
from functools import cache

import numpy as np
from numpy.typing import NDArray

from photomill.collections.contents import View
from photomill.collections.store.records import RecordTable
from photomill.components.index import Rows

Hashes = NDArray[np.uint64]

HASH_BITS = 10
"""Hashes that differ in at most this many of 64 bits may be of one image."""

_AT_ONCE = 1 << 20


class HashIndex:
    """The hashes of one collection, read when they are first asked for. Thread-safe.

    A record's image never changes, so only what was inserted since is read again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen = -1
        self._serials: NDArray[np.int64] = np.empty(0, np.int64)
        self._upright: Hashes = np.empty(0, np.uint64)

    def near(self, view: View, table: RecordTable, hashes: Hashes) -> Rows:
        """Live rows whose hash is near any of these."""
        serials, upright = self._read(view, table)
        near = np.zeros(len(upright), np.bool_)
        for each in hashes:
            for start in range(0, len(upright), _AT_ONCE):
                some = slice(start, start + _AT_ONCE)
                near[some] |= bits_apart(upright[some], each) <= HASH_BITS
        return rows_of(view, serials[near])

    def upright(
        self, view: View, table: RecordTable, rows: Rows
    ) -> tuple[Hashes, NDArray[np.bool_]]:
        """The hashes of some rows, and which of them have one."""
        serials, upright = self._read(view, table)
        wanted = view.serials[rows]
        hashes, known = np.zeros(len(rows), np.uint64), np.zeros(len(rows), np.bool_)
        if len(serials):
            places = np.minimum(np.searchsorted(serials, wanted), len(serials) - 1)
            known = serials[places] == wanted
            hashes[known] = upright[places[known]]
        return hashes, known

    def _read(self, view: View, table: RecordTable) -> tuple[NDArray[np.int64], Hashes]:
        with self._lock:
            last = int(view.serials[view.size - 1]) if view.size else -1
            if last > self._seen:
                serials, hashes = table.appearances.hashes(after=self._seen)
                self._serials = np.concatenate([self._serials, serials])
                self._upright = np.concatenate([self._upright, hashes[:, 0]])
                self._seen = max(last, int(self._serials[-1]) if len(self._serials) else -1)
            return self._serials, self._upright


def rows_of(view: View, serials: NDArray[np.int64]) -> Rows:
    """The live rows of these serials, ascending; those that are gone are left out."""
    known = view.serials[: view.size]
    rows = np.searchsorted(known, serials)
    rows = rows[rows < view.size]
    rows = np.unique(rows[np.isin(known[rows], serials)])
    return np.asarray(rows[view.alive[rows]], np.int64)


def agree(turned: Hashes, upright: Hashes) -> NDArray[np.bool_]:
    """Whether images may be the same, laid in whatever way.

    :param turned: uint64 (n, 8).
    :param upright: uint64 (n,), of what each is compared with.
    """
    near = np.zeros(len(turned), np.bool_)
    for turn in range(turned.shape[1]):
        near |= bits_apart(turned[:, turn], upright) <= HASH_BITS
    return near


def bits_apart(hashes: Hashes, other: np.uint64 | Hashes) -> NDArray[np.uint8]:
    """In how many bits each hash differs from the other, or from the one at its place."""
    counts = _counts()[(hashes ^ other).view(np.uint16)]
    return np.asarray(counts.reshape(-1, 4).sum(axis=1), np.uint8)


@cache
def _counts() -> NDArray[np.uint8]:
    """How many bits are set in each number of 16 bits."""
    bits = np.unpackbits(np.arange(1 << 16, dtype=np.uint16).view(np.uint8)).reshape(-1, 16)
    return np.asarray(bits.sum(axis=1), np.uint8)

"""Codes of many rows as faiss scans them: in blocks of 32 rows, whose nibbles are looked up together.

Four bits of a row, a nibble, are an index into a table of 16 entries, and a processor looks up those of 32 rows at once
(F. André, A.-M. Kermarrec and N. Le Scouarnec, "Quicker ADC", IEEE TPAMI 2021). So a block has, for each byte of a row's
bits, the low nibbles of all rows and then the high ones, where a byte holds the nibbles of rows r and r + 16. What stands
behind the bits of a row follows, row by row.

faiss itself lays out bit after bit and row after row, which takes longer than to make the codes.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint8]

_BLOCK = 32
_HALF = 16

_ORDER = np.array([0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15])
"""The rows of half a block, in the order in which they stand in it."""


def append(faiss: Any, index: Any, codes: Codes) -> None:
    """Add rows to an ``IndexFastScan`` with blocks of 32 rows.

    :param codes: its bits, and what stands beside them, of each row: uint8 (n, code size).
    """
    if not len(codes):
        return
    begun = index.ntotal % _BLOCK
    padded = np.zeros((-(-(begun + len(codes)) // _BLOCK) * _BLOCK, codes.shape[1]), np.uint8)
    padded[begun : begun + len(codes)] = codes
    added = _laid_out(padded, index.M2 // 2)
    start = index.ntotal // _BLOCK * added.shape[1]
    index.codes.resize(start + added.size)
    everything = faiss.rev_swig_ptr(index.codes.get(), start + added.size)
    if begun:
        # Where a row was not yet there are zeros.
        added[0] |= everything[start : start + added.shape[1]]
    everything[start:] = added.ravel()
    index.ntotal += len(codes)
    index.ntotal2 = -(-index.ntotal // _BLOCK) * _BLOCK


def _laid_out(codes: Codes, width: int) -> Codes:
    """Whole blocks: uint8 (n / 32, 32 · code size).

    :param width: bytes of the bits that are looked up.
    """
    rows = codes.reshape(-1, _BLOCK, codes.shape[1])
    first, second = rows[:, _ORDER, :width], rows[:, _ORDER + _HALF, :width]
    blocks = np.empty((len(rows), _BLOCK * codes.shape[1]), np.uint8)
    nibbles = blocks[:, : _BLOCK * width].reshape(len(rows), width, 2, _HALF)
    nibbles[:, :, 0] = (first & 0x0F | second << 4).transpose(0, 2, 1)
    nibbles[:, :, 1] = (first >> 4 | second & 0xF0).transpose(0, 2, 1)
    blocks[:, _BLOCK * width :] = rows[:, :, width:].reshape(len(rows), -1)
    return blocks

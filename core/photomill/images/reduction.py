"""Planes of an image brought to a small square by averaging areas."""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.images.image import Pixels

Plane = NDArray[np.float32]

_ROWS_AT_ONCE = 512
"""Only so many become floating-point at once, for large images' sake."""
_PRODUCTS = 8
"""Products that make the lines of the result: with fewer, most of their weights would be 0."""

# ITU-R BT.601, as JPEG has it
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_BLUE = np.float32(0.5 / (1 - 0.114))
_RED = np.float32(0.5 / (1 - 0.299))


def luma_plane(pixels: Pixels, side: int) -> Plane:
    """The brightness of an image, squashed to a square: float32 (side, side), 0 to 255."""
    narrow = np.zeros((side, pixels.shape[1]), np.float32)
    for start, band in _bands(pixels):
        _add_rows(narrow, band @ _LUMA, start, len(pixels))
    return _squashed_columns(narrow, side)


def planes(pixels: Pixels, luma_side: int, chroma_side: int) -> tuple[Plane, tuple[Plane, Plane]]:
    """The brightness and the colours of an image, squashed to squares.

    :returns: :func:`luma_plane`; and blue and red less the brightness (Cb, Cr), each float32 (chroma_side, chroma_side),
        -128 to 128.
    """
    bright = np.zeros((luma_side, pixels.shape[1]), np.float32)
    coloured = np.zeros((chroma_side, pixels.shape[1] * 3), np.float32)
    for start, band in _bands(pixels):
        _add_rows(bright, band @ _LUMA, start, len(pixels))
        _add_rows(coloured, band.reshape(len(band), -1), start, len(pixels))
    return _squashed_columns(bright, luma_side), _chroma(coloured)


def halved(plane: NDArray[Any], times: int = 1) -> NDArray[Any]:
    """Average squares of samples, 2 by 2, ``times`` times over: (n >> times, m >> times)."""
    step = 1 << times
    rows, columns = plane.shape[0] // step, plane.shape[1] // step
    # Whole rows are added, then every so many columns: NumPy is slow along short axes.
    sums = plane.reshape(rows, step, columns * step).sum(axis=1)
    total = sum((sums[:, place::step] for place in range(1, step)), start=sums[:, ::step])
    return np.asarray(total / (step * step))


def _bands(pixels: Pixels) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield some rows after the others, and the first of them."""
    for start in range(0, len(pixels), _ROWS_AT_ONCE):
        yield start, pixels[start : start + _ROWS_AT_ONCE].astype(np.float32)


def _chroma(narrow: Plane) -> tuple[Plane, Plane]:
    """Cb and Cr of red, green and blue that are squashed along one side."""
    # NumPy is slow to multiply what lies in steps.
    channels = np.ascontiguousarray(narrow.reshape(len(narrow), -1, 3).transpose(2, 0, 1))
    red, green, blue = (_squashed_columns(each, len(narrow)) for each in channels)
    luma = _LUMA[0] * red + _LUMA[1] * green + _LUMA[2] * blue
    return (blue - luma) * _BLUE, (red - luma) * _RED


def _add_rows(narrow: Plane, band: Plane, start: int, rows: int) -> None:
    """Add what a band of an image's rows, from ``start`` on, contributes to all of them squashed."""
    for block in _blocks(rows, len(narrow)):
        first, last = block.samples.start - start, block.samples.stop - start
        if last > 0 and first < len(band):
            here = block.weights[:, max(-first, 0) : len(band) - first]
            narrow[block.lines] += here @ band[max(first, 0) : last]


def _squashed_columns(narrow: Plane, side: int) -> Plane:
    squashed = np.empty((len(narrow), side), np.float32)
    for block in _blocks(narrow.shape[1], side):
        np.matmul(narrow[:, block.samples], block.weights.T, out=squashed[:, block.lines])
    return squashed


@frozen(eq=False)
class _Block:
    """Some lines of a result, and what they are averaged from: all other samples weigh nothing.

    :ivar weights: float32 (lines, samples).
    """

    lines: slice
    samples: slice
    weights: Plane


@lru_cache(maxsize=256)
def _blocks(length: int, side: int) -> tuple[_Block, ...]:
    """Average equal stretches of a line, block by block."""
    edges = np.linspace(0, length, side + 1)
    blocks = []
    at_once = -(-side // _PRODUCTS)
    for first in range(0, side, at_once):
        lines = slice(first, min(first + at_once, side))
        starts, ends = edges[lines, None], edges[lines.start + 1 : lines.stop + 1, None]
        samples = slice(int(starts[0, 0]), math.ceil(ends[-1, 0]))
        places = np.arange(samples.start, samples.stop)
        overlap = np.minimum(ends, places + 1) - np.maximum(starts, places)
        weights = np.maximum(overlap, 0) * (side / length)
        blocks.append(_Block(lines, samples, np.ascontiguousarray(weights, np.float32)))
    return tuple(blocks)

"""What is kept of an image so that it can be compared with others in detail, without the original.

Its brightness at 256 by 256 and its colours at 64 by 64, in 1 to 4 kB: 8 by 8 blocks of a discrete cosine
transform, quantised more coarsely for higher frequencies as in JPEG (ITU-T T.81), and packed by Huffman's code.
"""

import itertools
import math
import struct
import zlib
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.images.image import Image
from photomill.images.reduction import Plane, planes

SIDE = 256
"""Of the brightness, in samples."""
CHROMA_SIDE = 64
"""Of each colour plane, in samples."""
DETAIL_SIDE = 320
"""The shorter side in pixels that an image should have, if it can, to be signed."""

_VERSION = 1
_HEADER = struct.Struct("<BBBBIIHf6H")
"""Version, flags, the two steps, width, height, frames, sharpness, and the lengths of six streams."""
_BLOCK = 8
_STEPS = (8, 12, 18, 27, 40, 60, 90)
_CHROMA_STEPS = (8, 12, 18, 27)
"""Quantiser steps, of which the finest is taken that keeps the signature small."""
_MOST_BRIGHT, _MOST_COLOUR = 3000, 800
"""Coefficients of brightness and colour, besides the blocks' means."""
_ROUNDING = 0.35
_LONGEST_RUN = 255
_TRANSPARENT = 1
_MOST_FRAMES = 0xFFFF

_Coefficients = NDArray[np.int8]
"""Of all blocks, frequency by frequency: int8 (64, blocks)."""


@frozen(eq=False)
class Signature:
    """An image in small.

    :ivar luma: float32 (256, 256), 0 to 255.
    :ivar blue: Cb, float32 (64, 64), -128 to 128.
    :ivar red: Cr, likewise.
    :ivar step: how coarsely the brightness was quantised; 0 for not at all.
    :ivar width: of the pixels that were signed.
    :ivar height: likewise.
    :ivar frames: how many the file had.
    :ivar sharpness: what the finest detail has of the contrast, where the shorter side has 320 pixels or all there are.
    :ivar transparent: whether parts of it were.
    """

    luma: Plane
    blue: Plane
    red: Plane
    width: int
    height: int
    step: int = 0
    frames: int = 1
    sharpness: float = 0.0
    transparent: bool = False


def packed_signature(image: Image, known: tuple[Plane, tuple[Plane, Plane]] | None = None) -> bytes:
    """Sign an image.

    :param known: its :func:`planes` at 256 and 64, where they are known.
    :returns: at most some 5 kB.
    """
    luma, chroma = known or planes(image.pixels, SIDE, CHROMA_SIDE)
    step, bright = _quantised(_spectrum(luma - 128), _STEPS, _MOST_BRIGHT)
    chroma_step, colour = _quantised(_spectrum(np.concatenate(chroma)), _CHROMA_STEPS, _MOST_COLOUR)
    height, width = image.pixels.shape[:2]
    packed = [_packed(part) for part in (*_streams(bright), *_streams(colour))]
    header = _HEADER.pack(
        _VERSION,
        _TRANSPARENT * image.transparent,
        step,
        chroma_step,
        width,
        height,
        min(image.frames, _MOST_FRAMES),
        _sharpness(image),
        *map(len, packed),
    )
    return header + b"".join(packed)


def unpacked_signature(packed: bytes) -> Signature:
    """Read a signature.

    :raises ValueError: it is damaged, or of another version.
    """
    if not packed or packed[0] != _VERSION:
        raise ValueError("a signature of another version")
    try:
        _, flags, step, chroma_step, width, height, frames, sharpness, *lengths = (
            _HEADER.unpack_from(packed)
        )
        ends = np.cumsum([_HEADER.size, *lengths]).tolist()
        streams = [
            zlib.decompress(packed[start:end], -15) for start, end in itertools.pairwise(ends)
        ]
    except (struct.error, zlib.error) as error:
        raise ValueError(f"a damaged signature: {error}") from None
    bright = _read(streams[:3], (SIDE // _BLOCK) ** 2)
    blue, red = np.split(_read(streams[3:], 2 * (CHROMA_SIDE // _BLOCK) ** 2), 2, axis=1)
    return Signature(
        luma=_plane(bright, step) + 128,
        blue=_plane(blue, chroma_step),
        red=_plane(red, chroma_step),
        width=width,
        height=height,
        step=step,
        frames=frames,
        sharpness=sharpness,
        transparent=bool(flags & _TRANSPARENT),
    )


def _sharpness(image: Image) -> float:
    """The mean square of second differences over the mean square of first ones, along both axes."""
    shorter = min(image.pixels.shape[:2])
    step = max(1, round(shorter / DETAIL_SIDE))
    # Green is most of the brightness.
    green = image.pixels[::step, ::step, 1].astype(np.float32)
    first = second = 0.0
    for change in (green[1:] - green[:-1], (green[:, 1:] - green[:, :-1]).T):
        first += _sum_of_squares(change)
        second += _sum_of_squares(change[1:] - change[:-1])
    return second / (first + 1.0)


def _sum_of_squares(values: NDArray[np.float32]) -> float:
    flat = values.ravel(order="K")
    return float(flat @ flat)


def _quantised(
    spectrum: NDArray[np.float32], steps: tuple[int, ...], most: int
) -> tuple[int, _Coefficients]:
    """Quantise with the finest step that leaves few enough coefficients."""
    magnitudes = np.abs(spectrum)
    magnitudes /= _steps(1)
    magnitudes[0] = 0

    def leaves_few(step: int) -> bool:
        # What would round to 1 by little costs more bytes than it says.
        return int(np.count_nonzero(magnitudes >= (1 - _ROUNDING) * step)) <= most

    step = steps[bisect_left(steps[:-1], True, key=leaves_few)]
    scaled = spectrum / _steps(step)
    # Means are rounded without a bias, which would tint a whole ground.
    means = np.rint(scaled[0])
    scaled += np.copysign(np.float32(_ROUNDING), scaled)
    scaled[0] = means
    return step, np.clip(scaled, -127, 127, out=scaled).astype(np.int8)


def _streams(coefficients: _Coefficients) -> tuple[bytes, bytes, bytes]:
    """Means as differences, runs of zeros, and the values between: each lends itself to Huffman's code."""
    means = coefficients[0].copy()
    means[1:] -= coefficients[0, :-1]
    flat = coefficients[1:].ravel()
    # A run that no byte holds is cut by a zero.
    marked = flat != 0
    marked[_LONGEST_RUN :: _LONGEST_RUN + 1] = True
    places = np.flatnonzero(marked)
    # No run needs more than a byte, so the places' last bytes tell it.
    runs = places.astype(np.uint8)
    runs[1:] -= runs[:-1] + np.uint8(1)
    return means.tobytes(), runs.tobytes(), flat[places].tobytes()


def _read(streams: Sequence[bytes], blocks: int) -> _Coefficients:
    """
    :raises ValueError: they do not fit together.
    """
    means, runs, values = (np.frombuffer(stream, np.int8) for stream in streams)
    places = np.cumsum(runs.view(np.uint8).astype(np.int64) + 1) - 1
    if len(means) != blocks or len(runs) != len(values) or np.any(places[-1:] >= 63 * blocks):
        raise ValueError("a damaged signature: its parts do not fit together")
    coefficients = np.zeros((_BLOCK**2, blocks), np.int8)
    coefficients[0] = np.cumsum(means, dtype=np.int8)
    coefficients[1:].reshape(-1)[places] = values
    return coefficients


def _packed(stream: bytes) -> bytes:
    # Huffman's code alone: there is nothing in it to find again.
    packing = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_HUFFMAN_ONLY)
    return packing.compress(stream) + packing.flush()


def _spectrum(plane: Plane) -> NDArray[np.float32]:
    """The DCT-II of every 8 by 8 block: float32 (64, blocks), orthonormal."""
    blocks = plane.reshape(len(plane) // _BLOCK, _BLOCK, -1, _BLOCK).transpose(1, 3, 0, 2)
    return np.asarray(_cosines() @ blocks.reshape(_BLOCK**2, -1))


def _plane(coefficients: _Coefficients, step: int) -> Plane:
    count = math.isqrt(coefficients.shape[1])
    blocks = (_cosines().T @ (coefficients * _steps(step))).reshape(_BLOCK, _BLOCK, count, count)
    return np.asarray(
        blocks.transpose(2, 0, 3, 1).reshape(count * _BLOCK, count * _BLOCK), np.float32
    )


@cache
def _cosines() -> NDArray[np.float32]:
    """The two-dimensional DCT-II of a block of 8 by 8 as a matrix: float32 (64, 64), orthonormal rows."""
    places = np.arange(_BLOCK)
    line = np.cos(np.pi * places[:, None] * (2 * places + 1) / (2 * _BLOCK)) * np.sqrt(2 / _BLOCK)
    line[0] /= np.sqrt(2)
    return np.asarray(np.kron(line, line), np.float32)


@cache
def _steps(step: int) -> NDArray[np.float32]:
    """The quantiser of each of 64 coefficients, float32 (64, 1): the mean is kept to 2 levels."""
    across = np.arange(_BLOCK)
    steps = step * (1 + 0.15 * (across[:, None] + across))
    steps[0, 0] = 16.0
    return np.asarray(steps.reshape(-1, 1), np.float32)

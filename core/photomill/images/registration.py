"""Laying one image over another: how a copy was cropped.

The iterative alignment of Lucas and Kanade (1981), from coarse to fine, for a scale and a shift along each axis; the
gain and offset of brightness are estimated along with it.
"""

from collections.abc import Iterator

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.images.reduction import Plane, halved

_LEVELS = ((4, 6), (3, 8), (2, 6), (1, 5))
"""How often both images are halved, and steps taken at most; the finest level decides to a tenth of a sample."""
_FINEST = ((0, 6),)
"""Likewise, from a way that is nearly right: lines of text lie too close for their slopes to be seen in less."""
_MOST_SCALED, _MOST_SHIFTED = 0.16, 0.16
_LONGEST_STEP = 0.05
_GAINS = (0.4, 2.5)
_LEAST_AGREEING = 0.8
"""Correlation below which going on is no use."""
_MOST_CROPPED, _CROPS = 0.16, 16
"""Of a side at each end, from -1 to 1; and into how many steps that is cut."""


@frozen
class Placement:
    """Where in the other image a place of the first one lies: ``scale · place + shift``, places from -1 to 1."""

    across_scale: float = 1.0
    across_shift: float = 0.0
    down_scale: float = 1.0
    down_shift: float = 0.0


@frozen(eq=False)
class Placed:
    """The other image as the first one sees it.

    :ivar plane: float32, of the shape of what was placed.
    :ivar inside: bool, likewise: where the other image has something.
    """

    plane: Plane
    inside: NDArray[np.bool_]


def placed(plane: Plane, placement: Placement) -> Placed:
    """Resample a square plane at the places of the first image, linearly."""
    side = len(plane)
    across, in_columns = _sampling(side, placement.across_scale, placement.across_shift)
    down, in_rows = _sampling(side, placement.down_scale, placement.down_shift)
    return Placed(np.asarray(down @ plane @ across.T, np.float32), np.outer(in_rows, in_columns))


def lie_alike(one: Plane, other: Plane) -> bool:
    """Whether two images agree on the whole as they are."""
    return _agree(halved(one, 3), halved(other, 3), Placement())


def placements(one: Plane, other: Plane) -> Iterator[Placement]:
    """Find how one image may lie over the other, the likelier way first.

    The second way begins with what the images look like from the side: lines of text, which repeat, lead the first
    astray.

    :param one: float32 (256, 256).
    :param other: likewise.
    """
    found = _aligned(one, other, np.array([1.0, 0.0, 1.0, 0.0]), _LEVELS)
    if found is not None:
        yield found
    across = _seen_from_the_side(one.mean(axis=0), other.mean(axis=0))
    down = _seen_from_the_side(one.mean(axis=1), other.mean(axis=1))
    if across is not None and down is not None:
        found = _aligned(one, other, np.array([*across, *down]), _FINEST)
        if found is not None:
            yield found


def _aligned(
    one: Plane,
    other: Plane,
    values: NDArray[np.float64],
    levels: tuple[tuple[int, int], ...],
) -> Placement | None:
    for place, (level, steps) in enumerate(levels):
        a, b = halved(one, level), halved(other, level)
        for _ in range(steps):
            step = _step(a, b, values)
            if step is None:
                return None
            values = values + step
            scaled, shifted = np.abs(values[::2] - 1), np.abs(values[1::2])
            if scaled.max() > _MOST_SCALED or shifted.max() > _MOST_SHIFTED:
                return None
            if np.abs(step).max() < 0.05 / len(a):
                break
        if place in (1, len(levels) - 1) and not _agree(a, b, Placement(*values.tolist())):
            return None
    return Placement(*values.tolist())


def _seen_from_the_side(one: Plane, other: Plane) -> tuple[float, float] | None:
    """The scale and shift at which two profiles agree best, of all that a crop may have; None for none."""
    ends = np.linspace(-_MOST_CROPPED, _MOST_CROPPED, 2 * _CROPS + 1)
    start, stop = (each.ravel() for each in np.meshgrid(ends, ends))
    scales, shifts = 1 - (start + stop) / 2, (start - stop) / 2
    side = len(one)
    where = ((scales[:, None] * _places(side) + shifts[:, None]) + 1) * side / 2 - 0.5
    inside = (where >= 0) & (where <= side - 1)
    seen = np.interp(where, np.arange(side), other)
    count = inside.sum(axis=1, keepdims=True)
    a = np.where(inside, one, 0.0)
    a = np.where(inside, a - a.sum(axis=1, keepdims=True) / count, 0.0)
    b = np.where(inside, seen, 0.0)
    b = np.where(inside, b - b.sum(axis=1, keepdims=True) / count, 0.0)
    energy = np.sqrt(np.square(a).sum(axis=1) * np.square(b).sum(axis=1)) + 1.0
    agreement = (a * b).sum(axis=1) / energy
    best = int(np.argmax(agreement))
    if agreement[best] < _LEAST_AGREEING:
        return None
    return float(scales[best]), float(shifts[best])


def _step(one: Plane, other: Plane, values: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """One step of Gauss and Newton; None where the images have nothing in common."""
    side = len(one)
    seen = placed(other, Placement(*values.tolist()))
    places = _places(side).astype(np.float32)
    step = np.float32(2 / side)
    down = np.gradient(seen.plane, step, axis=0) / np.float32(values[2])
    across = np.gradient(seen.plane, step, axis=1) / np.float32(values[0])
    slopes = (across * places, across, down * places[:, None], down)
    columns = np.stack(
        [each[seen.inside] for each in (*slopes, seen.plane, np.ones_like(seen.plane))], axis=1
    )
    if len(columns) < side * side // 2:
        return None
    wanted = one[seen.inside]
    normal = (columns.T @ columns).astype(np.float64)
    # Flat images have no slopes; without this they would run away.
    normal[range(4), range(4)] += 1e-2 * side * side
    normal[range(4, 6), range(4, 6)] += 1e-6
    solved = np.linalg.solve(normal, (columns.T @ wanted).astype(np.float64))
    gain = solved[4]
    if not _GAINS[0] < gain < _GAINS[1]:
        return None
    return np.asarray(np.clip(solved[:4] / gain, -_LONGEST_STEP, _LONGEST_STEP))


def _agree(one: Plane, other: Plane, placement: Placement) -> bool:
    seen = placed(other, placement)
    a, b = one[seen.inside], seen.plane[seen.inside]
    a, b = a - a.mean(), b - b.mean()
    return bool(a @ b >= _LEAST_AGREEING * np.sqrt((a @ a) * (b @ b)) - 1.0)


def _sampling(side: int, scale: float, shift: float) -> tuple[Plane, NDArray[np.bool_]]:
    """Weights (side, side) that resample a line, and which of its samples lie inside."""
    where = (scale * _places(side) + shift + 1) * side / 2 - 0.5
    inside = (where >= -0.5 - 1e-6) & (where <= side - 0.5 + 1e-6)
    where = np.clip(where, 0, side - 1)
    left = np.minimum(where.astype(np.int64), side - 2)
    share = (where - left).astype(np.float32)
    weights = np.zeros((side, side), np.float32)
    rows = np.arange(side)
    weights[rows, left] = 1 - share
    weights[rows, left + 1] = share
    return weights, inside


def _places(side: int) -> NDArray[np.float64]:
    """Where the samples of a line lie, from -1 to 1."""
    return (2 * np.arange(side) + 1) / side - 1

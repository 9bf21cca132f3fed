"""From a split where no image alone wants to leave to one where no move and no exchange of two is worth while."""

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import Labels
from photomill_balanced.levelling import Sizes
from photomill_balanced.starts import Points, centres_of

_MOST_STEPS = 400
_MOST_ROUNDS = 100
_LEAST_GAIN = 1e-9


def exchanged(points: Points, labels: Labels, groups: int, sizes: Sizes) -> Labels:
    """Move points between groups, or exchange two, as long as the sum of squares falls; the sizes are kept.

    Hartigan and Wong (1979) for single points: what a group's mean gains or loses by the change counts, which
    assignments to fixed means do not see. n² in memory.

    :param labels: int64 (n,), a split that keeps the sizes.
    """
    labels = labels.copy()
    between = _squares(points, points)
    for _ in range(_MOST_STEPS):
        counts = np.bincount(labels, minlength=groups).astype(np.float64)
        apart = _squares(points, centres_of(points, labels, groups))
        move, point, group = _best_move(apart, labels, counts, sizes)
        swap, first, second = _best_swap(apart, between, labels, counts)
        if min(move, swap) > -_LEAST_GAIN:
            break
        if move <= swap:
            labels[point] = group
        else:
            labels[[first, second]] = labels[[second, first]]
    return labels


def refined(points: Points, labels: Labels, groups: int, sizes: Sizes) -> Labels:
    """As :func:`exchanged` for many points: each round changes many groups, and each of them once; n · k in memory.

    Of exchanges, only those are looked at of the two points that their groups give away most gladly.
    """
    labels = labels.copy()
    for _ in range(_MOST_ROUNDS):
        counts = np.bincount(labels, minlength=groups).astype(np.float64)
        apart = _squares(points, centres_of(points, labels, groups))
        changed = np.zeros(groups, bool)
        changes = _changes_by_moves(apart, labels, counts, sizes)
        targets = changes.argmin(axis=1)
        gains = changes[np.arange(len(labels)), targets]
        for point in np.argsort(gains, kind="stable")[: int((gains < -_LEAST_GAIN).sum())]:
            both = [labels[point], targets[point]]
            if not changed[both].any():
                labels[point] = targets[point]
                changed[both] = True
        _swap_gladly(points, labels, apart, counts, changed)
        if not changed.any():
            break
    return labels


def _swap_gladly(
    points: Points,
    labels: Labels,
    apart: Points,
    counts: NDArray[np.float64],
    changed: NDArray[np.bool_],
) -> None:
    """Exchange points of groups that are unchanged yet, and mark these."""
    groups = len(counts)
    given = np.zeros((groups, groups), np.int64)
    costs = np.full((groups, groups), np.inf)
    for group in np.flatnonzero(~changed & (counts > 0)):
        members = np.flatnonzero(labels == group)
        more = apart[members] - apart[members, group, None]
        which = more.argmin(axis=0)
        given[group], costs[group] = members[which], more[which, np.arange(groups)]
    one, other = np.triu_indices(groups, 1)
    first, second = given[one, other], given[other, one]
    between = ((points[first] - points[second]) ** 2).sum(axis=1)
    total = costs[one, other] + costs[other, one]
    total -= between * (1 / np.maximum(counts[one], 1) + 1 / np.maximum(counts[other], 1))
    for pair in np.argsort(total, kind="stable")[: int((total < -_LEAST_GAIN).sum())]:
        both = [one[pair], other[pair]]
        if not changed[both].any():
            labels[[first[pair], second[pair]]] = both[::-1]
            changed[both] = True


def _best_move(
    apart: Points, labels: Labels, counts: NDArray[np.float64], sizes: Sizes
) -> tuple[float, int, int]:
    """What the cheapest move of one point changes, and which it is."""
    changes = _changes_by_moves(apart, labels, counts, sizes)
    at = int(np.argmin(changes))
    point, group = divmod(at, len(counts))
    return float(changes[point, group]), point, group


def _changes_by_moves(
    apart: Points, labels: Labels, counts: NDArray[np.float64], sizes: Sizes
) -> Points:
    """What the move of each point to each group changes; infinite where the sizes forbid it."""
    rows = np.arange(len(labels))
    own = counts[labels]
    gained = counts / (counts + 1) * apart
    # A group of one has nothing to win by losing it.
    lost = np.where(own > 1, own / np.maximum(own - 1, 1), 0.0) * apart[rows, labels]
    changes: Points = gained - lost[:, None]
    changes[rows, labels] = np.inf
    changes[:, counts >= sizes.largest] = np.inf
    changes[own <= max(sizes.smallest, 1)] = np.inf
    return changes


def _best_swap(
    apart: Points, between: Points, labels: Labels, counts: NDArray[np.float64]
) -> tuple[float, int, int]:
    """What the cheapest exchange of two points changes, and which two they are.

    A group of size s with the mean m that gives x for y changes by |y − m|² − |x − m|² − |y − x|² / s.
    """
    rows = np.arange(len(labels))
    to_other = apart[:, labels]
    own = apart[rows, labels]
    changes = to_other + to_other.T - own[:, None] - own[None, :]
    sizes = counts[labels]
    changes -= between * (1 / sizes[:, None] + 1 / sizes[None, :])
    changes[labels[:, None] == labels[None, :]] = np.inf
    at = int(np.argmin(changes))
    first, second = divmod(at, len(labels))
    return float(changes[first, second]), first, second


def _squares(points: Points, others: Points) -> Points:
    found: Points = np.maximum(
        (points**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2 * points @ others.T, 0
    )
    return found

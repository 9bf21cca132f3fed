"""From the cheapest assignment of points to groups to the cheapest whose sizes are bounded."""

from itertools import pairwise

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.plugin import Labels

_LEAST = 1e-12
"""What a path must save to be taken for a shorter one; rounding is less."""


@frozen
class Sizes:
    smallest: int
    largest: int


def levelled(costs: NDArray[np.float64], nearest: Labels, sizes: Sizes) -> Labels:
    """Bring groups to their sizes at the least cost, one point less at a wrong place at a time.

    Successive shortest paths (Busacker and Gowen, 1960; Ahuja, Magnanti and Orlin, "Network Flows", 1993, section 9.7) over
    the groups: from one to another, the edge is the point whose move costs least. Of each group's own points all lie
    where they are cheapest, so that no cycle saves anything; that stays so when points move along a shortest path. The
    result is then the cheapest of all, as that of the transportation problem.

    :param costs: float64 (n, k).
    :param nearest: int64 (n,): the cheapest group of each point.
    :param sizes: that admit n points.
    """
    moves = _Moves(costs, nearest.copy())
    counts = np.bincount(nearest, minlength=costs.shape[1])
    while (over := counts > sizes.largest).any():
        moves.along(_shortest(moves.cheapest, over, counts < sizes.largest), counts)
    while (under := counts < sizes.smallest).any():
        moves.along(_shortest(moves.cheapest, counts > sizes.smallest, under), counts)
    return moves.labels


class _Moves:
    """Points, where they are, and the cheapest move from each group to each other."""

    def __init__(self, costs: NDArray[np.float64], labels: Labels) -> None:
        self._costs = costs
        self.labels = labels
        groups = costs.shape[1]
        self.cheapest = np.full((groups, groups), np.inf)
        self._points = np.zeros((groups, groups), np.int64)
        ends = np.cumsum(np.bincount(labels, minlength=groups))[:-1]
        for group, members in enumerate(np.split(np.argsort(labels, kind="stable"), ends)):
            self._look_at(group, members)

    def along(self, path: list[int], counts: NDArray[np.int64]) -> None:
        """Move one point from each group of a path to the next."""
        moved = [int(self._points[here, there]) for here, there in pairwise(path)]
        for point, there in zip(moved, path[1:], strict=True):
            self.labels[point] = there
        counts[path[0]] -= 1
        counts[path[-1]] += 1
        for group in path:
            self._look_at(group, np.flatnonzero(self.labels == group))

    def _look_at(self, group: int, members: NDArray[np.int64]) -> None:
        self.cheapest[group] = np.inf
        if len(members):
            own = self._costs[members]
            changes = own - own[:, group, None]
            which = changes.argmin(axis=0)
            self.cheapest[group] = changes[which, np.arange(changes.shape[1])]
            self._points[group] = members[which]
        self.cheapest[group, group] = np.inf


def _shortest(
    edges: NDArray[np.float64], sources: NDArray[np.bool_], sinks: NDArray[np.bool_]
) -> list[int]:
    """The cheapest path from any source to any sink (Bellman, 1958): the groups on it."""
    lengths = np.where(sources, 0.0, np.inf)
    before = np.full(len(lengths), -1)
    front = np.flatnonzero(sources)
    for _ in range(len(lengths)):
        reached = lengths[front, None] + edges[front]
        which = reached.argmin(axis=0)
        shorter = reached[which, np.arange(len(lengths))]
        better = shorter < lengths - _LEAST
        if not better.any():
            break
        lengths[better] = shorter[better]
        before[better] = front[which[better]]
        front = np.flatnonzero(better)
    path = [int(np.where(sinks, lengths, np.inf).argmin())]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return path[::-1]

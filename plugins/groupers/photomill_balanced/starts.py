"""Where k-means begins: centres."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

_FEW = 300
_MANY = 2000


def starts(points: Points, groups: int, generator: np.random.Generator) -> Iterator[Points]:
    """Yield centres to begin with: the fewer the points, the more often, and Ward's tree where it is affordable."""
    count = len(points)
    if count <= _MANY:
        yield ward_centres(points, groups)
    for _ in range(12 if count <= _FEW else 3):
        yield spread_centres(points, groups, generator)


def spread_centres(points: Points, groups: int, generator: np.random.Generator) -> Points:
    """Choose points that lie far apart: greedy k-means++ (Arthur and Vassilvitskii, 2007)."""
    tries = 2 + int(np.log(groups))
    squares = (points**2).sum(axis=1)
    chosen = [int(generator.integers(len(points)))]
    nearest = _distances(points, squares, chosen)[:, 0]
    while len(chosen) < groups:
        total = nearest.sum()
        weights = nearest / total if total > 0 else None
        candidates = generator.choice(len(points), size=tries, p=weights)
        reached = np.minimum(nearest[:, None], _distances(points, squares, list(candidates)))
        best = int(np.argmin(reached.sum(axis=0)))
        chosen.append(int(candidates[best]))
        nearest = reached[:, best]
    return points[chosen]


def ward_centres(points: Points, groups: int) -> Points:
    """Join the two clusters whose union is least spread, until ``groups`` are left; their means.

    Ward (1963), by nearest-neighbour chains (Murtagh, 1983) over a matrix of distances: n² in time and memory.
    """
    merges = _chain(points)
    # The chain finds the tree's joints out of order.
    merges.sort(key=lambda merge: merge[0])
    parents = list(range(len(points)))
    for _, first, second in merges[: len(points) - groups]:
        parents[_root(parents, second)] = _root(parents, first)
    roots = [_root(parents, point) for point in range(len(points))]
    _, labels = np.unique(roots, return_inverse=True)
    return centres_of(points, labels, groups)


def centres_of(points: Points, labels: NDArray[np.int64], groups: int) -> Points:
    """The mean of each group's points; (k, d). An empty group gets the mean of all."""
    counts = np.bincount(labels, minlength=groups)
    members = (labels == np.arange(groups)[:, None]).astype(np.float64)
    centres: Points = members @ points / np.maximum(counts, 1)[:, None]
    centres[counts == 0] = points.mean(axis=0)
    return centres


def _chain(points: Points) -> list[tuple[float, int, int]]:
    """Every joint of Ward's tree: how costly it is, and a point of either side."""
    count = len(points)
    squares = (points**2).sum(axis=1)
    apart = _distances(points, squares, list(range(count)))
    np.fill_diagonal(apart, np.inf)
    sizes = np.ones(count)
    alive = np.ones(count, bool)
    merges: list[tuple[float, int, int]] = []
    chain: list[int] = []
    while len(merges) < count - 1:
        if not chain:
            chain.append(int(np.argmax(alive)))
        last = chain[-1]
        nearest = int(np.argmin(apart[last]))
        if len(chain) > 1 and apart[last, nearest] >= apart[last, chain[-2]]:
            nearest = chain[-2]
            del chain[-2:]
            merges.append((float(apart[last, nearest]), last, nearest))
            _join(apart, sizes, alive, last, nearest)
        else:
            chain.append(nearest)
    return merges


def _join(
    apart: Points, sizes: NDArray[np.float64], alive: NDArray[np.bool_], kept: int, gone: int
) -> None:
    """Put one cluster into another: the distances of Lance and Williams (1967) for Ward."""
    first, second = sizes[kept], sizes[gone]
    total = first + second + sizes
    joined = (
        (first + sizes) * apart[kept] + (second + sizes) * apart[gone] - sizes * apart[kept, gone]
    ) / total
    joined[~alive] = np.inf
    joined[kept] = joined[gone] = np.inf
    apart[kept] = apart[:, kept] = joined
    apart[gone] = apart[:, gone] = np.inf
    sizes[kept] += second
    alive[gone] = False


def _root(parents: list[int], member: int) -> int:
    while parents[member] != member:
        parents[member] = parents[parents[member]]
        member = parents[member]
    return member


def _distances(points: Points, squares: NDArray[np.float64], chosen: list[int]) -> Points:
    """Squared distances (n, c) of all points to some of them."""
    products = points @ points[chosen].T
    found: Points = np.maximum(squares[:, None] + squares[chosen] - 2 * products, 0)
    return found

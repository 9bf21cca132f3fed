"""Where k-means begins: centres."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

Tree = list[tuple[float, int, int]]
"""How costly each joint is, and a point of either side."""

_FEW = 300
_ROOMY = 3
_SOME, _MANY = 2000, 6000
"""Points up to which a tree is affordable: a matrix of their distances."""


def starts(
    points: Points,
    groups: int,
    largest: int,
    generator: np.random.Generator,
    *,
    thoroughly: bool,
) -> Iterator[Points]:
    """Yield centres to begin with: the fewer the points, the more often, and Ward's tree where it is affordable.

    :param largest: points of a group, at most; a cluster of more gets several centres.
    :param thoroughly: begin also in ways that take long.
    """
    count = len(points)
    if count <= (_MANY if thoroughly else _SOME):
        tree = ward_tree(points)
        yield centres_of(points, cut_tree(tree, count, groups), groups)
        yield from roomy_centres(points, tree, groups, largest)
    for _ in range(12 if count <= _FEW else 3 if thoroughly or count <= _SOME else 1):
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


def ward_tree(points: Points) -> Tree:
    """Join the two clusters whose union is least spread, again and again; the joints, the cheapest first.

    Ward (1963), by nearest-neighbour chains (Murtagh, 1983) over a matrix of distances: n² in time and memory.
    """
    # The chain finds the tree's joints out of order.
    return sorted(_chain(points), key=lambda joint: joint[0])


def cut_tree(tree: Tree, count: int, groups: int) -> NDArray[np.int64]:
    """The cluster of each of the points, where ``groups`` are left."""
    parents = list(range(count))
    for _, first, second in tree[: count - groups]:
        parents[_root(parents, second)] = _root(parents, first)
    roots = [_root(parents, point) for point in range(count)]
    _, labels = np.unique(roots, return_inverse=True)
    return np.asarray(labels, np.int64)


def roomy_centres(points: Points, tree: Tree, groups: int, largest: int) -> Iterator[Points]:
    """Yield centres by which clusters that are too large for one group are split, and no smaller ones for their sake.

    The tree is cut into fewer clusters than groups, so that a large one may have as many centres as it needs groups.
    """
    yielded = 0
    for clusters in range(groups - 1, 0, -1):
        labels = cut_tree(tree, len(points), clusters)
        sizes = np.bincount(labels, minlength=clusters)
        needed = -(-sizes // largest)
        if needed.sum() > groups:
            continue
        yield _split_centres(points, labels, sizes, needed, groups)
        yielded += 1
        if yielded == _ROOMY:
            return


def _split_centres(
    points: Points,
    labels: NDArray[np.int64],
    sizes: NDArray[np.int64],
    needed: NDArray[np.int64],
    groups: int,
) -> Points:
    """Give each cluster the centres that it needs, and what is left to those that are spread most."""
    given = needed.copy()
    spreads = np.array(
        [_spread(points[labels == cluster]) for cluster in range(len(sizes))], np.float64
    )
    for _ in range(groups - int(given.sum())):
        wins = np.where(given < sizes, spreads / (given * (given + 1)), -1.0)
        given[int(np.argmax(wins))] += 1
    centres = []
    for cluster, parts in enumerate(given):
        members = points[labels == cluster]
        inner = cut_tree(ward_tree(members), len(members), int(parts))
        centres.append(centres_of(members, inner, int(parts)))
    return np.vstack(centres)


def _spread(points: Points) -> float:
    return float(((points - points.mean(axis=0)) ** 2).sum())


def centres_of(points: Points, labels: NDArray[np.int64], groups: int) -> Points:
    """The mean of each group's points; (k, d). An empty group gets the mean of all."""
    counts = np.bincount(labels, minlength=groups)
    some = counts > 0
    firsts = (np.cumsum(counts) - counts)[some]
    centres = np.tile(points.mean(axis=0), (groups, 1))
    sums = np.add.reduceat(points[np.argsort(labels, kind="stable")], firsts, axis=0)
    centres[some] = sums / counts[some, None]
    return centres


def _chain(points: Points) -> Tree:
    """Every joint of Ward's tree: how costly it is, and a point of either side."""
    count = len(points)
    squares = (points**2).sum(axis=1)
    apart = _distances(points, squares, list(range(count)))
    np.fill_diagonal(apart, np.inf)
    sizes = np.ones(count)
    alive = np.ones(count, bool)
    merges: Tree = []
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
    found: Points = points @ points[chosen].T
    # In place: of many points, each further matrix counts.
    found *= -2
    found += squares[:, None]
    found += squares[chosen]
    return np.maximum(found, 0, out=found)

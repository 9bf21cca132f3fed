"""The grouper."""

import numpy as np
from attrs import field, frozen, validators

from photomill.plugin import Features, Grouper, GroupingInput, Labels, timed_features
from photomill_balanced.assignment import assign
from photomill_balanced.exchange import exchanged, refined
from photomill_balanced.levelling import Sizes
from photomill_balanced.starts import Points, centres_of, starts

_SEED = 20
_ROUNDS, _QUICK_ROUNDS = 30, 10
_FEW, _SOME = 300, 1000
"""Points up to which single centres are put elsewhere to see whether it is better, and up to which the best exchange of any two is made each time."""
_SWAPS, _SWAPPED = 100, 8000
_PROMISING = 1.05
_NOTHING = 1e-9
_REDUCED = 64
_REDUCE_ABOVE = 200
"""Points above which the search for groups runs in the directions that matter; the last rounds see all of them."""


@frozen
class BalancedOptions:
    """
    :ivar rounds: of assignment and new centres, for each start.
    :ivar time_weight: how much gaps in time count beside similarity, 0 to 1; 0 looks at no clock.
    :ivar scale: seconds of a gap that counts half of the largest.
    """

    rounds: int = field(default=_ROUNDS, validator=validators.ge(1))
    time_weight: float = field(default=0.0, validator=[validators.ge(0), validators.le(1)])
    scale: float = field(default=3600.0, validator=validators.gt(0))


class Balanced(Grouper):
    """Size-constrained k-means: an exact assignment within lo..hi, then new centres, until nothing changes.

    Begins several times, and keeps the split whose images lie nearest to the middle of their groups.
    """

    name = "balanced"
    Options = BalancedOptions
    requires = ("ot",)
    extra = "pot"

    def _group(self, images: GroupingInput, groups: int, smallest: int, largest: int) -> Labels:
        return self._split(images, groups, smallest, largest, thoroughly=True)

    def _group_quickly(
        self, images: GroupingInput, groups: int, smallest: int, largest: int
    ) -> Labels:
        return self._split(images, groups, smallest, largest, thoroughly=False)

    def _split(
        self,
        images: GroupingInput,
        groups: int,
        smallest: int,
        largest: int,
        *,
        thoroughly: bool,
    ) -> Labels:
        points = self.features(images)
        if groups == 1:
            return np.zeros(len(points), np.int64)
        sizes = Sizes(smallest, min(largest, len(points)))
        reduced = _reduced(points)
        generator = np.random.default_rng(_SEED)
        rounds = self.options.rounds
        if not thoroughly and len(points) > _SOME:
            rounds = min(rounds, _QUICK_ROUNDS)
        splits = (
            self._converged(reduced, centres, sizes, rounds)
            for centres in starts(reduced, groups, sizes.largest, generator, thoroughly=thoroughly)
        )
        best = min(splits, key=lambda labels: _spread(reduced, labels, groups))
        if not thoroughly:
            return best
        if len(points) <= _FEW:
            best = self._searched(reduced, best, sizes, groups, generator)
        labels = self._converged(points, centres_of(points, best, groups), sizes)
        improve = exchanged if len(points) <= _SOME else refined
        return improve(points, labels, groups, sizes)

    def _searched(
        self,
        points: Points,
        labels: Labels,
        sizes: Sizes,
        groups: int,
        generator: np.random.Generator,
    ) -> Labels:
        """Put one centre elsewhere, again and again, and keep what is better: random swap (Fränti, 2018)."""
        labels = exchanged(points, labels, groups, sizes)
        best = _spread(points, labels, groups)
        for _ in range(min(_SWAPS, _SWAPPED // len(points))):
            centres = centres_of(points, labels, groups)
            nearest = ((points - centres[labels]) ** 2).sum(axis=1)
            if nearest.sum() <= _NOTHING:
                break
            chosen = generator.choice(len(points), p=nearest / nearest.sum())
            centres[int(generator.integers(groups))] = points[chosen]
            tried = self._converged(points, centres, sizes)
            if _spread(points, tried, groups) > _PROMISING * best:
                continue
            tried = exchanged(points, tried, groups, sizes)
            spread = _spread(points, tried, groups)
            if spread < best - _NOTHING:
                labels, best = tried, spread
        return labels

    @property
    def uses_times(self) -> bool:
        return bool(self.options.time_weight)

    def features(self, images: GroupingInput) -> Features:
        if not self.options.time_weight:
            return images.vectors.astype(np.float64)
        features, order = timed_features(images, self.options.time_weight, self.options.scale)
        points: Features = np.empty_like(features)
        points[order] = features
        return points

    def _converged(
        self, points: Points, centres: Points, sizes: Sizes, rounds: int | None = None
    ) -> Labels:
        groups = len(centres)
        squares = (points**2).sum(axis=1)
        labels = np.full(len(points), -1, np.int64)
        for _ in range(rounds or self.options.rounds):
            costs = squares[:, None] + (centres**2).sum(axis=1) - 2 * points @ centres.T
            assigned = assign(np.maximum(costs, 0), sizes)
            if np.array_equal(assigned, labels):
                break
            labels = assigned
            centres = centres_of(points, labels, groups)
        return labels


def _reduced(points: Points) -> Points:
    """The points in the directions in which they differ most: principal components."""
    count, dimension = points.shape
    if count <= _REDUCE_ABOVE or dimension <= _REDUCED:
        return points
    centred = points - points.mean(axis=0)
    if count < dimension:
        values, vectors = np.linalg.eigh(centred @ centred.T)
        found: Points = vectors[:, -_REDUCED:] * np.sqrt(np.maximum(values[-_REDUCED:], 0))
        return found
    _, axes = np.linalg.eigh(centred.T @ centred)
    projected: Points = centred @ axes[:, -_REDUCED:]
    return projected


def _spread(points: Points, labels: Labels, groups: int) -> float:
    """The sum of squared distances to the middle of one's group."""
    return float(((points - centres_of(points, labels, groups)[labels]) ** 2).sum())

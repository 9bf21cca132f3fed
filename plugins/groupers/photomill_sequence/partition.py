"""Cutting a sequence into parts, exactly."""

import numpy as np
from numpy.typing import NDArray


def best_cuts(
    features: NDArray[np.float64], groups: int, smallest: int, largest: int
) -> NDArray[np.int64]:
    """Cut n points in order into ``groups`` parts of bounded length with the least sum of squares within parts.

    Dynamic programming over the last cut (Bellman, 1961; Fisher, 1958): n · k steps over at most hi − lo + 1 lengths each.

    :param features: float64 (n, d).
    :returns: int64 (groups + 1,): where parts begin, and n at the end.
    """
    count = len(features)
    sums = np.vstack([np.zeros(features.shape[1]), np.cumsum(features, axis=0)])
    squares = np.concatenate([[0.0], np.cumsum((features**2).sum(axis=1))])
    lengths = np.arange(smallest, min(largest, count) + 1)
    costs = _costs(sums, squares, lengths)
    best = np.full(count + 1, np.inf)
    best[0] = 0.0
    choices = np.zeros((groups, count + 1), np.int64)
    ends = np.arange(count + 1)[:, None]
    begins = ends - lengths
    for group in range(groups):
        before = np.where(begins >= 0, best[np.maximum(begins, 0)], np.inf)
        totals = before + costs
        chosen = np.argmin(totals, axis=1)
        choices[group] = lengths[chosen]
        best = totals[ends[:, 0], chosen]
    cuts = np.empty(groups + 1, np.int64)
    cuts[groups] = count
    for group in range(groups - 1, -1, -1):
        cuts[group] = cuts[group + 1] - choices[group, cuts[group + 1]]
    return cuts


def _costs(
    sums: NDArray[np.float64], squares: NDArray[np.float64], lengths: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The sum of squares within the part of each length that ends at each point; (n + 1, lengths)."""
    costs = np.empty((len(sums), len(lengths)))
    for column, length in enumerate(lengths):
        begins = np.maximum(np.arange(len(sums)) - length, 0)
        within = squares - squares[begins]
        spread = ((sums - sums[begins]) ** 2).sum(axis=1) / max(length, 1)
        costs[:, column] = np.maximum(within - spread, 0)
    return costs

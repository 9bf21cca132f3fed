"""The cheapest assignment of points to groups whose sizes are bounded."""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import Labels, PluginError
from photomill_balanced.levelling import Sizes, levelled

_MOST_GROUPS, _FEW_MISPLACED = 600, 0.3
"""Up to how many groups, and what share of points in groups that are too large or too small, moving these is faster."""
_MOST_PIVOTS = 100_000_000
"""Of the simplex method, which ends long before: a bound, so that no call runs for ever."""


def assign(costs: NDArray[np.float64], sizes: Sizes) -> Labels:
    """Assign n points to k groups at the least total cost: an exact transportation problem.

    Where the nearest groups have about the sizes asked for, :func:`photomill_balanced.levelling.levelled` brings them to
    it. Else the whole problem is solved:
    Bradley, Bennett and Demiriz, "Constrained k-means clustering", Microsoft Research 2000, solved by the network
    simplex method of Bonneel et al., "Displacement interpolation using Lagrangian mass transport", 2011. Every point
    sends one unit. A group takes ``smallest`` units that only points may send, and up to ``largest`` − ``smallest`` more;
    what is left of these, one further sender fills without cost. The matrix of such a problem is totally unimodular, so
    the optimum is whole.

    :param costs: float64 (n, k), ≥ 0.
    :returns: int64 (n,).
    :raises PluginError: the sizes do not admit n points.
    """
    points, groups = costs.shape
    nearest = np.argmin(costs, axis=1)
    counts = np.bincount(nearest, minlength=groups)
    if sizes.smallest <= counts.min() and counts.max() <= sizes.largest:
        return _labels(nearest)
    if not groups * sizes.smallest <= points <= groups * sizes.largest:
        raise PluginError(f"{points} points do not fit into {groups} groups of {sizes}")
    over, under = np.maximum(counts - sizes.largest, 0), np.maximum(sizes.smallest - counts, 0)
    if groups <= _MOST_GROUPS and over.sum() + under.sum() <= points * _FEW_MISPLACED:
        return levelled(costs, _labels(nearest), sizes)
    sent = np.ones(points + 1)
    sent[-1] = groups * sizes.largest - points
    taken = np.repeat([float(sizes.smallest), float(sizes.largest - sizes.smallest)], groups)
    whole = np.zeros((points + 1, 2 * groups))
    whole[:-1, :groups] = whole[:-1, groups:] = costs
    # More than any assignment costs.
    whole[-1, :groups] = 1.0 + points * costs.max()
    used = [sent > 0, taken > 0]
    flow, log = _optimal_transport().emd(
        sent[used[0]], taken[used[1]], whole[np.ix_(*used)], numItermax=_MOST_PIVOTS, log=True
    )
    if log["warning"] is not None:
        raise PluginError(f"no assignment of {points} points to {groups} groups: {log['warning']}")
    columns = np.tile(np.arange(groups), 2)[used[1]]
    return _labels(columns[np.argmax(flow[:points], axis=1)])


def _labels(groups: NDArray[np.integer[Any]]) -> Labels:
    labels: Labels = groups.astype(np.int64)
    return labels


def _optimal_transport() -> Any:
    # It would import each of these that is installed; none is used here.
    for library in ("PYTORCH", "JAX", "CUPY", "TENSORFLOW"):
        os.environ.setdefault(f"POT_BACKEND_DISABLE_{library}", "1")
    import ot

    return ot

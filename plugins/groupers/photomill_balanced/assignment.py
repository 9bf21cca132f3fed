"""The cheapest assignment of points to groups whose sizes are bounded."""

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.components import Labels
from photomill.errors import PluginError

_STEPS = 1_000_000
"""Costs are whole numbers of this many steps: finer than the noise of float32 distances."""
_MAX_ARCS = 500_000
_NEAREST = 20
"""Above so many arcs, each point may go to this many of its nearest groups only."""


@frozen
class Sizes:
    smallest: int
    largest: int


def assign(costs: NDArray[np.float64], sizes: Sizes) -> Labels:
    """Assign n points to k groups at the least total cost: an exact minimum-cost flow.

    Bradley, Bennett and Demiriz, "Constrained k-means clustering", Microsoft Research 2000: every point sends one
    unit to a group, a group takes ``smallest`` itself and passes up to ``largest`` − ``smallest`` on. The matrix of such
    a network is totally unimodular, so the optimum is whole.

    :param costs: float64 (n, k), ≥ 0.
    :returns: int64 (n,).
    """
    nearest = np.argmin(costs, axis=1)
    counts = np.bincount(nearest, minlength=costs.shape[1])
    if sizes.smallest <= counts.min() and counts.max() <= sizes.largest:
        labels: Labels = nearest.astype(np.int64)
        return labels
    points, groups = costs.shape
    found = None
    if points * groups > _MAX_ARCS and groups > _NEAREST:
        few = np.sort(np.argpartition(costs, _NEAREST, axis=1)[:, :_NEAREST], axis=1)
        found = _flow(costs, few, sizes)
    if found is None:
        found = _flow(costs, np.broadcast_to(np.arange(groups), costs.shape), sizes)
    if found is None:
        raise PluginError(f"no flow through {points} points and {groups} groups of {sizes}")
    return found


def _flow(costs: NDArray[np.float64], candidates: NDArray[np.int64], sizes: Sizes) -> Labels | None:
    """Solve it over some arcs; None where they do not suffice.

    :param candidates: int64 (n, c), the groups that each point may go to.
    """
    solver, solved = _solver()
    points, groups = costs.shape
    sink = points + groups
    tails = np.repeat(np.arange(points), candidates.shape[1])
    heads = candidates.ravel()
    whole = np.rint(costs[tails, heads] * (_STEPS / max(costs.max(), 1e-30))).astype(np.int64)
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        tails, points + heads, np.ones(len(tails), np.int64), whole
    )
    rest = np.full(groups, sizes.largest - sizes.smallest, np.int64)
    ends = np.arange(points, sink)
    solver.add_arcs_with_capacity_and_unit_cost(
        ends, np.full(groups, sink), rest, np.zeros(groups, np.int64)
    )
    supplies = np.concatenate(
        [
            np.ones(points, np.int64),
            np.full(groups, -sizes.smallest, np.int64),
            [groups * sizes.smallest - points],
        ]
    )
    solver.set_nodes_supplies(np.arange(sink + 1), supplies)
    if solver.solve() != solved:
        return None
    taken = np.asarray(solver.flows(arcs)) > 0
    labels = np.empty(points, np.int64)
    labels[tails[taken]] = heads[taken]
    return labels


def _solver() -> tuple[Any, Any]:
    from ortools.graph.python import min_cost_flow

    solver = min_cost_flow.SimpleMinCostFlow()
    return solver, solver.OPTIMAL

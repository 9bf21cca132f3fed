"""Maximal marginal relevance: near to the query, and unlike what was chosen before (Carbonell & Goldstein 1998)."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from photomill.collections.ranking import Ranked
from photomill.components.embedder import Vectors
from photomill.components.index import Rows

WINDOW = 200
"""How many rows that follow one another by distance compete for the next place. Fixed, so that pages fit together."""


def diversify(
    first: Callable[[int], Ranked],
    gather: Callable[[Rows], Vectors],
    count: int,
    diversity: float,
    scale: float,
) -> Ranked:
    """The first rows of the diversified order, up to ``count``; each keeps its own distance.

    The order is made window by window: each window of the ranking is reordered among itself, given everything that was
    chosen before. So it does not depend on how much of it is asked for.

    :param first: the ranking's first rows.
    :param gather: rows → float32 (n, dimension).
    :param diversity: 0 keeps the order, 1 looks only at unlikeness to what was chosen.
    """
    near = first(-(-count // WINDOW) * WINDOW)
    vectors = gather(near.rows)
    order: list[int] = []
    for start in range(0, min(count, len(near.rows)), WINDOW):
        window = slice(start, start + WINDOW)
        wanted = min(count - start, len(near.rows[window]))
        order += [
            start + place
            for place in _chosen(
                near.distances[window], vectors[window], vectors[order], wanted, diversity, scale
            )
        ]
    return Ranked(near.rows[order], near.distances[order])


def _chosen(
    distances: NDArray[np.float64],
    vectors: Vectors,
    earlier: Vectors,
    wanted: int,
    diversity: float,
    scale: float,
) -> list[int]:
    """Places in the window, in the order of their choice."""
    nearest_chosen = np.full(len(distances), np.inf)
    for vector in earlier:
        _approach(nearest_chosen, vectors, vector, scale)
    left = np.ones(len(distances), np.bool_)
    order: list[int] = []
    while len(order) < wanted:
        novelty = np.minimum(nearest_chosen, 2.0 * scale)
        score = np.where(left, (1.0 - diversity) * distances - diversity * novelty, np.inf)
        chosen = int(np.argmin(score))
        order.append(chosen)
        left[chosen] = False
        _approach(nearest_chosen, vectors, vectors[chosen], scale)
    return order


def _approach(
    nearest_chosen: NDArray[np.float64], vectors: Vectors, chosen: Vectors, scale: float
) -> None:
    distance = scale * np.linalg.norm(vectors - chosen, axis=1)
    np.minimum(nearest_chosen, distance, out=nearest_chosen)

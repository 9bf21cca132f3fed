"""Maximal marginal relevance: near to the query, and unlike what was chosen before (Carbonell & Goldstein 1998)."""

import numpy as np

from photomill.collections.ranking import Ranked
from photomill.components.embedder import Vectors


def diversified(near: Ranked, vectors: Vectors, diversity: float, scale: float) -> Ranked:
    """Reorder rows; each keeps its own distance.

    :param vectors: float32 (n, dimension), of the rows.
    :param diversity: 0 keeps the order, 1 looks only at unlikeness to what was chosen.
    """
    count = len(near.rows)
    nearest_chosen = np.full(count, np.inf)
    left = np.ones(count, np.bool_)
    order: list[int] = []
    while len(order) < count:
        novelty = np.minimum(nearest_chosen, 2.0 * scale)
        score = np.where(left, (1.0 - diversity) * near.distances - diversity * novelty, np.inf)
        chosen = int(np.argmin(score))
        order.append(chosen)
        left[chosen] = False
        distance = scale * np.linalg.norm(vectors - vectors[chosen], axis=1)
        nearest_chosen = np.minimum(nearest_chosen, distance)
    return Ranked(near.rows[order], near.distances[order])

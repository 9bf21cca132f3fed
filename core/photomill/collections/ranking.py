"""Putting a collection's rows in order of their distance to a target."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.collections.contents import View
from photomill.collections.planner import HEAD, Plan, Way, choose
from photomill.collections.target import Target
from photomill.components.index import Rows, VectorIndex

_SLACK = 1e-5
"""Squared distances by inner products are closer than this to the truth."""

Mask = NDArray[np.bool_]


@frozen(eq=False)
class IndexView:
    """An index, and how many of the first rows it holds."""

    index: VectorIndex | None = None
    indexed: int = 0


@frozen(eq=False)
class Ranked:
    """Rows by ascending (distance, id).

    :ivar distances: float64, as users see them.
    """

    rows: Rows
    distances: NDArray[np.float64]

    def first(self, count: int | None) -> "Ranked":
        return Ranked(self.rows[:count], self.distances[:count])


class Ranking:
    """One search's order of rows.

    The order is a permutation of the surviving rows that depends on the data and the target alone, never on how much
    of it is asked for: the index's head, then everything else exactly. So pages fit together without gap or overlap.
    """

    def __init__(
        self,
        view: View,
        index: IndexView,
        target: Target,
        *,
        mask: Mask | None = None,
        exact: bool = False,
        effort: int | None = None,
    ) -> None:
        """
        :param mask: bool (view.size,): rows that the filter lets through; None for all.
        """
        self._view = view
        self._index = index
        self._target = target
        self._effort = effort
        if mask is None:
            self._alive, self.survivors = view.alive, view.live
        else:
            self._alive = view.alive & mask
            self.survivors = int(np.count_nonzero(self._alive))
        self.plan = choose(
            size=view.size,
            survivors=self.survivors,
            dimension=view.vectors.dimension,
            index=index.index,
            indexed=min(index.indexed, view.size),
            exact=exact,
        )
        self.scanned = 0

    @property
    def surviving(self) -> Mask:
        """Rows that may be in the answer: bool (view.size,)."""
        return self._alive

    def first(self, count: int) -> Ranked:
        """The nearest rows, up to ``count``."""
        if self.plan.way.exact or count == 0:
            return self._exact(count)
        head = self._head(self.plan)
        if head is None:
            self.plan = Plan(Way.GATHER)
            return self._exact(count)
        if count <= len(head.rows) or len(head.rows) == self.survivors:
            return head.first(count)
        rest = self._exact(count)
        tail = ~np.isin(rest.rows, head.rows)
        return Ranked(
            np.concatenate([head.rows, rest.rows[tail]]),
            np.concatenate([head.distances, rest.distances[tail]]),
        ).first(count)

    def within(self, radius: float) -> Ranked:
        """Every row at most this far away, inclusive, in users' distance. Exact."""
        self.plan = Plan(Way.EMPTY if self.survivors == 0 else Way.SCAN)
        if self.survivors == 0:
            return self._exact(0)
        # No two unit vectors are further apart than 2.
        limit = min((radius + 1e-6) / self._target.scale, 2.0) ** 2 + _SLACK
        rows, rough = self._measure_roughly()
        found = self._measure(rows[rough <= limit])
        return found.first(int(np.searchsorted(found.distances, radius, side="right")))

    # ------------------------------------------------------------ the two ways

    def _exact(self, count: int) -> Ranked:
        if count == 0 or self.survivors == 0:
            return Ranked(np.empty(0, np.int64), np.empty(0, np.float64))
        rows, rough = self._measure_roughly()
        if count < len(rows):
            # Rows of equal distance are ordered by id, so all that tie with the last must be looked at.
            limit = np.partition(rough, count - 1)[count - 1] + _SLACK
            rows = rows[rough <= limit]
        return self._measure(rows).first(count)

    def _head(self, plan: Plan) -> Ranked | None:
        """The index's nearest, measured; None where over-fetching did not find enough."""
        index = self._index.index
        assert index is not None  # a plan with an index was chosen
        indexed = min(self._index.indexed, self._view.size)
        allowed = None
        if plan.way is Way.INDEX_FILTER:
            allowed = np.zeros(self._index.indexed, np.bool_)
            allowed[:indexed] = self._alive[:indexed]
        found = index.search(
            self._target.vectors, plan.candidates, allowed=allowed, effort=self._effort
        )
        rows = np.sort(found[0]) if len(found) == 1 else np.unique(found)
        rows = rows[np.searchsorted(rows, 0) : np.searchsorted(rows, indexed)]
        rows = rows[self._alive[rows]]
        if plan.way is Way.INDEX_OVERFETCH and len(rows) < min(HEAD, self.survivors):
            return None
        return self._nearest(np.concatenate([rows, self._nearest_unindexed(indexed)]), HEAD)

    def _nearest_unindexed(self, indexed: int) -> Rows:
        """The nearest among rows that came after the index was built."""
        rows = indexed + np.flatnonzero(self._alive[indexed:])
        if len(rows) <= HEAD:
            return rows
        rough = np.empty(self._view.size - indexed, np.float32)
        for start, vectors in self._view.vectors.spans(indexed):
            rough[start - indexed : start - indexed + len(vectors)] = self._target.rough(vectors)
        self.scanned += len(rough)
        rough = rough[rows - indexed]
        near: Rows = rows[rough <= np.partition(rough, HEAD - 1)[HEAD - 1] + _SLACK]
        return near

    def _nearest(self, rows: Rows, count: int) -> Ranked:
        vectors = self._view.vectors.gather(rows)
        self.scanned += len(rows)
        if count < len(rows):
            rough = self._target.rough(vectors)
            near = rough <= np.partition(rough, count - 1)[count - 1] + _SLACK
            rows, vectors = rows[near], vectors[near]
        return self._ordered(rows, self._target.distances(vectors)).first(count)

    # ------------------------------------------------------------ measuring

    def _measure_roughly(self) -> tuple[Rows, NDArray[np.float32]]:
        if self.plan.way is Way.GATHER:
            rows = np.flatnonzero(self._alive)
            self.scanned += len(rows)
            rough = np.empty(len(rows), np.float32)
            for start in range(0, len(rows), 65_536):
                some = rows[start : start + 65_536]
                rough[start : start + len(some)] = self._target.rough(
                    self._view.vectors.gather(some)
                )
            return rows, rough
        rough = np.empty(self._view.size, np.float32)
        for start, vectors in self._view.vectors.spans():
            rough[start : start + len(vectors)] = self._target.rough(vectors)
        self.scanned += self._view.size
        if self.survivors == self._view.size:
            return np.arange(self._view.size), rough
        rows = np.flatnonzero(self._alive)
        return rows, rough[rows]

    def _measure(self, rows: Rows) -> Ranked:
        distances = np.empty(len(rows), np.float64)
        for start in range(0, len(rows), 65_536):
            some = rows[start : start + 65_536]
            distances[start : start + len(some)] = self._target.distances(
                self._view.vectors.gather(some)
            )
        return self._ordered(rows, distances)

    def _ordered(self, rows: Rows, distances: NDArray[np.float64]) -> Ranked:
        order = np.argsort(distances, kind="stable")
        rows, distances = rows[order], distances[order]
        if np.any(distances[1:] == distances[:-1]):
            ids = self._view.ids_of(rows.tolist())
            tied = np.array(
                sorted(range(len(rows)), key=lambda place: (distances[place], ids[place]))
            )
            rows, distances = rows[tied], distances[tied]
        return Ranked(rows, distances)

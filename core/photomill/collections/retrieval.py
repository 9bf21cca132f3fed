"""Asking an index for the candidates of a search, as many as the search needs."""

from collections.abc import Callable

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.collections.contents import View
from photomill.collections.planner import HEAD, Plan, Way, widened
from photomill.collections.target import Target
from photomill.components.embedder import Vectors
from photomill.components.index import Rows, VectorIndex


@frozen(eq=False)
class IndexView:
    """An index, and how many of the first rows it holds."""

    index: VectorIndex | None = None
    indexed: int = 0


@frozen(eq=False)
class Measured:
    """Rows, and about how far they are.

    :ivar rows: int64 (n,).
    :ivar vectors: theirs, float32 (n, dimension).
    :ivar rough: their squared distances by inner products, float32 (n,).
    """

    rows: Rows
    vectors: Vectors
    rough: NDArray[np.float32]

    @classmethod
    def of(cls, view: View, target: Target, rows: Rows) -> "Measured":
        """Measure rows of a view."""
        vectors = view.vectors.gather(rows)
        return cls(rows, vectors, target.rough(vectors))


@frozen(eq=False)
class Retrieved:
    """What an index gave.

    :ivar plan: what ran, or the exact one that takes its place.
    :ivar candidates: the surviving rows that it gave, and the nearest of those that it does not hold; None with an exact plan.
    :ivar end: rows from this distance on, as users see it, are not the index's to know; infinite where it gave enough for
        the whole head.
    :ivar scanned: how many vectors were measured.
    """

    plan: Plan
    candidates: Measured | None = None
    end: float = np.inf
    scanned: int = 0


@frozen(eq=False)
class Retrieval:
    """Asks an index for one search.

    :ivar alive: bool (view.size,): rows that may be in the answer.
    :ivar survivors: how many these are.
    """

    view: View
    index: VectorIndex
    indexed: int
    target: Target
    alive: NDArray[np.bool_]
    survivors: int
    effort: int | None = None

    def retrieve(self, plan: Plan) -> Retrieved:
        """Ask until there are enough, by the index's own estimate; an exact plan where that is cheaper, or they stay few."""
        fresh, scanned = self._nearest_unindexed()
        while not plan.way.exact:
            found, needed = self._ask(plan)
            rows = self._surviving(found)
            every = np.concatenate([rows, fresh]) if len(fresh) else rows
            candidates = Measured.of(self.view, self.target, every)
            wanted = 0 if needed is None else self._needed(candidates, needed)
            if wanted <= plan.candidates:
                if plan.way is Way.INDEX_OVERFETCH and len(rows) < min(HEAD, self.survivors):
                    return Retrieved(Plan(Way.GATHER))
                # Of one query's rows that fill the head, the farthest is no nearer than the head's last.
                fills = len(found) == 1 and len(rows) > HEAD
                end = np.inf if fills else self._seen_up_to(found)
                return Retrieved(plan, candidates, end, len(candidates.rows) + scanned)
            plan = self._widened(plan, wanted)
        return Retrieved(plan)

    def _ask(self, plan: Plan) -> tuple[Rows, Callable[[float], int] | None]:
        """Rows of each query, padded with -1, int64 (m, n); and how many would have to be asked for."""
        allowed = None
        if plan.way is Way.INDEX_FILTER:
            allowed = np.zeros(self.index.size, np.bool_)
            allowed[: self.indexed] = self.alive[: self.indexed]
        queries, count = self.target.vectors, plan.candidates
        if len(queries) > 1 or not self.index.can_estimate:
            return self.index.search(queries, count, allowed=allowed, effort=self.effort), None
        found = self.index.estimated(queries[0], count, allowed=allowed, effort=self.effort)
        return found.rows[np.newaxis], found.needed

    def _surviving(self, found: Rows) -> Rows:
        """Rows of the view among what an index gave, ascending."""
        rows = np.sort(found[0]) if len(found) == 1 else np.unique(found)
        rows = rows[slice(*rows.searchsorted((0, self.indexed)))]
        return rows if self.survivors == self.view.size else rows[self.alive[rows]]

    def _needed(self, candidates: Measured, needed: Callable[[float], int]) -> int:
        """How many candidates hold nearly all rows that are as near as the head's last.

        It is no nearer than the last of those that were found, so this is told by what was found.
        """
        if len(candidates.rows) <= HEAD:
            return 0
        last = float(np.partition(candidates.rough, HEAD)[HEAD])
        return needed(max(last, 0.0) ** 0.5)

    def _widened(self, plan: Plan, needed: int) -> Plan:
        return widened(
            plan,
            needed,
            size=self.view.size,
            survivors=self.survivors,
            indexed=self.indexed,
            index=self.index,
            dimension=self.view.vectors.dimension,
        )

    def _seen_up_to(self, found: Rows) -> float:
        """The distance below which a row that is near to any query must be among what the index found for it."""
        reach = np.inf
        for vector, rows in zip(self.target.vectors, found, strict=True):
            if np.any(rows < 0):
                continue  # It had no more to give.
            known = rows[rows < self.indexed]
            squared = 2.0 - 2.0 * (self.view.vectors.gather(np.sort(known)) @ vector)
            reach = min(reach, float(squared.max(initial=0.0)) - self.target.slack)
        return self.target.scale * float(np.sqrt(max(reach, 0.0)))

    def _nearest_unindexed(self) -> tuple[Rows, int]:
        """The nearest among rows that came after the index was built, and all that tie with the last of them.

        Beside them, how many were measured for it.
        """
        first = self.indexed
        rows = first + np.flatnonzero(self.alive[first:])
        count = HEAD + 1
        if len(rows) <= count:
            return rows, 0
        rough = np.empty(self.view.size - first, np.float32)
        for start, vectors in self.view.vectors.spans(first):
            rough[start - first : start - first + len(vectors)] = self.target.rough(vectors)
        among = rough[rows - first]
        limit = np.partition(among, count - 1)[count - 1] + self.target.slack
        near: Rows = rows[among <= limit]
        return near, len(rough)

"""Putting a collection's rows in order of their distance to a target."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.blocking import check_may_block
from photomill.collections.contents import View
from photomill.collections.planner import (
    GATHER_PER_FLOAT,
    HEAD,
    SCAN_PER_FLOAT,
    Plan,
    Way,
    choose,
    proof_pays,
)
from photomill.collections.retrieval import IndexView, Measured, Retrieval, Retrieved
from photomill.collections.target import Target, reach
from photomill.components.index import Bounded, Rows, VectorIndex

Mask = NDArray[np.bool_]

_WIDER = 4
"""How many times as many are proposed where the first did not prove it."""

_MEASURED_FIRST = 4
"""How many times as many as are wanted are measured before it is known which others can be nearer."""

_LONG = 2000.0
"""Microseconds of measuring that are too many for whoever must not wait."""

_NO_CODES = IndexView()


@frozen(eq=False)
class Ranked:
    """Rows by ascending (distance, id).

    :ivar distances: float64, as users see them.
    """

    rows: Rows
    distances: NDArray[np.float64]

    def first(self, count: int | None) -> "Ranked":
        return Ranked(self.rows[:count], self.distances[:count])


@frozen(eq=False)
class _Head:
    """What an index found.

    :ivar ranked: rows nearer than ``end``.
    :ivar end: rows from this distance on are not the index's to know.
    """

    ranked: Ranked
    end: float


class Ranking:
    """One search's order of rows.

    The order is by (distance, id) and depends on the data, the target and the index alone, never on how much of it is
    asked for: so pages fit together without gap or overlap, and distances never fall. An exact plan gives every
    surviving row. An index gives the head: what it found up to where it can still be trusted. Behind the head comes,
    exactly, everything that is no nearer than the head's end. A row that an approximate index overlooked is left out.
    Where an index estimates that it was asked for too few rows to hold the head, it is asked for more, or the plan
    becomes an exact one.

    What an exact plan scans may be codes first: these propose rows, and bound how near any other can be. The rows are
    measured as ever, and where the last that is wanted is nearer than the bound, the answer is what a scan would give,
    ties included, for all that tie with it are nearer too. Where it is not, more are proposed, and at last all is scanned.
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
        exact_ms: float = 0.0,
        codes: IndexView = _NO_CODES,
    ) -> None:
        """
        :param mask: bool (view.size,): rows that the filter lets through; None for all.
        :param exact_ms: milliseconds that an exact search may be expected to take before an index is asked instead.
        :param codes: an index that bounds what it leaves out, for exact plans; empty for none.
        """
        self._codes = codes
        self._tried_codes = False
        self._proven: Ranked | None = None
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
            index=index.index,
            indexed=min(index.indexed, view.size),
            queries=target.vectors,
            exact=exact,
            exact_ms=exact_ms,
        )
        self.scanned = 0
        self._rough: tuple[Rows, NDArray[np.float32]] | None = None
        self._known_head: _Head | None = None
        self._known_retrieved: Retrieved | None = None

    @property
    def way(self) -> str:
        """What ran."""
        return self.plan.way.value

    @property
    def surviving(self) -> Mask:
        """Rows that may be in the answer: bool (view.size,)."""
        return self._alive

    @property
    def certified(self) -> bool:
        """Whether it is certain that no row was overlooked, and that the order is that of a whole scan."""
        index = self._index.index
        return self.plan.way.exact or (index is not None and index.exhaustive)

    def first(self, count: int) -> Ranked:
        """The nearest rows, up to ``count``."""
        if self.plan.way.exact or count == 0:
            return self._exact(count)
        beginning = self._beginning(count)
        if beginning is not None:
            return beginning
        head = self._head()
        if head is None:
            return self._exact(count)
        if count <= len(head.ranked.rows) or len(head.ranked.rows) == self.survivors:
            return head.ranked.first(count)
        return self._behind(head, count)

    def within(self, radius: float) -> Ranked:
        """Every row at most this far away, inclusive, in users' distance. Exact."""
        self.plan = Plan(Way.EMPTY if self.survivors == 0 else Way.SCAN)
        if self.survivors == 0:
            return self._exact(0)
        proven = self._prove(0, radius)
        if proven is not None:
            return proven.first(int(np.searchsorted(proven.distances, radius, side="right")))
        # No two unit vectors are further apart than 2.
        limit = min(reach(radius, self._target.scale), 2.0) ** 2 + self._target.slack
        rows, rough = self._measure_roughly()
        found = self._measure(rows[rough <= limit])
        return found.first(int(np.searchsorted(found.distances, radius, side="right")))

    # ------------------------------------------------------------ the two ways

    def _exact(self, count: int) -> Ranked:
        if count == 0 or self.survivors == 0:
            return Ranked(np.empty(0, np.int64), np.empty(0, np.float64))
        if self._proven is not None and count <= len(self._proven.rows):
            return self._proven.first(count)
        proven = self._prove(count, -np.inf)
        if proven is not None:
            self._proven = proven.first(count)
            return self._proven
        rows, rough = self._measure_roughly()
        if count < len(rows):
            # Rows of equal distance are ordered by id, so all that tie with the last must be looked at.
            limit = np.partition(rough, count - 1)[count - 1] + self._target.slack
            rows = rows[rough <= limit]
        return self._measure(rows).first(count)

    def _prove(self, count: int, radius: float) -> Ranked | None:
        """The nearest rows in order, at least ``count`` and all within ``radius``; None where codes do not prove it.

        What is left out is no nearer than the bound. Distances are rounded, and so is the bound, so strictly below it
        there is no tie with anything left out.
        """
        index, view = self._codes.index, self._view
        if index is None or self._tried_codes or self._rough is not None:
            return None
        if len(self._target.vectors) > 1:
            return None
        self._tried_codes = True
        candidates = index.candidates(count)
        for wanted, gain in ((candidates, 1.5), (_WIDER * candidates, 1.0)):
            pays = 4 * wanted < self.survivors and proof_pays(
                self.plan,
                size=view.size,
                survivors=self.survivors,
                dimension=view.vectors.dimension,
                codes=index,
                candidates=wanted,
                gain=gain,
            )
            if not pays:
                return None
            proposed = self._proposed(index, wanted)
            near = (
                self._nearest_proposed(proposed, count)
                if count
                else self._measure(_nearer(proposed, reach(radius, self._target.scale)))
            )
            end = float(np.round(proposed.beyond * (1.0 - 1e-9) * self._target.scale, 6))
            nearer = int(np.searchsorted(near.distances, end, side="left"))
            if nearer >= count and radius < end:
                self.plan = Plan(Way.CODES, wanted)
                return near.first(nearer)
        return None

    def _proposed(self, index: VectorIndex, count: int) -> Bounded:
        """Rows that may be near, among them all without codes."""
        indexed = self._codes.indexed
        coded = min(indexed, self._view.size)
        allowed = None
        if self.survivors < self._view.size or coded < indexed:
            allowed = np.zeros(indexed, np.bool_)
            allowed[:coded] = self._alive[:coded]
        found = index.bounded(self._target.vectors[0], count, allowed=allowed)
        fresh = coded + np.flatnonzero(self._alive[coded : self._view.size])
        if not len(fresh):
            return found
        return Bounded(
            np.concatenate([fresh, found.rows]),
            np.concatenate([np.zeros(len(fresh)), found.least]),
            found.beyond,
        )

    def _nearest_proposed(self, proposed: Bounded, count: int) -> Ranked:
        """The nearest of these rows, of which no more are measured than the bounds of the others leave open.

        Some are measured, and then all that can be as near as the last that is wanted is among them: the optimal
        multi-step search of T. Seidl and H.-P. Kriegel (SIGMOD 1998) in two steps.
        """
        first = int(proposed.least.searchsorted(0.0, side="right")) + _MEASURED_FIRST * count
        if first >= len(proposed.rows):
            return self._nearest(self._gathered(proposed.rows), count)
        rough = self._target.rough(self._view.vectors.gather(proposed.rows[:first]))
        most = np.partition(rough, count - 1)[count - 1] + self._target.slack
        near = self._gathered(_nearer(proposed, float(np.sqrt(most)), first))
        return self._nearest(near, count)

    def _gathered(self, rows: Rows) -> Measured:
        self.scanned += len(rows)
        return Measured.of(self._view, self._target, rows)

    def _behind(self, head: "_Head", count: int) -> Ranked:
        """The head, and after it exactly what is no nearer than its end."""
        depth = count + HEAD
        while True:
            everything = self._exact(depth)
            nearer = int(np.searchsorted(everything.distances, head.end, side="left"))
            overlooked = nearer - len(head.ranked.rows)
            if len(everything.rows) == self.survivors or (
                nearer < len(everything.rows) and len(everything.rows) - overlooked >= count
            ):
                return Ranked(
                    np.concatenate([head.ranked.rows, everything.rows[nearer:]]),
                    np.concatenate([head.ranked.distances, everything.distances[nearer:]]),
                ).first(count)
            depth *= 2

    def _head(self) -> "_Head | None":
        """What the index finds; None where that is too little to begin with, and everything is measured instead."""
        if self._known_head is None:
            self._known_head = self._find_head()
            if self._known_head is None and not self.plan.way.exact:
                few = self.plan.way is Way.INDEX_OVERFETCH
                self.plan = Plan(Way.GATHER if few else Way.SCAN)
        return self._known_head

    def _beginning(self, count: int) -> Ranked | None:
        """The first rows of the head, where it is seen from afar that they are: only these are measured."""
        if count > HEAD or self._known_head is not None:
            return None
        retrieved = self._retrieved()
        candidates = retrieved.candidates
        if candidates is None or retrieved.end < np.inf or len(candidates.rows) <= HEAD:
            return None
        rough = candidates.rough
        in_order = np.partition(rough, (count - 1, HEAD))
        limit = in_order[count - 1] + self._target.slack
        if limit >= in_order[HEAD] - self._target.slack:
            return None
        near = np.flatnonzero(rough <= limit)
        rows, vectors = candidates.rows[near], candidates.vectors[near]
        return self.ordered(rows, self._target.distances(vectors)).first(count)

    def _retrieved(self) -> Retrieved:
        """What the index gives; the plan is that which ran then."""
        if self._known_retrieved is None:
            self._known_retrieved = self._retrieval().retrieve(self.plan)
            self.plan = self._known_retrieved.plan
            self.scanned += self._known_retrieved.scanned
        return self._known_retrieved

    def _retrieval(self) -> Retrieval:
        assert self._index.index is not None  # a plan with an index was chosen
        return Retrieval(
            self._view,
            self._index.index,
            min(self._index.indexed, self._view.size),
            self._target,
            self._alive,
            self.survivors,
            self._effort,
        )

    def _find_head(self) -> "_Head | None":
        retrieved = self._retrieved()
        if retrieved.candidates is None:
            return None
        near = self._nearest(retrieved.candidates, HEAD + 1)
        if len(near.rows) == self.survivors:
            return _Head(near, np.inf)
        if not len(near.rows):
            return None
        # Rows that tie with the last are in order of their ids only where all of them are known.
        end = min(float(near.distances[-1]), retrieved.end)
        ranked = near.first(int(np.searchsorted(near.distances, end, side="left")))
        return _Head(ranked, end) if len(ranked.rows) else None

    def _nearest(self, measured: Measured, count: int) -> Ranked:
        rows, vectors, rough = measured.rows, measured.vectors, measured.rough
        if count < len(rows):
            near = rough <= np.partition(rough, count - 1)[count - 1] + self._target.slack
            rows, vectors = rows[near], vectors[near]
        return self.ordered(rows, self._target.distances(vectors)).first(count)

    # ------------------------------------------------------------ measuring

    def _measure_roughly(self) -> tuple[Rows, NDArray[np.float32]]:
        """The surviving rows, and their squared distances by inner products."""
        if self._rough is None:
            self._rough = self._measured_roughly()
        return self._rough

    def _measured_roughly(self) -> tuple[Rows, NDArray[np.float32]]:
        gathers = self.plan.way is Way.GATHER
        floats = (self.survivors if gathers else self._view.size) * self._view.vectors.dimension
        if floats * (GATHER_PER_FLOAT if gathers else SCAN_PER_FLOAT) > _LONG:
            check_may_block()
        if gathers:
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
        return self.ordered(rows, distances)

    def ordered(self, rows: Rows, distances: NDArray[np.float64]) -> Ranked:
        """Put rows in order of these distances, and those that tie in order of their ids."""
        return ordered_by_distance(self._view, rows, distances)


def _nearer(proposed: Bounded, distance: float, at_least: int = 0) -> Rows:
    """The rows that can be so near, in Euclidean distance, and the first ``at_least``."""
    last = int(proposed.least.searchsorted(distance, side="right"))
    return proposed.rows[: max(last, at_least)]


def ordered_by_distance(view: View, rows: Rows, distances: NDArray[np.float64]) -> Ranked:
    """Rows in order of their distances, and those that tie in order of their ids."""
    order = np.argsort(distances, kind="stable")
    rows, distances = rows[order], distances[order]
    if (distances[1:] == distances[:-1]).any():
        ids = view.ids_of(rows.tolist())
        tied = np.array(sorted(range(len(rows)), key=lambda place: (distances[place], ids[place])))
        rows, distances = rows[tied], distances[tied]
    return Ranked(rows, distances)

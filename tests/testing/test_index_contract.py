"""The index suite fails for indexes that are broken, each in its own way."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from photomill.components import Bounded, Estimated, NoOptions, Rows, VectorIndex, Vectors
from photomill.errors import PluginError
from photomill.testing import IndexContract

Allowed = NDArray[np.bool_] | None


class Sorted(VectorIndex):
    """Correct: sorts all rows by their distance."""

    name = "sorted"
    can_add = can_filter = can_persist = exhaustive = True

    def __init__(self, options: object) -> None:
        super().__init__(options)
        self.vectors = np.empty((0, 0), np.float32)

    @property
    def size(self) -> int:
        return len(self.vectors)

    def _build(self, vectors: Vectors) -> None:
        self.vectors = np.array(vectors)

    def _add(self, vectors: Vectors) -> None:
        self.vectors = np.concatenate([self.vectors, vectors])

    def _search(self, queries: Vectors, count: int, allowed: Allowed, effort: int | None) -> Rows:
        found = np.full((len(queries), count), -1, np.int64)
        for place, query in enumerate(queries):
            rows = self.order(query, allowed)[:count]
            found[place, : len(rows)] = rows
        return found

    def order(self, query: NDArray[np.float32], allowed: Allowed) -> Rows:
        rows = np.arange(self.size) if allowed is None else np.flatnonzero(allowed)
        distances = np.linalg.norm(self.vectors[rows].astype(np.float64) - query, axis=1)
        nearest: Rows = rows[np.argsort(distances, kind="stable")]
        return nearest

    def _save(self, path: Path) -> None:
        with path.open("wb") as file:
            np.save(file, self.vectors)

    def _load(self, path: Path, vectors: Vectors) -> None:
        self.vectors = np.load(path)


class FullFromTheStart(Sorted):
    @property
    def size(self) -> int:
        return max(1, len(self.vectors))


class AppendsWhatIsBuilt(Sorted):
    def _build(self, vectors: Vectors) -> None:
        if self.size:
            self._add(vectors)
        else:
            super()._build(vectors)


class Farthest(Sorted):
    def order(self, query: NDArray[np.float32], allowed: Allowed) -> Rows:
        return super().order(-query, allowed)


class PadsWithTheFirstRow(Sorted):
    def _search(self, queries: Vectors, count: int, allowed: Allowed, effort: int | None) -> Rows:
        return np.maximum(super()._search(queries, count, allowed, effort), 0)


class NeedsAQuery(Sorted):
    def _search(self, queries: Vectors, count: int, allowed: Allowed, effort: int | None) -> Rows:
        assert len(queries) > 0
        return super()._search(queries, count, allowed, effort)


class NormalisesInPlace(Sorted):
    def _build(self, vectors: Vectors) -> None:
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        super()._build(vectors)


class RepeatsTheNearest(Sorted):
    def order(self, query: NDArray[np.float32], allowed: Allowed) -> Rows:
        return np.repeat(super().order(query, allowed), 2)


class DropsEqualRows(Sorted):
    def order(self, query: NDArray[np.float32], allowed: Allowed) -> Rows:
        _, firsts = np.unique(self.vectors, axis=0, return_index=True)
        rows = super().order(query, allowed)
        unlike: Rows = rows[np.isin(rows, firsts)]
        return unlike


class EndsAmongCopies(Sorted):
    """Finds the copies of one row, from which nothing leads to others."""

    def order(self, query: NDArray[np.float32], allowed: Allowed) -> Rows:
        rows = super().order(query, allowed)
        copies: Rows = rows[(self.vectors[rows] == self.vectors[0]).all(axis=1)]
        return copies


class AnswersTheFirstQuery(Sorted):
    def _search(self, queries: Vectors, count: int, allowed: Allowed, effort: int | None) -> Rows:
        return super()._search(np.repeat(queries[:1], len(queries), 0), count, allowed, effort)


class KeepsQueriesOnItself(Sorted):
    def _search(self, queries: Vectors, count: int, allowed: Allowed, effort: int | None) -> Rows:
        self.queries = queries
        threading.Event().wait(0.001)
        return super()._search(self.queries, count, allowed, effort)


class FindsNothingWithLittleEffort(Sorted):
    def _search(self, queries: Vectors, count: int, allowed: Allowed, effort: int | None) -> Rows:
        found = super()._search(queries, count, allowed, effort)
        return found if effort is None or effort > 100 else np.full_like(found, -1)


class IgnoresTheFilter(Sorted):
    def order(self, query: NDArray[np.float32], allowed: Allowed) -> Rows:
        return super().order(query, None)


class FiltersWhatItFound(Sorted):
    def order(self, query: NDArray[np.float32], allowed: Allowed) -> Rows:
        rows = super().order(query, None)[:1000]
        return rows if allowed is None else rows[allowed[rows]]


class Renumbers(Sorted):
    def _add(self, vectors: Vectors) -> None:
        super()._add(vectors[::-1])


class BoundsByWhatItFound(Sorted):
    can_bound = True

    def _bounded(self, query: NDArray[np.float32], count: int, allowed: Allowed) -> Bounded:
        rows = self.order(query, allowed)
        distances = np.linalg.norm(self.vectors[rows].astype(np.float64) - query, axis=1)
        beyond = 1.01 * float(distances[count : count + 1].max(initial=0))
        return Bounded(rows[:count], np.zeros(len(rows[:count])), beyond)


class BoundsTooFarAway(Sorted):
    """As near as they are, and a little further."""

    can_bound = True

    def _bounded(self, query: NDArray[np.float32], count: int, allowed: Allowed) -> Bounded:
        rows = self.order(query, allowed)
        distances = np.linalg.norm(self.vectors[rows].astype(np.float64) - query, axis=1)
        beyond = float(distances[count : count + 1].min(initial=np.inf))
        return Bounded(rows[:count], 1.01 * distances[:count], beyond)


class SaysThatFewAreEnough(Sorted):
    """Leaves the nearest out, and does not know it."""

    can_estimate = True

    def _estimated(
        self, query: NDArray[np.float32], count: int, allowed: Allowed, effort: int | None
    ) -> Estimated:
        return Estimated(self.order(query, allowed)[5 : count + 5])


class LoadsInReverse(Sorted):
    def _load(self, path: Path, vectors: Vectors) -> None:
        super()._load(path, vectors)
        self.vectors = self.vectors[::-1]


class ClosesOnce(Sorted):
    def close(self) -> None:
        assert self.size > 0
        self.vectors = self.vectors[:0]


BROKEN: dict[str, tuple[type[Sorted], tuple[Any, ...]]] = {
    "test_holds_what_was_built": (FullFromTheStart, ()),
    "test_building_again_replaces": (AppendsWhatIsBuilt, ()),
    "test_candidates_hold_the_nearest": (Farthest, (13,)),
    "test_few_rows": (PadsWithTheFirstRow, (5,)),
    "test_no_queries": (NeedsAQuery, ()),
    "test_no_row_twice": (RepeatsTheNearest, ()),
    "test_equal_rows": (DropsEqualRows, ()),
    "test_copies_hide_no_other_rows": (EndsAmongCopies, (48, 30, 100)),
    "test_many_queries_answer_like_one": (AnswersTheFirstQuery, ()),
    "test_threads_get_the_same_answers": (KeepsQueriesOnItself, ()),
    "test_any_effort_is_taken": (FindsNothingWithLittleEffort, (16,)),
    "test_a_filter_is_respected_and_loses_nothing": (IgnoresTheFilter, (10.0,)),
    "test_a_filter_may_leave_the_farthest_only": (FiltersWhatItFound, ()),
    "test_added_rows_are_found": (Renumbers, ()),
    "test_nothing_left_out_is_nearer_than_the_bound": (BoundsByWhatItFound, (8, 100.0)),
    "test_no_row_is_nearer_than_its_own_bound": (BoundsTooFarAway, (8,)),
    "test_as_many_as_are_needed_hold_the_nearest": (SaysThatFewAreEnough, (100.0,)),
    "test_closing_twice_is_fine": (ClosesOnce, ()),
}

BROKEN_WITH_FILES: dict[str, type[Sorted]] = {
    "test_vectors_may_be_mapped_and_are_left_alone": NormalisesInPlace,
    "test_a_saved_index_answers_the_same": LoadsInReverse,
}


class TestSorted(IndexContract):
    @pytest.fixture
    def make_index(self) -> Any:
        return lambda: Sorted(NoOptions())


@pytest.mark.parametrize("test", BROKEN)
def test_what_is_broken_fails(test: str) -> None:
    index, arguments = BROKEN[test]
    with pytest.raises((AssertionError, PluginError)):
        getattr(IndexContract(), test)(lambda: index(NoOptions()), *arguments)


@pytest.mark.parametrize("test", BROKEN_WITH_FILES)
def test_what_is_broken_fails_with_files(test: str, tmp_path: Path) -> None:
    index = BROKEN_WITH_FILES[test]
    with pytest.raises((AssertionError, ValueError)):
        getattr(IndexContract(), test)(lambda: index(NoOptions()), tmp_path)


def test_a_recall_that_is_too_low_fails() -> None:
    class Scattered(Sorted):
        exhaustive = False

        def order(self, query: NDArray[np.float32], allowed: Allowed) -> Rows:
            return super().order(query, allowed)[1:]

    with pytest.raises(AssertionError):
        IndexContract().test_candidates_hold_the_nearest(lambda: Scattered(NoOptions()), 13)


def test_every_test_of_the_suite_can_fail() -> None:
    tests = {name for name in dir(IndexContract) if name.startswith("test_")}
    assert tests == set(BROKEN) | set(BROKEN_WITH_FILES)

"""What every vector index must do.

Subclass and fill one fixture::

    class TestMine(IndexContract):
        @pytest.fixture
        def make_index(self, tmp_path):
            def make():
                index = MyIndex(MyIndex.Options())
                index.open(OpenContext("test", tmp_path / "cache", FetchSettings()))
                return index
            return make
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from photomill.components import Rows, VectorIndex, Vectors
from photomill.errors import Unsupported

MakeIndex = Callable[[], VectorIndex]


def clustered_vectors(count: int, dimension: int = 48, seed: int = 0) -> Vectors:
    """Unit vectors in clusters of unlike size, float32 (count, dimension)."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(20, dimension))
    cluster = np.minimum(random.geometric(0.15, count) - 1, 19)
    vectors = centres[cluster] + 0.6 * random.normal(size=(count, dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors, np.float32)


def nearest(
    vectors: Vectors,
    query: NDArray[np.float32],
    count: int,
    allowed: NDArray[np.bool_] | None = None,
) -> set[int]:
    """The rows that are truly nearest."""
    distances = np.linalg.norm(vectors.astype(np.float64) - query, axis=1)
    if allowed is not None:
        distances[~allowed] = np.inf
    rows = np.argsort(distances, kind="stable")[:count]
    return {int(row) for row in rows if distances[row] < np.inf}


def _given(rows: Rows) -> Rows:
    """Without what it is padded with."""
    given: Rows = rows[rows >= 0]
    return given


class IndexContract:
    """Runs against one index; see the module."""

    rows = 3000
    recall = 0.98
    """Of the ten nearest, the share that ``candidates(10)`` candidates must hold; 1.0 for exhaustive indexes."""

    @pytest.fixture
    def make_index(self) -> MakeIndex:
        """What makes an open index, empty and with a cache of its own."""
        raise pytest.UsageError(f"{type(self).__name__} must define the fixture make_index")

    @pytest.fixture
    def new_index(self, make_index: MakeIndex) -> Iterator[MakeIndex]:
        """Makes indexes as ``make_index`` does, and closes them after the test."""
        with ExitStack() as stack:

            def make() -> VectorIndex:
                index = make_index()
                stack.callback(index.close)
                return index

            yield make

    def found(
        self, index: VectorIndex, queries: Vectors, allowed: NDArray[np.bool_] | None = None
    ) -> Rows:
        return index.search(queries, index.candidates(10), allowed=allowed)

    def enough(
        self,
        index: VectorIndex,
        vectors: Vectors,
        query: NDArray[np.float32],
        count: int,
        allowed: NDArray[np.bool_] | None = None,
    ) -> Rows:
        """What an index finds that is asked for so many candidates, and for more where it says that ten rows need them."""
        if not index.can_estimate:
            return _given(index.search(query[np.newaxis], count, allowed=allowed)[0])
        found = index.estimated(query, count, allowed=allowed)
        assert len(found.rows) == count
        rows = _given(found.rows)
        assert allowed is None or np.all(allowed[rows])
        if found.needed is None:
            return rows
        distances = np.linalg.norm(vectors[rows] - query, axis=1)
        last = float(np.partition(distances, 9)[9])
        wanted = min(max(found.needed(last), count), len(vectors))
        return _given(index.search(query[np.newaxis], wanted, allowed=allowed)[0])

    def check_recall(
        self, index: VectorIndex, vectors: Vectors, allowed: NDArray[np.bool_] | None = None
    ) -> None:
        queries = clustered_vectors(40, vectors.shape[1], seed=1)
        hits = total = 0
        for query, rows in zip(queries, self.found(index, queries, allowed), strict=True):
            expected = nearest(vectors, query, 10, allowed)
            hits += len(expected & set(rows.tolist()))
            total += len(expected)
        required = 1.0 if index.exhaustive and index.candidates(10) == 10 else self.recall
        assert hits >= required * total

    def test_holds_what_was_built(self, new_index: MakeIndex) -> None:
        index = new_index()
        assert index.size == 0
        index.build(clustered_vectors(self.rows))
        assert index.size == self.rows

    def test_building_again_replaces(self, new_index: MakeIndex) -> None:
        index = new_index()
        index.build(clustered_vectors(200))
        vectors = clustered_vectors(300, seed=5)
        index.build(vectors)
        assert index.size == 300
        assert 7 in self.found(index, vectors[7:8])[0]

    @pytest.mark.parametrize("dimension", [8, 13, 48, 300])
    def test_candidates_hold_the_nearest(self, new_index: MakeIndex, dimension: int) -> None:
        index, vectors = new_index(), clustered_vectors(self.rows, dimension)
        index.build(vectors)
        self.check_recall(index, vectors)

    @pytest.mark.parametrize("count", [1, 2, 5, 60])
    def test_few_rows(self, new_index: MakeIndex, count: int) -> None:
        index, vectors = new_index(), clustered_vectors(count)
        index.build(vectors)
        found = index.search(vectors, count + 4)
        assert found.shape == (count, count + 4)
        for rows in found:
            assert sorted(rows.tolist()) == [-1] * 4 + list(range(count))

    def test_no_queries(self, new_index: MakeIndex) -> None:
        index, vectors = new_index(), clustered_vectors(20)
        index.build(vectors)
        assert index.search(vectors[:0], 5).shape == (0, 5)

    def test_vectors_may_be_mapped_and_are_left_alone(
        self, new_index: MakeIndex, tmp_path: Path
    ) -> None:
        index, vectors = new_index(), clustered_vectors(300)
        vectors.tofile(tmp_path / "vectors")
        mapped = np.memmap(tmp_path / "vectors", np.float32, "r", shape=vectors.shape)
        index.build(mapped)
        self.check_recall(index, mapped)
        assert np.array_equal(mapped, vectors)

    def test_no_row_twice(self, new_index: MakeIndex) -> None:
        index, vectors = new_index(), clustered_vectors(500)
        index.build(vectors)
        for rows in index.search(vectors[:20], 100):
            assert len(set(rows.tolist())) == 100

    def test_equal_rows(self, new_index: MakeIndex) -> None:
        index = new_index()
        vectors = np.repeat(clustered_vectors(10), 20, axis=0)
        index.build(vectors)
        rows = index.search(vectors[:1], 20)[0]
        assert len(set(rows.tolist()) & set(range(20))) >= 18

    @pytest.mark.parametrize(("unlike", "copies"), [(500, 40), (30, 100)])
    @pytest.mark.parametrize("dimension", [48, 300])
    def test_copies_hide_no_other_rows(
        self, new_index: MakeIndex, dimension: int, unlike: int, copies: int
    ) -> None:
        index, rows = new_index(), clustered_vectors(unlike, dimension)
        vectors = np.random.default_rng(2).permutation(np.repeat(rows, copies, axis=0))
        index.build(vectors)
        queries = np.concatenate([clustered_vectors(40, dimension, seed=1), rows[:20]])
        hits = 0
        for query in queries:
            distances = np.linalg.norm(vectors.astype(np.float64) - query, axis=1)
            last = np.partition(distances, 9)[9] + 1e-6
            count = min(index.candidates_for(query[np.newaxis], 10), index.size)
            found = distances[self.enough(index, vectors, query, count)]
            hits += min(10, int(np.count_nonzero(found <= last)))
        required = 1.0 if index.exhaustive else self.recall
        assert hits >= required * 10 * len(queries)

    def test_many_queries_answer_like_one(self, new_index: MakeIndex) -> None:
        index, vectors = new_index(), clustered_vectors(800)
        index.build(vectors)
        queries = clustered_vectors(30, seed=3)
        together = index.search(queries, 15)
        for query, rows in zip(queries, together, strict=True):
            assert set(index.search(query[np.newaxis], 15)[0].tolist()) == set(rows.tolist())

    def test_threads_get_the_same_answers(self, new_index: MakeIndex) -> None:
        index, vectors = new_index(), clustered_vectors(1000)
        index.build(vectors)
        allowed = np.arange(1000) % 3 > 0 if index.can_filter else None
        searches = [
            (query[np.newaxis], mask, effort)
            for query in clustered_vectors(32, seed=4)
            for mask in (None, allowed)
            for effort in (None, 16, 500)
        ]

        def answer(search: tuple[Vectors, NDArray[np.bool_] | None, int | None]) -> list[int]:
            query, mask, effort = search
            found: list[int] = index.search(query, 20, allowed=mask, effort=effort)[0].tolist()
            return found

        alone = list(map(answer, searches))
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(answer, searches)) == alone

    @pytest.mark.parametrize("effort", [16, 10_000])
    def test_any_effort_is_taken(self, new_index: MakeIndex, effort: int) -> None:
        index, vectors = new_index(), clustered_vectors(600)
        index.build(vectors)
        assert 3 in index.search(vectors[3:4], 10, effort=effort)[0]

    @pytest.mark.parametrize("percent", [50.0, 10.0, 1.0, 0.1, 0.0])
    def test_a_filter_is_respected_and_loses_nothing(
        self, new_index: MakeIndex, percent: float
    ) -> None:
        index, vectors = new_index(), clustered_vectors(self.rows)
        index.build(vectors)
        allowed = np.random.default_rng(2).random(self.rows) < percent / 100
        if not index.can_filter:
            with pytest.raises(Unsupported, match="cannot filter"):
                index.search(vectors[:1], 10, allowed=allowed)
            return
        found = self.found(index, vectors[:20], allowed)
        assert np.all((found == -1) | allowed[found])
        self.check_recall(index, vectors, allowed)

    def test_a_filter_may_leave_the_farthest_only(self, new_index: MakeIndex) -> None:
        index, vectors = new_index(), clustered_vectors(self.rows)
        if not index.can_filter:
            return
        index.build(vectors)
        query = vectors[:1]
        products = vectors @ query[0]
        for share in (0.5, 0.1, 0.01):
            allowed = products < np.quantile(products, share)
            found = set(self.found(index, query, allowed)[0].tolist())
            assert len(found & nearest(vectors, query[0], 10, allowed)) >= 9

    def test_added_rows_are_found(self, new_index: MakeIndex) -> None:
        index, vectors = new_index(), clustered_vectors(self.rows)
        if not index.can_add:
            index.build(vectors)
            with pytest.raises(Unsupported, match="cannot append"):
                index.add(vectors[:1])
            return
        index.build(vectors[:1000])
        index.add(vectors[1000:1001])
        index.add(vectors[1001:])
        assert index.size == self.rows
        self.check_recall(index, vectors)
        if index.can_filter:
            self.check_recall(index, vectors, np.arange(self.rows) >= 1000)

    def test_a_saved_index_answers_the_same(self, new_index: MakeIndex, tmp_path: Path) -> None:
        index, vectors = new_index(), clustered_vectors(1500)
        index.build(vectors)
        path = tmp_path / "index"
        if not index.can_persist:
            with pytest.raises(Unsupported, match="cannot be saved"):
                index.save(path)
            with pytest.raises(Unsupported, match="cannot be loaded"):
                index.load(path, vectors)
            return
        index.save(path)
        again = new_index()
        again.load(path, vectors)
        self.check_same(index, again)
        path.unlink()
        again.save(tmp_path / "again")
        third = new_index()
        third.load(tmp_path / "again", vectors)
        self.check_same(index, third)
        if third.can_add:
            third.add(clustered_vectors(5, seed=7))
            assert third.size == 1505

    def check_same(self, one: VectorIndex, other: VectorIndex) -> None:
        assert one.size == other.size
        queries = clustered_vectors(30, seed=6)
        masks = [None, np.arange(one.size) % 7 == 0] if one.can_filter else [None]
        for allowed in masks:
            expected, found = (each.search(queries, 30, allowed=allowed) for each in (one, other))
            assert np.array_equal(np.sort(found), np.sort(expected))

    def test_closing_twice_is_fine(self, new_index: MakeIndex) -> None:
        index = new_index()
        index.build(clustered_vectors(10))
        index.close()
        index.close()

    @pytest.mark.parametrize("percent", [100.0, 30.0, 1.0, 0.0])
    @pytest.mark.parametrize("dimension", [8, 13, 300])
    def test_nothing_left_out_is_nearer_than_the_bound(
        self, new_index: MakeIndex, dimension: int, percent: float
    ) -> None:
        index, vectors = new_index(), clustered_vectors(self.rows, dimension)
        index.build(vectors)
        if not index.can_bound:
            with pytest.raises(Unsupported, match="cannot bound"):
                index.bounded(vectors[0], 10)
            return
        allowed = None
        if percent < 100 and index.can_filter:
            allowed = np.random.default_rng(2).random(self.rows) < percent / 100
        for query in clustered_vectors(40, dimension, seed=1):
            found = index.bounded(query, 10, allowed=allowed)
            assert len(set(found.rows.tolist())) == len(found.rows)
            others = np.ones(self.rows, np.bool_) if allowed is None else allowed.copy()
            assert np.all(others[found.rows])
            others[found.rows] = False
            distances = np.linalg.norm(vectors.astype(np.float64) - query, axis=1)
            assert distances[others].min(initial=np.inf) >= found.beyond

    @pytest.mark.parametrize("dimension", [8, 300])
    def test_no_row_is_nearer_than_its_own_bound(
        self, new_index: MakeIndex, dimension: int
    ) -> None:
        index, vectors = new_index(), clustered_vectors(self.rows, dimension)
        index.build(vectors)
        if not index.can_bound:
            return
        for query in clustered_vectors(40, dimension, seed=1):
            found = index.bounded(query, 10)
            distances = np.linalg.norm(vectors[found.rows].astype(np.float64) - query, axis=1)
            assert np.all(distances >= found.least)
            assert np.all(np.diff(found.least) >= 0)

    @pytest.mark.parametrize("percent", [100.0, 30.0])
    def test_as_many_as_are_needed_hold_the_nearest(
        self, new_index: MakeIndex, percent: float
    ) -> None:
        index, vectors = new_index(), clustered_vectors(self.rows, 300)
        index.build(vectors)
        random = np.random.default_rng(2)
        # Unlike all rows, so that these are about equally far.
        queries = random.normal(size=(20, 300)).astype(np.float32)
        queries /= np.linalg.norm(queries, axis=1, keepdims=True)
        if not index.can_estimate:
            with pytest.raises(Unsupported, match="cannot estimate"):
                index.estimated(queries[0], 10)
            return
        allowed = None
        if percent < 100 and index.can_filter:
            allowed = random.random(self.rows) < percent / 100
        hits = 0
        for query in queries:
            rows = self.enough(index, vectors, query, 100, allowed)
            hits += len(nearest(vectors, query, 10, allowed) & set(rows.tolist()))
        assert hits >= self.recall * 10 * len(queries)

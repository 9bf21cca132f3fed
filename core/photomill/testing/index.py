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

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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


class IndexContract:
    """Runs against one index; see the module."""

    rows = 3000
    recall = 0.98
    """Of the ten nearest, the share that ``candidates(10)`` candidates must hold; 1.0 for exhaustive indexes."""

    @pytest.fixture
    def make_index(self) -> MakeIndex:
        raise pytest.UsageError(f"{type(self).__name__} must define the fixture make_index")

    def found(
        self, index: VectorIndex, queries: Vectors, allowed: NDArray[np.bool_] | None = None
    ) -> Rows:
        return index.search(queries, index.candidates(10), allowed=allowed)

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

    def test_holds_what_was_built(self, make_index: MakeIndex) -> None:
        index = make_index()
        assert index.size == 0
        index.build(clustered_vectors(self.rows))
        assert index.size == self.rows

    def test_building_again_replaces(self, make_index: MakeIndex) -> None:
        index = make_index()
        index.build(clustered_vectors(200))
        vectors = clustered_vectors(300, seed=5)
        index.build(vectors)
        assert index.size == 300
        assert 7 in self.found(index, vectors[7:8])[0]

    @pytest.mark.parametrize("dimension", [8, 13, 48, 300])
    def test_candidates_hold_the_nearest(self, make_index: MakeIndex, dimension: int) -> None:
        index, vectors = make_index(), clustered_vectors(self.rows, dimension)
        index.build(vectors)
        self.check_recall(index, vectors)

    @pytest.mark.parametrize("count", [1, 2, 5, 60])
    def test_few_rows(self, make_index: MakeIndex, count: int) -> None:
        index, vectors = make_index(), clustered_vectors(count)
        index.build(vectors)
        found = index.search(vectors, count + 4)
        assert found.shape == (count, count + 4)
        for rows in found:
            assert sorted(rows.tolist()) == [-1] * 4 + list(range(count))

    def test_no_row_twice(self, make_index: MakeIndex) -> None:
        index, vectors = make_index(), clustered_vectors(500)
        index.build(vectors)
        for rows in index.search(vectors[:20], 100):
            assert len(set(rows.tolist())) == 100

    def test_equal_rows(self, make_index: MakeIndex) -> None:
        index = make_index()
        vectors = np.repeat(clustered_vectors(10), 20, axis=0)
        index.build(vectors)
        rows = index.search(vectors[:1], 20)[0]
        assert len(set(rows.tolist()) & set(range(20))) >= 18

    def test_many_queries_answer_like_one(self, make_index: MakeIndex) -> None:
        index, vectors = make_index(), clustered_vectors(800)
        index.build(vectors)
        queries = clustered_vectors(30, seed=3)
        together = index.search(queries, 15)
        for query, rows in zip(queries, together, strict=True):
            assert set(index.search(query[np.newaxis], 15)[0].tolist()) == set(rows.tolist())

    def test_threads_get_the_same_answers(self, make_index: MakeIndex) -> None:
        index, vectors = make_index(), clustered_vectors(1000)
        index.build(vectors)
        queries = clustered_vectors(64, seed=4)
        alone = [index.search(query[np.newaxis], 20).tolist() for query in queries]
        with ThreadPoolExecutor(8) as pool:
            threaded = list(
                pool.map(lambda query: index.search(query[np.newaxis], 20).tolist(), queries)
            )
        assert threaded == alone

    @pytest.mark.parametrize("effort", [16, 10_000])
    def test_any_effort_is_taken(self, make_index: MakeIndex, effort: int) -> None:
        index, vectors = make_index(), clustered_vectors(600)
        index.build(vectors)
        assert 3 in index.search(vectors[3:4], 10, effort=effort)[0]

    @pytest.mark.parametrize("percent", [50.0, 10.0, 1.0, 0.1, 0.0])
    def test_a_filter_is_respected_and_loses_nothing(
        self, make_index: MakeIndex, percent: float
    ) -> None:
        index, vectors = make_index(), clustered_vectors(self.rows)
        allowed = np.random.default_rng(2).random(self.rows) < percent / 100
        if not index.can_filter:
            index.build(vectors)
            with pytest.raises(Unsupported, match="cannot filter"):
                index.search(vectors[:1], 10, allowed=allowed)
            return
        index.build(vectors)
        found = self.found(index, vectors[:20], allowed)
        assert np.all((found == -1) | allowed[found])
        self.check_recall(index, vectors, allowed)

    def test_added_rows_are_found(self, make_index: MakeIndex) -> None:
        index, vectors = make_index(), clustered_vectors(self.rows)
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

    def test_a_saved_index_answers_the_same(self, make_index: MakeIndex, tmp_path: Path) -> None:
        index, vectors = make_index(), clustered_vectors(1500)
        index.build(vectors)
        path = tmp_path / "index"
        if not index.can_persist:
            with pytest.raises(Unsupported, match="cannot be saved"):
                index.save(path)
            return
        index.save(path)
        again = make_index()
        again.load(path, vectors)
        queries = clustered_vectors(30, seed=6)
        assert again.size == 1500
        assert np.array_equal(
            np.sort(index.search(queries, 30)), np.sort(again.search(queries, 30))
        )
        if again.can_add:
            again.add(clustered_vectors(5, seed=7))
            assert again.size == 1505

    def test_closing_twice_is_fine(self, make_index: MakeIndex) -> None:
        index = make_index()
        index.build(clustered_vectors(10))
        index.close()
        index.close()

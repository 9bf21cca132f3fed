"""Principal components: when their codes are scanned in the place of others, and what they find."""

from pathlib import Path

import faiss
import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.indexes.conftest import OpenIndex
from tests.indexes.drawn_vectors import (
    DIMENSION,
    in_all_directions,
    in_tight_clusters,
    like_images,
    recall,
)

from photomill.collections.planner import OVERFETCH, Plan, Way, choose
from photomill.components import VectorIndex, Vectors
from photomill.errors import PluginError
from photomill_faiss import RabitqIndex
from photomill_faiss.principal import PrincipalScan

ROWS = 20_000


def principal(index: VectorIndex) -> PrincipalScan | None:
    found: PrincipalScan | None = index._principal  # type: ignore[attr-defined]
    return found


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    return like_images(ROWS, 3)


@pytest.fixture
def built(open_index: OpenIndex, vectors: Vectors) -> VectorIndex:
    index = open_index(RabitqIndex)
    index.build(vectors)
    return index


@pytest.mark.parametrize("count", [10, 50])
def test_the_nearest_are_among_the_candidates(
    count: int, built: VectorIndex, vectors: Vectors
) -> None:
    assert principal(built) is not None
    assert recall(built, vectors, like_images(100, 4), count) >= 0.99


def test_queries_unlike_the_rows_are_answered_by_the_other_codes(
    built: VectorIndex, vectors: Vectors
) -> None:
    scan, unlike = principal(built), in_all_directions(40, 5)
    assert scan is not None
    assert all(scan.search(query[np.newaxis], 10) is None for query in unlike)
    assert built.candidates_for(unlike, 10) == built.candidates(10)
    assert built.candidates_for(like_images(5, 6), 10) < built.candidates(10)
    assert recall(built, vectors, unlike) >= 0.75


def test_rows_of_one_place_have_no_components(open_index: OpenIndex) -> None:
    index, vector = open_index(RabitqIndex), like_images(1, 6)
    index.build(np.repeat(vector, 500, axis=0))
    assert principal(index) is None
    assert len(set(index.search(vector, 20)[0].tolist())) == 20


def test_it_is_outgrown_by_many_rows(built: VectorIndex) -> None:
    assert not built.outgrown
    built.add(like_images(ROWS, 10))
    assert not built.outgrown
    built.add(like_images(100, 20))
    assert built.outgrown


def test_it_is_outgrown_by_rows_unlike_the_first(built: VectorIndex) -> None:
    built.add(like_images(900, 7, mixed_by=8))
    assert not built.outgrown
    built.add(like_images(300, 9, mixed_by=8))
    assert built.outgrown


@pytest.mark.parametrize("count", [10, 50])
def test_clusters_that_grow_keep_their_nearest_among_the_candidates(
    count: int, open_index: OpenIndex
) -> None:
    vectors, queries = in_tight_clusters(36_000, 3), in_tight_clusters(50, 4)
    index = open_index(RabitqIndex)
    index.build(vectors[:10_000])
    assert principal(index) is not None
    assert recall(index, vectors[:10_000], queries, count) >= 0.99
    index.add(vectors[10_000:])
    # It serves until another is built.
    assert index.outgrown
    assert recall(index, vectors, queries, count) >= 0.99


def test_queries_of_both_kinds_have_candidates_enough_for_each(built: VectorIndex) -> None:
    scan = principal(built)
    assert scan is not None
    scan.components = evolve(scan.components, wanted=900)
    like, unlike = like_images(2, 4), in_all_directions(2, 5)
    assert built.candidates_for(like, 51) == 900
    assert built.candidates_for(unlike, 51) == built.candidates(51) < 900
    assert built.candidates_for(np.concatenate([like, unlike]), 51) == 900
    scan.components = evolve(scan.components, wanted=100)
    assert built.candidates_for(np.concatenate([like, unlike]), 51) == built.candidates(51)


@pytest.mark.parametrize("wanted", [300, 500])
def test_a_search_that_drops_what_is_filtered_asks_for_as_many(
    wanted: int, built: VectorIndex, vectors: Vectors
) -> None:
    scan = principal(built)
    assert scan is not None
    scan.components = evolve(scan.components, wanted=wanted)
    survivors = ROWS * 95 // 100
    plan = choose(
        size=ROWS,
        survivors=survivors,
        index=built,
        indexed=ROWS,
        queries=vectors[:1],
        exact=False,
    )
    assert plan == Plan(Way.INDEX_OVERFETCH, int(wanted / 0.95 * OVERFETCH) + 16)


def test_rows_that_come_in_turns_are_all_known(open_index: OpenIndex) -> None:
    vectors = like_images(ROWS, 3)
    odd = np.arange(ROWS) % 5 != 0
    vectors[odd] = like_images(int(odd.sum()), 4, mixed_by=8)
    index = open_index(RabitqIndex)
    index.build(vectors)
    assert not index.outgrown
    scan = principal(index)
    assert scan is not None
    assert scan.components.suit(vectors[:1000]).mean() > 0.95
    assert recall(index, vectors, vectors[1:100:5]) >= 0.99


def test_it_may_be_closed_while_it_is_asked_whether_it_is_outgrown(built: VectorIndex) -> None:
    scan = principal(built)

    class Closing(RabitqIndex):
        @property
        def _principal(self) -> PrincipalScan | None:
            found: PrincipalScan | None = self.__dict__.pop("kept", None)
            return found

        @_principal.setter
        def _principal(self, value: PrincipalScan | None) -> None:
            self.__dict__["kept"] = value

    index = Closing(None)
    index._principal = scan
    assert not index.outgrown
    assert index._principal is None


@pytest.mark.parametrize("without", ["fitted", "rotation", "indexes"])
def test_a_file_that_says_too_little_is_not_read(
    without: str, built: VectorIndex, open_index: OpenIndex, tmp_path: Path
) -> None:
    path = tmp_path / "index"
    built.save(path)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(f'"{without}"'.encode(), f'"{"x" * len(without)}"'.encode()))
    with pytest.raises(PluginError):
        open_index(RabitqIndex).load(path, np.empty((ROWS, DIMENSION), np.float32))


def test_a_saved_index_has_them(built: VectorIndex, open_index: OpenIndex, tmp_path: Path) -> None:
    queries = like_images(20, 8)
    built.add(like_images(77, 9))
    built.save(tmp_path / "index")
    again = open_index(RabitqIndex)
    again.load(tmp_path / "index", np.empty((ROWS + 77, DIMENSION), np.float32))
    assert principal(again) is not None
    assert np.array_equal(built.search(queries, 30), again.search(queries, 30))
    assert again.candidates_for(queries, 51) == built.candidates_for(queries, 51)
    assert again.outgrown == built.outgrown
    more = like_images(50, 10)
    for index in (built, again):
        index.add(more)
    assert np.array_equal(built.search(queries, 30), again.search(queries, 30))


@given(portions=st.lists(st.integers(1, 70), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None)
def test_any_portions_make_the_codes_that_faiss_makes(portions: list[int]) -> None:
    first, rest = like_images(2000, 3), like_images(560, 4)
    scan = PrincipalScan.fitted(faiss, first, 1e9)
    assert scan is not None
    start = 0
    for portion in portions:
        scan.add(rest[start : start + portion])
        start += portion
    theirs = faiss.IndexPQFastScan(scan.index.d, scan.index.d, 4, faiss.METRIC_INNER_PRODUCT)
    faiss.copy_array_to_vector(faiss.vector_to_array(scan.index.pq.centroids), theirs.pq.centroids)
    theirs.is_trained = True
    theirs.add(rest[:start] @ scan.components.columns)
    ours, others = (
        np.array(faiss.rev_swig_ptr(index.codes.get(), index.codes.size()))
        for index in (scan.index, theirs)
    )
    assert scan.index.ntotal == start
    # A number in the middle between two levels may be rounded to either.
    assert np.mean(ours != others) < 0.001

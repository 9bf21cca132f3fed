"""What is particular to coded indexes: cells, effort, and recall at the size they are for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
from tests.indexes.drawn_vectors import in_all_directions

from photomill.components import VectorIndex, Vectors
from photomill.testing.index import clustered_vectors, nearest
from photomill_faiss import IvfRabitqIndex, RabitqIndex

OpenIndex = Callable[..., VectorIndex]


def recall(
    index: VectorIndex, vectors: Vectors, queries: Vectors, effort: int | None = None
) -> float:
    found = index.search(queries, index.candidates(10), effort=effort)
    shares = [
        len(nearest(vectors, query, 10) & set(rows.tolist()))
        for query, rows in zip(queries, found, strict=True)
    ]
    return float(np.mean(shares)) / 10


def test_more_effort_finds_more(open_index: OpenIndex) -> None:
    index, vectors = open_index(IvfRabitqIndex, cells=100), clustered_vectors(6000)
    index.build(vectors)
    queries = clustered_vectors(60, seed=1)
    few, some, all_cells = (recall(index, vectors, queries, effort) for effort in (2, 20, 200))
    assert few < some < all_cells
    assert all_cells >= 0.99


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_as_many_cells_are_looked_into_as_a_query_needs(
    open_index: OpenIndex, share: float
) -> None:
    """Where the rows lie in no clusters, most cells hold some of the nearest."""
    index = open_index(IvfRabitqIndex)
    vectors = in_all_directions(20_000, 1, dimension=96)
    index.build(vectors)
    allowed = None if share == 1.0 else np.random.default_rng(2).random(len(vectors)) < share
    queries = in_all_directions(40, 3, dimension=96)
    found = index.search(queries, index.candidates(10), allowed=allowed)
    hits = [
        len(nearest(vectors, query, 10, allowed) & set(rows.tolist()))
        for query, rows in zip(queries, found, strict=True)
    ]
    assert sum(hits) >= 0.95 * 10 * len(queries)
    # What is said is done, whatever it finds.
    assert recall(index, vectors, queries, 2 * 96) < 0.8


def test_as_many_rows_are_found_as_are_asked_for(open_index: OpenIndex) -> None:
    index, vectors = open_index(IvfRabitqIndex, cells=60, probes=2), clustered_vectors(3000)
    index.build(vectors)
    found = index.search(vectors[:3], 2500)
    assert all(len(set(rows.tolist())) == 2500 for rows in found)
    assert np.all(found >= 0)


@pytest.mark.parametrize("kind", [RabitqIndex, IvfRabitqIndex])
def test_equal_vectors_make_equal_indexes(kind: type[VectorIndex], open_index: OpenIndex) -> None:
    vectors, queries = clustered_vectors(5000, 300), clustered_vectors(20, 300, seed=1)
    answers = []
    for _ in range(2):
        index = open_index(kind)
        index.build(vectors)
        answers.append(index.search(queries, 50))
    assert np.array_equal(answers[0], answers[1])


@pytest.mark.parametrize("rows", [1, 31, 32, 33, 100, 1000])
def test_portions_make_the_index_that_all_at_once_make(rows: int, open_index: OpenIndex) -> None:
    vectors, queries = clustered_vectors(rows + 90, 300), clustered_vectors(20, 300, seed=1)
    whole, grown = open_index(RabitqIndex), open_index(RabitqIndex)
    for index in (whole, grown):
        # Both have the same middle.
        index.build(vectors[:1])
    whole.add(vectors)
    grown.add(vectors[:rows])
    for start in range(rows, rows + 90, 15):
        grown.add(vectors[start : start + 15])
    found = zip(whole.search(queries, 20), grown.search(queries, 20), strict=True)
    # Rows as near as the last may stand in its place: sums of one row are rounded otherwise than those of many.
    assert np.mean([len(np.intersect1d(one, other)) for one, other in found]) > 19.8


@pytest.mark.parametrize("dimension", [256, 300])
@pytest.mark.parametrize("rows", [1, 32, 1000])
def test_codes_are_laid_out_as_faiss_does(dimension: int, rows: int, open_index: OpenIndex) -> None:
    index = open_index(RabitqIndex)
    index.build(clustered_vectors(rows, dimension))
    theirs = faiss.IndexRaBitQFastScan(index._indexes[0])  # type: ignore[attr-defined]
    assert np.array_equal(scanned_codes(index), codes_of(theirs))


def scanned_codes(index: VectorIndex) -> np.ndarray:
    return codes_of(index._indexes[-1])  # type: ignore[attr-defined]


def codes_of(blocks: Any) -> np.ndarray:
    """The bytes of the blocks, but for what stands behind the last row."""
    everything = faiss.rev_swig_ptr(blocks.codes.get(), blocks.codes.size())
    return np.array(everything).reshape(-1, blocks.get_block_stride())


@pytest.mark.parametrize("dimension", [256, 300])
def test_codes_are_those_of_faiss(dimension: int, open_index: OpenIndex) -> None:
    index, vectors = open_index(RabitqIndex), clustered_vectors(6000, dimension)
    index.build(vectors)
    single, blocks = index._indexes  # type: ignore[attr-defined]
    single.add(index._rotated(vectors))  # type: ignore[attr-defined]
    codes = faiss.vector_to_array(single.codes).reshape(2, len(vectors), -1)
    assert np.array_equal(*codes[:, :, :-8])
    ours, theirs = np.ascontiguousarray(codes[:, :, -8:]).view("<f4")
    assert np.allclose(ours, theirs, rtol=1e-4)
    assert blocks.qb == faiss.IndexRaBitQFastScan(dimension).qb


def test_a_row_that_is_the_middle_has_no_direction(open_index: OpenIndex) -> None:
    index, vector = open_index(RabitqIndex), clustered_vectors(1, 300)
    index.build(np.repeat(vector, 3, axis=0))
    assert set(index.search(vector, 3)[0].tolist()) == {0, 1, 2}


@pytest.mark.parametrize("kind", [RabitqIndex, IvfRabitqIndex])
@pytest.mark.parametrize("dimension", [256, 300])
def test_a_saved_index_finds_what_it_found(
    kind: type[VectorIndex], dimension: int, open_index: OpenIndex, tmp_path: Path
) -> None:
    vectors, queries = clustered_vectors(2000, dimension), clustered_vectors(20, dimension, seed=1)
    index, again = open_index(kind), open_index(kind)
    index.build(vectors)
    index.save(tmp_path / "index")
    again.load(tmp_path / "index", vectors)
    assert np.array_equal(index.search(queries, 50), again.search(queries, 50))


@pytest.mark.parametrize("kind", [RabitqIndex, IvfRabitqIndex])
def test_growing_far_beyond_the_first_rows(kind: type[VectorIndex], open_index: OpenIndex) -> None:
    vectors, queries = clustered_vectors(8000, 300), clustered_vectors(40, 300, seed=1)
    index = open_index(kind)
    index.build(vectors[:50])
    for start in range(50, 8000, 2650):
        index.add(vectors[start : start + 2650])
    assert recall(index, vectors, queries) >= 0.95


def test_a_filter_costs_less_the_fewer_rows_it_leaves(open_index: OpenIndex) -> None:
    index = open_index(RabitqIndex)
    index.build(clustered_vectors(2000, 300))
    costs = [index.cost(400, allowed) for allowed in (1, 20, 200, 2000)]
    assert costs == sorted(costs)


def test_few_rows_are_no_reason_to_warn(
    open_index: OpenIndex, capfd: pytest.CaptureFixture[str]
) -> None:
    open_index(IvfRabitqIndex).build(clustered_vectors(3))
    assert capfd.readouterr() == ("", "")

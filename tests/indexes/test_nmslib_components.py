"""Graphs of principal components: when they are made, what they find, and what they leave to other ways."""

from pathlib import Path

import numpy as np
import pytest
from tests.indexes.conftest import OpenIndex
from tests.indexes.drawn_vectors import (
    DIMENSION,
    in_all_directions,
    in_tight_clusters,
    like_images,
    recall,
    unit,
)

from photomill.collections.planner import Plan, Way, choose
from photomill.components import VectorIndex, Vectors
from photomill.errors import PluginError
from photomill_nmslib import NmslibIndex
from photomill_principal.components import Components

ROWS = 6000


def components(index: VectorIndex) -> Components | None:
    found: Components | None = index._about.components  # type: ignore[attr-defined]
    return found


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    return like_images(ROWS, 3)


@pytest.fixture
def built(open_index: OpenIndex, vectors: Vectors) -> VectorIndex:
    index = open_index(NmslibIndex)
    index.build(vectors)
    return index


@pytest.mark.parametrize("count", [10, 50])
def test_the_nearest_are_among_the_candidates(
    count: int, built: VectorIndex, vectors: Vectors
) -> None:
    assert components(built) is not None
    assert recall(built, vectors, like_images(60, 4), count) >= 0.99


def test_the_nearest_in_tight_clusters_are_among_the_candidates(open_index: OpenIndex) -> None:
    vectors = in_tight_clusters(ROWS, 3)
    index = open_index(NmslibIndex)
    index.build(vectors)
    assert recall(index, vectors, in_tight_clusters(60, 4)) >= 0.99


def test_a_graph_of_components_is_smaller(
    built: VectorIndex, open_index: OpenIndex, tmp_path: Path
) -> None:
    whole = open_index(NmslibIndex)
    whole.build(in_all_directions(ROWS, 3))
    assert components(whole) is None
    built.save(tmp_path / "components")
    whole.save(tmp_path / "whole")
    sizes = [(tmp_path / name).stat().st_size for name in ("components", "whole")]
    assert sizes[1] - sizes[0] > 0.6 * ROWS * DIMENSION * 4


def test_a_query_unlike_the_rows_is_left_to_other_ways(
    built: VectorIndex, vectors: Vectors
) -> None:
    like, unlike = like_images(1, 4), in_all_directions(1, 5)
    assert built.candidates_for(like, 51) < 200
    assert built.candidates_for(unlike, 51) == ROWS
    assert built.candidates_for(np.concatenate([like, unlike]), 51) == ROWS
    # So many that a scan costs more than a graph.
    size = 10 * ROWS
    ways = [
        choose(size=size, survivors=size, index=built, indexed=size, queries=queries, exact=False)
        for queries in (like, unlike)
    ]
    assert [ways[0].way, ways[1]] == [Way.INDEX, Plan(Way.SCAN)]


def test_few_rows_and_rows_of_one_place_are_kept_whole(open_index: OpenIndex) -> None:
    few = open_index(NmslibIndex)
    few.build(like_images(2000, 3))
    assert components(few) is None
    alike = open_index(NmslibIndex)
    alike.build(unit(like_images(1, 6) + np.zeros((3000, 1))))
    assert components(alike) is None


def test_a_saved_graph_has_them(
    built: VectorIndex, vectors: Vectors, open_index: OpenIndex, tmp_path: Path
) -> None:
    built.save(tmp_path / "index")
    again = open_index(NmslibIndex)
    again.load(tmp_path / "index", vectors)
    queries = np.concatenate([like_images(10, 8), in_all_directions(3, 5)])
    for query in queries[:, np.newaxis]:
        assert again.candidates_for(query, 51) == built.candidates_for(query, 51)
    assert np.array_equal(built.search(queries, 30), again.search(queries, 30))
    assert again.cost(51, None) == built.cost(51, None)
    again.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "index").read_bytes()


@pytest.mark.parametrize("missing", [1, 4, 4 * DIMENSION, 4 * 64 * DIMENSION])
def test_components_that_are_not_whole_are_refused(
    missing: int, built: VectorIndex, vectors: Vectors, open_index: OpenIndex, tmp_path: Path
) -> None:
    path = tmp_path / "index"
    built.save(path)
    trailer = 48
    whole = path.read_bytes()
    path.write_bytes(whole[: -trailer - missing] + whole[-trailer:])
    with pytest.raises(PluginError, match="not whole"):
        open_index(NmslibIndex).load(path, vectors)
    path.write_bytes(whole)
    with pytest.raises(PluginError, match="not an index of these"):
        open_index(NmslibIndex).load(path, vectors[1:])

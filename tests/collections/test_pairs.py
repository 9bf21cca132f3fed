"""All near-duplicate pairs: held to the naive n² comparison."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from photomill.collections import pairs
from photomill.collections.collection import Collection
from photomill.collections.matrix import MatrixView
from photomill.collections.model import NewRecord
from photomill.collections.pairs import SketchedRows, pairs_within

MakeCollection = Callable[..., Collection]


@settings(max_examples=25)
@given(
    count=st.integers(0, 90), spread=st.sampled_from([0.0, 0.01, 0.1, 2.0]), seed=st.integers(0, 9)
)
def test_pairs_are_those_of_a_naive_comparison(
    make_collection: MakeCollection, count: int, spread: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    centres = random.normal(size=(5, 8))
    vectors = centres[random.integers(0, 5, count)] + spread * random.normal(size=(count, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    collection = make_collection()
    collection.insert(
        [
            NewRecord(f"r{row:03}", vector=vector.astype(np.float32))
            for row, vector in enumerate(vectors)
        ]
    )
    kept = vectors.astype(np.float32).astype(np.float64)
    kept /= np.linalg.norm(kept, axis=1, keepdims=True)
    distances = 50.0 * np.linalg.norm(kept[:, None] - kept[None], axis=2)
    radius = 5.0
    expected = {
        (f"r{a:03}", f"r{b:03}")
        for a in range(count)
        for b in range(a + 1, count)
        if distances[a, b] <= radius
    }
    page = collection.near_duplicate_pairs(radius=radius, limit=10_000)
    assert {(pair.first, pair.second) for pair in page.pairs} == expected
    assert page.total == len(page.pairs) == len(expected)
    assert [pair.distance for pair in page.pairs] == sorted(pair.distance for pair in page.pairs)


def test_pages_and_clusters(make_collection: MakeCollection) -> None:
    base = np.eye(8, dtype=np.float32)
    vectors = [base[0], base[0], base[0], base[1], base[1], base[2]]
    collection = make_collection()
    collection.insert([NewRecord(f"r{row}", vector=vector) for row, vector in enumerate(vectors)])
    whole = collection.near_duplicate_pairs(clusters=True)
    assert whole.clusters == [["r0", "r1", "r2"], ["r3", "r4"]]
    paged = [collection.near_duplicate_pairs(offset=offset, limit=1) for offset in range(5)]
    assert [page.pairs[0] for page in paged[:4]] == list(whole.pairs)
    assert not paged[4].pairs
    assert {page.total for page in paged} == {4}


def test_many_equal_records_stay_bounded(make_collection: MakeCollection) -> None:
    vector = np.eye(8, dtype=np.float32)[0]
    collection = make_collection()
    collection.insert([NewRecord(f"r{row:04}", vector=vector) for row in range(1200)])
    page = collection.near_duplicate_pairs(limit=3)
    assert page.total == 1200 * 1199 // 2
    assert [(pair.first, pair.second) for pair in page.pairs] == [
        ("r0000", "r0001"),
        ("r0000", "r0002"),
        ("r0000", "r0003"),
    ]


def test_a_pair_at_the_very_radius_is_found(make_collection: MakeCollection) -> None:
    vectors = np.random.default_rng(3).normal(size=(40, 8)).astype(np.float32)
    collection = make_collection()
    collection.insert(
        [NewRecord(f"r{row:02}", vector=vector) for row, vector in enumerate(vectors)]
    )
    everything = collection.near_duplicate_pairs(radius=1000, limit=10_000).pairs
    assert len(everything) == 40 * 39 // 2
    for place, pair in enumerate(everything):
        found = collection.near_duplicate_pairs(radius=pair.distance, limit=10_000)
        assert found.total >= place + 1
        assert found.pairs[place] == pair


def test_opposite_vectors_are_within_the_greatest_radius(make_collection: MakeCollection) -> None:
    vectors = np.random.default_rng(4).normal(size=(60, 8)).astype(np.float32)
    collection = make_collection()
    collection.insert(
        [
            NewRecord(f"r{row:03}", vector=vector)
            for row, vector in enumerate(np.concatenate([vectors, -vectors]))
        ]
    )
    assert collection.near_duplicate_pairs(radius=1e9, limit=1).total == 120 * 119 // 2


@pytest.mark.parametrize("radius", [-1.0, float("nan")])
def test_a_bad_radius_is_refused(make_collection: MakeCollection, radius: float) -> None:
    with pytest.raises(Exception, match="radius: expected 0 or more"):
        make_collection().near_duplicate_pairs(radius=radius)


def test_pages_of_ties_are_slices_of_one_order(make_collection: MakeCollection) -> None:
    generator = np.random.default_rng(5)
    points = generator.normal(size=(4, 8))
    vectors = points[generator.integers(0, 4, 40)]
    names = [f"n{number:03}" for number in generator.permutation(40)]
    collection = make_collection()
    collection.insert(
        [
            NewRecord(name, vector=vector.astype(np.float32))
            for name, vector in zip(names, vectors, strict=True)
        ]
    )
    whole = collection.near_duplicate_pairs(radius=1000, limit=10_000).pairs
    assert len(whole) == 40 * 39 // 2
    keys = [(pair.distance, pair.first, pair.second) for pair in whole]
    assert keys == sorted(set(keys))
    for size in (1, 7, 100):
        paged = [
            pair
            for offset in range(0, len(whole), size)
            for pair in collection.near_duplicate_pairs(
                radius=1000, offset=offset, limit=size
            ).pairs
        ]
        assert paged == list(whole)


def test_further_pages_cost_no_further_pass(
    make_collection: MakeCollection, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes = []

    def counted(*args: Any) -> Any:
        passes.append(args)
        return compare(*args)

    compare = SketchedRows.pairs
    monkeypatch.setattr(SketchedRows, "pairs", counted)
    collection = make_collection()
    axes = np.eye(8, dtype=np.float32)
    collection.insert([NewRecord(f"r{row}", vector=axes[row % 2]) for row in range(50)])
    pages = [collection.near_duplicate_pairs(offset=offset, limit=50) for offset in (0, 50, 550)]
    assert [len(page.pairs) for page in pages] == [50, 50, 50]
    assert len(passes) == 1
    collection.insert([NewRecord("new", vector=axes[0])])
    assert collection.near_duplicate_pairs(limit=1).total == pages[0].total + 25
    assert len(passes) == 2


Vectors = NDArray[np.float32]


def _unit(vectors: NDArray[np.floating[Any]]) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _lattice(random: np.random.Generator, count: int, dimension: int) -> Vectors:
    """Rows of few values each, so that very many distances are equal."""
    return _unit(1.0 + random.integers(0, 2, (count, dimension)))


def _ball(random: np.random.Generator, count: int, dimension: int) -> Vectors:
    """Rows that are all about as far from each other, where no box tells any apart."""
    return _unit(np.ones(dimension) + 0.1 * random.normal(size=(count, dimension)))


def _copies(random: np.random.Generator, count: int, dimension: int) -> Vectors:
    """Rows that are equal in all numbers, or in all but the last bits."""
    some = random.normal(size=(max(1, count // 5), dimension))
    moved = some[random.integers(0, len(some), count)]
    return _unit(moved + random.choice([0.0, 1e-7, 1e-4], (count, 1)))


def _line(random: np.random.Generator, count: int, dimension: int) -> Vectors:
    """Rows along an arc, at equal steps: every sketch but its first number is the same."""
    angles = random.permutation(np.linspace(0.0, 1.5, count))
    rows = np.zeros((count, dimension))
    rows[:, 0], rows[:, -1] = np.cos(angles), np.sin(angles)
    return _unit(rows)


def _odd_ones(random: np.random.Generator, count: int, dimension: int) -> Vectors:
    """Rows of which a few point elsewhere, and leave over nearly all of their length."""
    rows = np.zeros((count, dimension))
    rows[:, :2] = 1.0 + 0.2 * random.normal(size=(count, 2))
    odd = random.random(count) < 0.1
    rows[odd] = random.normal(size=(int(odd.sum()), dimension))
    return _unit(rows)


@settings(max_examples=200)
@given(
    draw=st.sampled_from([_lattice, _ball, _copies, _line, _odd_ones]),
    count=st.integers(2, 120),
    dimension=st.sampled_from([2, 5, 24, 40]),
    leaf_rows=st.sampled_from([1, 3, 16, 256]),
    seed=st.integers(0, 999),
    rank=st.floats(0.0, 1.0),
)
def test_no_box_and_no_sketch_leaves_out_a_pair(
    draw: Callable[..., Vectors],
    count: int,
    dimension: int,
    leaf_rows: int,
    seed: int,
    rank: float,
) -> None:
    vectors = draw(np.random.default_rng(seed), count, dimension)
    exact = vectors.astype(np.float64)
    first, second = np.triu_indices(count, 1)
    distances = np.linalg.norm(exact[first] - exact[second], axis=1)
    # The radius is a pair's own distance: with it all that tie with it are in.
    radius = float(np.quantile(distances, rank, method="lower"))
    within = distances <= radius + 1e-9
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "_LEAF_ROWS", leaf_rows)
        patch.setattr(pairs, "_COLUMNS_AT_ONCE", 7)
        patch.setattr(pairs, "_LEAVES_AT_ONCE", 2)
        found = list(
            pairs_within(MatrixView((vectors,), (0,), *vectors.shape), np.arange(count), radius)
        )
    listed = sorted(
        (min(a, b), max(a, b))
        for some in found
        for a, b in zip(some.first.tolist(), some.second.tolist(), strict=True)
    )
    expected = zip(first[within].tolist(), second[within].tolist(), strict=True)
    assert listed == sorted(expected)


def test_pairs_of_some_rows_of_a_matrix_in_parts() -> None:
    vectors = _copies(np.random.default_rng(1), 2000, 48)
    view = MatrixView((vectors[:700], vectors[700:]), (0, 700), *vectors.shape)
    rows = np.flatnonzero(np.arange(2000) % 3)
    exact = vectors[rows].astype(np.float64)
    apart = np.linalg.norm(exact[:, np.newaxis] - exact, axis=2)
    first, second = np.nonzero(np.triu(apart <= 0.05, 1))
    expected = set(zip(rows[first].tolist(), rows[second].tolist(), strict=True))
    found = list(pairs_within(view, rows, 0.05))
    listed = [
        (min(a, b), max(a, b))
        for some in found
        for a, b in zip(some.first.tolist(), some.second.tolist(), strict=True)
    ]
    assert len(listed) == len(set(listed))
    assert set(listed) == expected

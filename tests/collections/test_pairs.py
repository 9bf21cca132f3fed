"""All near-duplicate pairs: held to the naive n² comparison."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photomill.collections.collection import Collection
from photomill.collections.duplicates import pair_pass
from photomill.collections.model import NewRecord
from photomill.collections.pairs import pairs_within

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

    def counted(*args: Any, **named: Any) -> Any:
        passes.append(args)
        return pairs_within(*args, **named)

    monkeypatch.setattr(pair_pass, "pairs_within", counted)
    collection = make_collection()
    axes = np.eye(8, dtype=np.float32)
    collection.insert([NewRecord(f"r{row}", vector=axes[row % 2]) for row in range(50)])
    pages = [collection.near_duplicate_pairs(offset=offset, limit=50) for offset in (0, 50, 550)]
    assert [len(page.pairs) for page in pages] == [50, 50, 50]
    assert len(passes) == 1
    collection.insert([NewRecord("new", vector=axes[0])])
    assert collection.near_duplicate_pairs(limit=1).total == pages[0].total + 25
    assert len(passes) == 2

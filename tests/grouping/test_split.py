"""Groups of images."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from photomill.components import Grouper, GroupingInput
from photomill.grouping.bursts import find_bursts, keep_together
from photomill.grouping.sizes import GroupSizes
from photomill.grouping.split import GroupingConstraints, combine, split
from photomill_balanced import Balanced, BalancedOptions

Vectors = NDArray[np.float32]


@pytest.fixture
def grouper() -> Grouper:
    return Balanced(BalancedOptions())


def unit(vectors: NDArray[np.float64]) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def themes(count: int, members: int, noise: float = 0.02) -> Vectors:
    which = np.repeat(np.arange(count), members)
    return unit(np.eye(24)[which] + np.random.default_rng(1).normal(size=(len(which), 24)) * noise)


def test_groups_cover_every_picture_once_in_order(grouper: Grouper) -> None:
    vectors = themes(3, 5)[np.random.default_rng(0).permutation(15)]
    found = split(GroupingInput(vectors), GroupingConstraints(groups=3), grouper)
    assert sorted(member for group in found.groups for member in group) == list(range(15))
    assert found.groups == sorted(found.groups)
    assert all(group == sorted(group) for group in found.groups)


def test_a_cover_is_of_its_group_and_most_like_it(grouper: Grouper) -> None:
    vectors = unit(np.array([[1.0, 0.3], [1.0, 0.0], [1.0, -0.3], [-1.0, 0.0]]))
    found = split(GroupingInput(vectors), GroupingConstraints(groups=2, largest=3), grouper)
    assert found.groups == [[0, 1, 2], [3]]
    assert found.covers == [1, 3]


@pytest.mark.parametrize("seed", range(40))
def test_the_first_of_two_is_the_cover(grouper: Grouper, seed: int) -> None:
    """Both are as near to their middle: how a processor rounds must not tell."""
    vectors = unit(np.random.default_rng(seed).normal(size=(2, 1280)))
    assert split(GroupingInput(vectors), GroupingConstraints(groups=1), grouper).covers == [0]


@pytest.mark.parametrize("count", [2, 4, 7, 12])
def test_the_number_of_groups_is_found(grouper: Grouper, count: int) -> None:
    found = split(GroupingInput(themes(count, 9)), GroupingConstraints(largest=30), grouper)
    assert len(found.groups) == count


def test_one_picture_is_one_group(grouper: Grouper) -> None:
    found = split(GroupingInput(themes(1, 1)), GroupingConstraints(), grouper)
    assert (found.groups, found.covers) == ([[0]], [0])


def test_bursts_are_found_through_their_links() -> None:
    angles = np.array([0.0, 0.05, 0.1, 1.0, 2.0, 2.05])
    vectors = unit(np.stack([np.cos(angles), np.sin(angles)], axis=1))
    found = find_bursts(vectors, 0.06)
    assert [burst.tolist() for burst in found] == [[0, 1, 2], [4, 5]]


def test_a_burst_is_not_split(grouper: Grouper) -> None:
    # The fourth image of a burst would fill a group of three others better.
    vectors = themes(2, 6, noise=0.3)
    vectors[[1, 7]] = vectors[0]
    found = split(
        GroupingInput(vectors),
        GroupingConstraints(groups=4, smallest=3, largest=3, burst_radius=0.05),
        grouper,
    )
    assert [0, 1, 7] in found.bursts
    assert any({0, 1, 7} <= set(group) for group in found.groups)


def test_a_burst_larger_than_a_group_stays_split(grouper: Grouper) -> None:
    vectors = np.repeat(themes(1, 1), 6, axis=0)
    found = split(
        GroupingInput(vectors), GroupingConstraints(groups=2, largest=3, burst_radius=0.05), grouper
    )
    assert sorted(map(len, found.groups)) == [3, 3]


@given(
    labels=st.lists(st.integers(0, 3), min_size=8, max_size=24),
    seed=st.integers(0, 1000),
    radius=st.sampled_from([0.1, 0.6, 1.0]),
)
def test_keeping_bursts_keeps_the_sizes(labels: list[int], seed: int, radius: float) -> None:
    vectors = unit(np.random.default_rng(seed).normal(size=(len(labels), 3)))
    before = np.array(labels, np.int64)
    counts = np.bincount(before, minlength=4)
    sizes = GroupSizes(4, int(counts.min()), int(counts.max()))
    after = keep_together(before, find_bursts(vectors, radius), vectors, sizes)
    kept = np.bincount(after, minlength=4)
    assert sizes.smallest <= kept.min()
    assert kept.max() <= sizes.largest
    assert kept.sum() == len(labels)


def test_colours_count_a_fifth() -> None:
    joined = combine(unit(np.eye(2)), unit(np.ones((2, 2))))
    assert np.allclose(np.linalg.norm(joined, axis=1), 1)
    assert joined[0] @ joined[1] == pytest.approx(0.2)

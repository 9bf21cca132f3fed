"""The sequence grouper keeps the contract, and cuts where it is best."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from photomill.components import Grouper, GroupingInput
from photomill.testing import GrouperContract
from photomill_sequence import Sequence
from photomill_sequence.partition import best_cuts

OpenComponent = Callable[..., Grouper]


class TestSequence(GrouperContract):
    @pytest.fixture
    def grouper(self, open_component: OpenComponent) -> Grouper:
        return open_component(Sequence)


class TestByTheClockAlone(GrouperContract):
    @pytest.fixture
    def grouper(self, open_component: OpenComponent) -> Grouper:
        return open_component(Sequence, time_weight=1.0)


@given(
    values=st.lists(st.integers(0, 50), min_size=1, max_size=9),
    groups=st.integers(1, 4),
    data=st.data(),
)
def test_no_cut_is_better(values: list[int], groups: int, data: st.DataObject) -> None:
    count = len(values)
    groups = min(groups, count)
    smallest = data.draw(st.integers(1, count // groups))
    largest = data.draw(st.integers(max(smallest, -(-count // groups)), count))
    points = np.array(values, np.float64)

    def cost(cuts: NDArray[np.int64]) -> float:
        parts = np.split(points, cuts[1:-1])
        return float(sum(((part - part.mean()) ** 2).sum() for part in parts))

    every = (np.array([0, *inner, count]) for inner in combinations(range(1, count), groups - 1))
    allowed = [cuts for cuts in every if set(np.diff(cuts)) <= set(range(smallest, largest + 1))]
    found = best_cuts(points[:, None], groups, smallest, largest)
    assert set(np.diff(found)) <= set(range(smallest, largest + 1))
    assert cost(found) == pytest.approx(min(map(cost, allowed)), abs=1e-6)


def test_groups_follow_one_another_in_time(open_component: OpenComponent) -> None:
    generator = np.random.default_rng(3)
    times = generator.permutation(50).astype(np.float64) * 60
    labels = open_component(Sequence).group(GroupingInput(looks(50), times), 6, 4, 20)
    in_order = labels[np.argsort(times)]
    assert (np.diff(in_order) != 0).sum() == 5


def test_long_pauses_part_groups(open_component: OpenComponent) -> None:
    hours = np.concatenate([np.arange(8) / 10, 30 + np.arange(8) / 10, 60 + np.arange(8) / 10])
    alike = np.repeat(looks(1), 24, axis=0)
    labels = open_component(Sequence).group(GroupingInput(alike, hours * 3600), 3, 2, 20)
    assert labels.tolist() == [0] * 8 + [1] * 8 + [2] * 8


def test_looks_part_groups_where_nobody_knows_the_time(open_component: OpenComponent) -> None:
    vectors = np.repeat(looks(3), [5, 9, 6], axis=0)
    labels = open_component(Sequence).group(GroupingInput(vectors), 3, 1, 20)
    assert labels.tolist() == [0] * 5 + [1] * 9 + [2] * 6


def test_a_picture_without_a_time_stays_beside_the_one_before_it(
    open_component: OpenComponent,
) -> None:
    times = np.array([0.0, 10, 20, 90_000, np.nan, 90_020])
    alike = np.repeat(looks(1), 6, axis=0)
    labels = open_component(Sequence).group(GroupingInput(alike, times), 2, 1, 6)
    assert labels.tolist() == [0, 0, 0, 1, 1, 1]


def looks(count: int) -> NDArray[np.float32]:
    vectors = np.random.default_rng(count).normal(size=(count, 16))
    unit: NDArray[np.float32] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(
        np.float32
    )
    return unit

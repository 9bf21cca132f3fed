"""The balanced grouper keeps the contract, and loses to nobody."""

import warnings
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from photomill.components import Grouper, GroupingInput
from photomill.testing import GrouperContract
from photomill_balanced import Balanced
from photomill_balanced.assignment import assign
from photomill_balanced.levelling import Sizes

OpenComponent = Callable[..., Grouper]


class TestBalanced(GrouperContract):
    @pytest.fixture
    def grouper(self, open_component: OpenComponent) -> Grouper:
        return open_component(Balanced)


@st.composite
def problems(draw: st.DrawFn) -> tuple[NDArray[np.float64], Sizes]:
    points = draw(st.integers(1, 7))
    groups = draw(st.integers(1, min(points, 3)))
    smallest = draw(st.integers(0, points // groups))
    largest = draw(st.integers(max(smallest, -(-points // groups)), points))
    costs = draw(st.lists(st.integers(0, 1000), min_size=points * groups, max_size=points * groups))
    return np.array(costs, np.float64).reshape(points, groups), Sizes(smallest, largest)


@given(problem=problems())
def test_no_assignment_is_cheaper(problem: tuple[NDArray[np.float64], Sizes]) -> None:
    costs, sizes = problem
    points, groups = costs.shape

    def total(labels: NDArray[np.int64]) -> float:
        return float(costs[np.arange(points), labels].sum())

    def fits(labels: tuple[int, ...]) -> bool:
        counts = np.bincount(labels, minlength=groups)
        return bool(sizes.smallest <= counts.min() and counts.max() <= sizes.largest)

    labels = assign(costs, sizes)
    assert fits(tuple(labels))
    every = filter(fits, product(range(groups), repeat=points))
    cheapest = min(total(np.array(each)) for each in every)
    assert total(labels) == pytest.approx(cheapest, abs=1e-3 * points)


def test_many_groups_are_assigned_over_the_nearest_few() -> None:
    costs = np.random.default_rng(0).random((3000, 200))
    labels = assign(costs, Sizes(10, 20))
    counts = np.bincount(labels, minlength=200)
    assert 10 <= counts.min() <= counts.max() <= 20
    assert costs[np.arange(3000), labels].mean() < 0.05


def test_it_falls_back_to_every_group_where_the_nearest_few_are_full() -> None:
    # All points are near the same groups; most must go far.
    costs = np.tile(np.linspace(0, 1, 200), (3000, 1))
    labels = assign(costs, Sizes(15, 15))
    assert np.bincount(labels, minlength=200).tolist() == [15] * 200


@pytest.mark.parametrize(("count", "groups"), [(60, 8), (200, 10), (500, 12)])
def test_its_groups_are_as_tight_as_those_of_the_reference(
    open_component: OpenComponent, count: int, groups: int
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from k_means_constrained import KMeansConstrained

    vectors = events(count, 20)
    smallest, largest = count // (2 * groups), 2 * count // groups
    labels = open_component(Balanced).group(GroupingInput(vectors), groups, smallest, largest)
    reference = KMeansConstrained(
        groups, size_min=smallest, size_max=largest, n_init=10, random_state=0
    ).fit_predict(vectors)
    assert spread(vectors, labels) <= 1.01 * spread(vectors, np.asarray(reference))


@pytest.mark.parametrize("seed", range(12))
def test_a_burst_above_the_largest_size_is_split_as_the_reference_does_at_best(
    open_component: Callable[[type[Grouper]], Grouper], seed: int
) -> None:
    """Three quarters of the images are all but copies, and more than a group may hold."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from k_means_constrained import KMeansConstrained

    vectors, groups, largest = _dominated(seed)
    labels = open_component(Balanced).group(GroupingInput(vectors), groups, 1, largest)
    best = min(
        spread(vectors, np.asarray(model.fit_predict(vectors)))
        for model in (
            KMeansConstrained(groups, size_min=1, size_max=largest, n_init=4, random_state=each)
            for each in range(5)
        )
    )
    assert spread(vectors, labels) <= 1.01 * best + 1e-5


@pytest.mark.parametrize(("copies", "others", "groups"), [(17, 3, 4), (40, 5, 7), (30, 2, 4)])
def test_copies_above_the_largest_size_are_not_mixed_with_others(
    open_component: Callable[[type[Grouper]], Grouper], copies: int, others: int, groups: int
) -> None:
    vectors = np.vstack([np.tile(np.eye(12)[0], (copies, 1)), np.eye(12)[1 : others + 1]])
    count = copies + others
    unit = GroupingInput(vectors.astype(np.float32))
    labels = open_component(Balanced).group(unit, groups, 1, 2 * -(-count // groups))
    assert not set(labels[:copies].tolist()) & set(labels[copies:].tolist())


def _dominated(seed: int) -> tuple[NDArray[np.float32], int, int]:
    generator = np.random.default_rng(seed)
    count, groups = int(generator.integers(20, 60)), int(generator.integers(3, 8))
    themes = int(generator.integers(2, groups + 2))
    shares = np.array([0.75, *[0.25 / (themes - 1)] * (themes - 1)])
    which = generator.choice(themes, size=count, p=shares)
    noise = generator.choice([0.01, 0.05, 0.2], size=themes)
    points = generator.normal(size=(themes, 24))[which]
    points += generator.normal(size=points.shape) * noise[which][:, None]
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    return unit.astype(np.float32), groups, 2 * -(-count // groups)


def events(count: int, themes: int) -> NDArray[np.float32]:
    """Unit vectors around themes of unlike sizes, as photographs of unlike events are."""
    generator = np.random.default_rng(count)
    middles = generator.normal(size=(themes, 128))
    which = generator.choice(themes, size=count, p=generator.dirichlet(np.ones(themes)))
    vectors = middles[which] + generator.normal(size=(count, 128)) * 0.8
    unit: NDArray[np.float32] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(
        np.float32
    )
    return unit


def spread(vectors: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    return float(
        sum(
            ((vectors[labels == label] - vectors[labels == label].mean(axis=0)) ** 2).sum()
            for label in np.unique(labels)
        )
    )

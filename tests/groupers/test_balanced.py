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
from photomill_balanced.assignment import Sizes, assign

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

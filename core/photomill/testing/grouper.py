"""What every grouper must do."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from photomill.components import Grouper, GroupingInput, Vectors
from photomill.errors import InvalidInput

SPLITS = [
    # images, groups, smallest, largest
    (1, 1, 1, 1),
    (2, 1, 1, 2),
    (7, 7, 1, 1),
    (10, 3, 0, 10),
    (12, 4, 3, 3),
    (13, 4, 3, 4),
    (40, 5, 1, 36),
    (100, 9, 8, 20),
]


class GrouperContract:
    """Derive from this and fill :meth:`grouper`::

    class TestMine(GrouperContract):
        @pytest.fixture
        def grouper(self, open_component):
            return open_component(Mine)
    """

    @pytest.fixture
    def grouper(self) -> Grouper:
        """An open grouper."""
        raise pytest.UsageError(f"{type(self).__name__} must define the fixture 'grouper'")

    @pytest.mark.parametrize(("count", "groups", "smallest", "largest"), SPLITS)
    def test_groups_have_the_sizes_asked_for(
        self, grouper: Grouper, count: int, groups: int, smallest: int, largest: int
    ) -> None:
        labels = grouper.group(distinct_images(count), groups, smallest, largest)
        sizes = np.bincount(labels, minlength=groups)
        assert sizes.sum() == count
        assert smallest <= sizes.min()
        assert sizes.max() <= largest

    @pytest.mark.parametrize(
        "times", [None, [np.nan] * 30, [float(second) for second in range(29)] + [np.nan]]
    )
    def test_times_may_be_unknown(self, grouper: Grouper, times: list[float] | None) -> None:
        known = None if times is None else np.array(times, np.float64)
        labels = grouper.group(GroupingInput(distinct_images(30).vectors, known), 4, 5, 10)
        assert np.bincount(labels).sum() == 30

    def test_images_that_are_all_alike_are_grouped(self, grouper: Grouper) -> None:
        vectors = np.repeat(distinct_images(1).vectors, 12, axis=0)
        labels = grouper.group(GroupingInput(vectors, np.zeros(12)), 3, 4, 4)
        assert np.bincount(labels).tolist() == [4, 4, 4]

    def test_clear_clusters_are_found(self, grouper: Grouper) -> None:
        labels = grouper.group(clusters(3, 10), 3, 5, 20)
        assert labels.tolist() == [0] * 10 + [1] * 10 + [2] * 10

    def test_it_is_deterministic(self, grouper: Grouper) -> None:
        first, second = (grouper.group(distinct_images(60), 7, 3, 20).tolist() for _ in range(2))
        assert first == second

    def test_threads_do_not_disturb_each_other(self, grouper: Grouper) -> None:
        sizes = [20, 30, 40, 50] * 2
        alone = [grouper.group(distinct_images(size), 4, 2, 40).tolist() for size in sizes]
        with ThreadPoolExecutor(4) as pool:
            together = list(
                pool.map(
                    lambda size: grouper.group(distinct_images(size), 4, 2, 40).tolist(), sizes
                )
            )
        assert together == alone

    def test_its_input_is_not_changed(self, grouper: Grouper) -> None:
        given = distinct_images(20)
        before = given.vectors.copy()
        grouper.group(given, 4, 2, 10)
        assert np.array_equal(given.vectors, before)

    @pytest.mark.parametrize(
        ("groups", "smallest", "largest"), [(0, 0, 10), (11, 0, 10), (3, 4, 10), (3, 1, 3)]
    )
    def test_an_impossible_split_is_refused(
        self, grouper: Grouper, groups: int, smallest: int, largest: int
    ) -> None:
        with pytest.raises(InvalidInput):
            grouper.group(distinct_images(10), groups, smallest, largest)


def distinct_images(count: int) -> GroupingInput:
    """Make ``count`` unlike images, taken a minute apart."""
    vectors = np.random.default_rng(count).normal(size=(count, 16))
    return GroupingInput(_unit(vectors), np.arange(0, 60 * count, 60, dtype=np.float64))


def clusters(count: int, members: int) -> GroupingInput:
    """Make clusters that lie far apart in look and in time, one after the other."""
    noise = np.random.default_rng(0).normal(size=(count * members, 16)) * 0.01
    which = np.repeat(np.arange(count), members)
    times = np.asarray(which * 1e6 + np.arange(count * members), np.float64)
    return GroupingInput(_unit(np.eye(16)[which] + noise), times)


def _unit(vectors: NDArray[np.float64]) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

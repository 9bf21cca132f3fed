"""The grouper suite fails for groupers that are broken, each in its own way."""

import threading
from typing import Any

import numpy as np
import pytest

from photomill.components import Grouper, GroupingInput, NoOptions
from photomill.components.grouper import Labels
from photomill.errors import PluginError
from photomill.testing import GrouperContract


class Segments(Grouper):
    """Correct: cuts the sequence so that neighbours within a group are near (dynamic programming over cuts)."""

    name = "segments"

    def _group(self, pictures: GroupingInput, groups: int, smallest: int, largest: int) -> Labels:
        count = len(pictures.vectors)
        steps = np.linalg.norm(np.diff(pictures.vectors, axis=0), axis=1)
        length = np.concatenate([[0.0], np.cumsum(steps)])
        best = np.full((groups + 1, count + 1), np.inf)
        cut = np.zeros((groups + 1, count + 1), np.int64)
        best[0, 0] = 0.0
        for group in range(1, groups + 1):
            for end in range(1, count + 1):
                for start in range(max(0, end - largest), end - max(smallest, 1) + 1):
                    cost = best[group - 1, start] + length[end - 1] - length[start]
                    if cost < best[group, end]:
                        best[group, end], cut[group, end] = cost, start
        labels = np.zeros(count, np.int64)
        end = count
        for group in range(groups, 0, -1):
            start = int(cut[group, end])
            labels[start:end] = group - 1
            end = start
        return labels


class OneGroup(Segments):
    def _group(self, pictures: GroupingInput, groups: int, smallest: int, largest: int) -> Labels:
        return np.zeros(len(pictures.vectors), np.int64)


class NeedsTimes(Segments):
    def _group(self, pictures: GroupingInput, groups: int, smallest: int, largest: int) -> Labels:
        assert pictures.times is not None
        return super()._group(pictures, groups, smallest, largest)


class ByFirstValue(Segments):
    """Takes likeness for identity."""

    def _group(self, pictures: GroupingInput, groups: int, smallest: int, largest: int) -> Labels:
        _, labels = np.unique(pictures.vectors[:, 0], return_inverse=True)
        return np.asarray(labels % groups, np.int64)


class Dealt(Segments):
    """Balanced, and blind."""

    def _group(self, pictures: GroupingInput, groups: int, smallest: int, largest: int) -> Labels:
        return np.arange(len(pictures.vectors), dtype=np.int64) % groups


class Shuffled(Segments):
    def _group(self, pictures: GroupingInput, groups: int, smallest: int, largest: int) -> Labels:
        return np.random.default_rng().permutation(
            super()._group(pictures, groups, smallest, largest)
        )


class KeepsPicturesOnItself(Segments):
    def _group(self, pictures: GroupingInput, groups: int, smallest: int, largest: int) -> Labels:
        self._pictures = pictures
        threading.Event().wait(0.01)
        return super()._group(self._pictures, groups, smallest, largest)


class WritesIntoItsInput(Segments):
    def _group(self, pictures: GroupingInput, groups: int, smallest: int, largest: int) -> Labels:
        pictures.vectors[:] = 0
        return super()._group(pictures, groups, smallest, largest)


class NeverRefuses(Segments):
    def group(  # type: ignore[misc]
        self,
        pictures: GroupingInput,
        groups: int,
        smallest: int,
        largest: int,
        *,
        quickly: bool = False,
    ) -> Labels:
        return np.zeros(len(pictures.vectors), np.int64)


BROKEN: dict[str, tuple[type[Segments], tuple[Any, ...]]] = {
    "test_groups_have_the_sizes_asked_for": (OneGroup, (12, 4, 3, 3)),
    "test_times_may_be_unknown": (NeedsTimes, (None,)),
    "test_images_that_are_all_alike_are_grouped": (ByFirstValue, ()),
    "test_clear_clusters_are_found": (Dealt, ()),
    "test_it_is_deterministic": (Shuffled, ()),
    "test_threads_do_not_disturb_each_other": (KeepsPicturesOnItself, ()),
    "test_its_input_is_not_changed": (WritesIntoItsInput, ()),
    "test_an_impossible_split_is_refused": (NeverRefuses, (11, 0, 10)),
}


class TestSegments(GrouperContract):
    @pytest.fixture
    def grouper(self) -> Grouper:
        return Segments(NoOptions())


@pytest.mark.parametrize("test", BROKEN)
def test_what_is_broken_fails(test: str) -> None:
    grouper, arguments = BROKEN[test]
    with pytest.raises((AssertionError, PluginError, pytest.fail.Exception)):
        getattr(GrouperContract(), test)(grouper(NoOptions()), *arguments)


def test_every_test_of_the_suite_can_fail() -> None:
    assert {name for name in dir(GrouperContract) if name.startswith("test_")} == set(BROKEN)

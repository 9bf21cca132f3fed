"""Grouping by the time at which pictures were taken."""

import numpy as np
import pytest

from photomill.components import GroupingInput
from photomill.engine import Engine
from photomill.grouping.clock import filled_times, timed_features
from photomill.grouping.inputs import PathInputs
from photomill.grouping.plan import Mode
from photomill.grouping.split import Wishes

from .conftest import Finished, Write

DAYS = {
    # Morning: red, green; afternoon: red, green; the next day: red.
    "e.jpg": ("red", "2024:05:02 09:00:00"),
    "a.jpg": ("red", "2024:05:01 09:00:00"),
    "b.jpg": ("green", "2024:05:01 09:01:00"),
    "d.jpg": ("green", "2024:05:01 18:01:00"),
    "c.jpg": ("red", "2024:05:01 18:00:00"),
}


@pytest.fixture
def day(write: Write) -> list[str]:
    return [
        write(name, colour, seed=ord(name[0]), taken=taken)
        for name, (colour, taken) in DAYS.items()
    ]


def groups(
    engine: Engine, finished: Finished, names: list[str], mode: Mode, count: int
) -> set[str]:
    found = finished(engine.grouping.submit(PathInputs(names), Wishes(count), mode=mode))
    return {"".join(sorted(found.names[member][-5] for member in group)) for group in found.groups}


def test_time_cuts_where_the_gaps_are(engine: Engine, finished: Finished, day: list[str]) -> None:
    assert groups(engine, finished, day, "time", 3) == {"ab", "cd", "e"}


def test_a_sequence_has_no_gaps(engine: Engine, finished: Finished, day: list[str]) -> None:
    for count in range(1, 6):
        for group in groups(engine, finished, day, "sequence", count):
            assert group in "abcde"


def test_likeness_alone_looks_at_no_clock(
    engine: Engine, finished: Finished, day: list[str]
) -> None:
    assert groups(engine, finished, day, "visual", 2) == {"ace", "bd"}


def test_both_come_back_to_an_earlier_subject(
    engine: Engine, finished: Finished, write: Write
) -> None:
    names = [
        write(f"{letter}.jpg", colour, seed=index, taken=f"2024:05:01 09:{index:02}:00")
        for index, (letter, colour) in enumerate(zip("abcd", ["red", "green"] * 2, strict=True))
    ]
    names.append(write("e.jpg", "red", seed=9, taken="2024:05:20 09:00:00"))
    assert groups(engine, finished, names, "time+visual", 3) == {"ac", "bd", "e"}
    assert groups(engine, finished, names, "visual", 2) == {"ace", "bd"}


def test_bursts_do_not_break_a_sequence(engine: Engine, finished: Finished, write: Write) -> None:
    names = [write(f"{letter}.jpg", "red", seed=0) for letter in "ab"]
    names.insert(1, write("m.jpg", "blue"))
    found = finished(
        engine.grouping.submit(PathInputs(names), Wishes(2, largest=2), mode="sequence")
    )
    assert (found.groups in ([[0], [1, 2]], [[0, 1], [2]]), found.bursts) == (True, [])


def test_an_unknown_time_is_that_of_the_picture_before() -> None:
    vectors = np.eye(5, dtype=np.float32)
    times = np.array([np.nan, 7.0, np.nan, 3.0, np.nan])
    assert filled_times(GroupingInput(vectors, times)).tolist() == [7.0, 7.0, 7.0, 3.0, 3.0]
    assert filled_times(GroupingInput(vectors)).tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_features_follow_the_clock() -> None:
    pictures = GroupingInput(np.eye(3, dtype=np.float32), np.array([3600.0, 0.0, 1e9]))
    features, order = timed_features(pictures, 1.0, 3600.0)
    assert order.tolist() == [1, 0, 2]
    assert features[:, -1] == pytest.approx([0.0, 0.5, 0.5 + 24 / 25])

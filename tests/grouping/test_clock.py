"""Grouping by the time at which images were taken."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomill.components import GroupingInput
from photomill.engine import Engine
from photomill.grouping.clock import (
    camera_time_of,
    common_times,
    filled_times,
    split_events,
    timed_features,
)
from photomill.grouping.inputs import PathInputs
from photomill.grouping.plan import GroupingMode
from photomill.grouping.split import GroupingConstraints

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
    engine: Engine, finished: Finished, names: list[str], mode: GroupingMode, count: int
) -> set[str]:
    found = finished(
        engine.grouping.submit(PathInputs(names), GroupingConstraints(count), mode=mode)
    )
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
        engine.grouping.submit(
            PathInputs(names), GroupingConstraints(2, largest=2), mode="sequence"
        )
    )
    assert (found.groups in ([[0], [1, 2]], [[0, 1], [2]]), found.bursts) == (True, [])


def test_an_unknown_time_is_that_of_the_image_before() -> None:
    vectors = np.eye(5, dtype=np.float32)
    times = np.array([np.nan, 7.0, np.nan, 3.0, np.nan])
    assert filled_times(GroupingInput(vectors, times)).tolist() == [7.0, 7.0, 7.0, 3.0, 3.0]
    assert filled_times(GroupingInput(vectors)).tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_features_follow_the_clock() -> None:
    images = GroupingInput(np.eye(3, dtype=np.float32), np.array([3600.0, 0.0, 1e9]))
    features, order = timed_features(images, 1.0, 3600.0)
    assert order.tolist() == [1, 0, 2]
    assert features[:, -1] == pytest.approx([0.0, 0.5, 0.5 + 24 / 25])


def _times(*groups: tuple[float, int, float]) -> list[float]:
    """Moments of events: when each begins in hours, how many images it has, and the minutes between them."""
    return [3600 * hour + 60 * each * minutes for hour, n, minutes in groups for each in range(n)]


@pytest.mark.parametrize(
    ("times", "sizes"),
    [
        (_times((10, 8, 1), (34, 8, 1), (58, 8, 1)), [8, 8, 8]),
        (_times((10, 8, 60), (34, 8, 60), (58, 8, 60)), [8, 8, 8]),
        (_times((9, 12, 45), (33, 5, 100), (57, 14, 30)), [12, 5, 14]),
        (_times((10, 6, 1), (12, 6, 1)), [6, 6]),
        (_times((10, 6, 1), (14, 1, 1), (18, 30, 0.1)), [6, 1, 30]),
        (_times((10, 40, 2)), [40]),
        (_times((10, 200, 5)), [200]),
        (_times((10, 1, 1)), [1]),
        (_times((10, 2, 3)), [2]),
        (_times((10, 1, 1), (40, 1, 1)), [1, 1]),
        ([0.0] * 9, [9]),
        ([86_400.0 * day for day in range(9)], [9]),
    ],
)
def test_events_are_told_by_gaps(times: list[float], sizes: list[int]) -> None:
    assert np.bincount(split_events(np.array(times))).tolist() == sizes


@given(
    counts=st.lists(st.integers(2, 12), min_size=1, max_size=6),
    minutes=st.floats(0.05, 3),
    away=st.floats(8, 60),
)
def test_any_events_hours_apart_are_found(counts: list[int], minutes: float, away: float) -> None:
    starts = np.cumsum([0.0, *(away + count * minutes / 60 for count in counts[:-1])])
    times = _times(*zip(starts.tolist(), counts, [minutes] * len(counts), strict=True))
    assert np.bincount(split_events(np.array(times))).tolist() == counts


@pytest.mark.parametrize("mode", ["time", "time+visual", "sequence"])
def test_without_a_number_time_decides_where_it_is_promised(
    engine: Engine, finished: Finished, write: Write, mode: GroupingMode
) -> None:
    """All alike to look at, and of three days."""
    names = [
        write(f"{day}{each}.jpg", "red", seed=3, taken=f"2024:05:{5 * day + 1:02} 10:{each:02}:00")
        for each in range(6)
        for day in range(3)
    ]
    found = finished(engine.grouping.submit(PathInputs(names), mode=mode))
    days = [{found.names[member][-6] for member in group} for group in found.groups]
    assert days == [{"0"}, {"1"}, {"2"}]
    assert not found.notes


def test_without_a_number_images_that_are_alike_are_one_group(
    engine: Engine, finished: Finished, write: Write
) -> None:
    names = [write(f"{each}.jpg", "green", seed=4) for each in range(12)]
    assert len(finished(engine.grouping.submit(PathInputs(names))).groups) == 1
    day = [
        write(f"d{each}.jpg", "green", seed=each, taken=f"2024:05:01 10:{each:02}:00")
        for each in range(9)
    ]
    assert len(finished(engine.grouping.submit(PathInputs(day), mode="time")).groups) == 1


def test_a_wish_for_sizes_holds_for_events_too(
    engine: Engine, finished: Finished, write: Write
) -> None:
    names = [
        write(f"{day}{each}.jpg", "red", seed=each, taken=f"2024:05:0{day + 1} 10:{each:02}:00")
        for day, count in enumerate([7, 2])
        for each in range(count)
    ]
    for constraints in (
        GroupingConstraints(largest=3),
        GroupingConstraints(smallest=3),
        GroupingConstraints(smallest=2, largest=4),
    ):
        found = finished(engine.grouping.submit(PathInputs(names), constraints, mode="time"))
        sizes = [len(group) for group in found.groups]
        assert constraints.smallest <= min(sizes)
        assert max(sizes) <= (constraints.largest or 9)


@pytest.mark.parametrize("mode", ["time", "time+visual", "sequence"])
def test_it_is_said_where_images_tell_no_time(
    engine: Engine, finished: Finished, write: Write, mode: GroupingMode
) -> None:
    names = [write(f"{each}.jpg", "red", seed=each) for each in range(3)]
    (note,) = finished(
        engine.grouping.submit(PathInputs(names), GroupingConstraints(2), mode=mode)
    ).notes
    assert "No image tells the time" in note
    names.append(write("t.jpg", "red", taken="2024:05:01 10:00:00"))
    (note,) = finished(
        engine.grouping.submit(PathInputs(names), GroupingConstraints(2), mode=mode)
    ).notes
    assert note.startswith("3 of 4 images do not tell the time")
    assert not finished(engine.grouping.submit(PathInputs(names), GroupingConstraints(2))).notes


def test_a_camera_without_a_zone_is_where_the_others_are() -> None:
    noon = 1_719_835_200.0
    clocks = [noon, noon + 60, noon + 7200, noon + 7260, None]
    assert common_times(clocks, [7200.0, None, 7200.0, None, None]) == pytest.approx(
        [noon - 7200, noon - 7140, noon, noon + 60, np.nan], nan_ok=True
    )
    # A journey: the zone of whoever showed the nearest time.
    clocks = [noon, noon + 60, noon + 86_400, noon + 86_460]
    assert common_times(clocks, [0.0, None, 3600.0, None]) == pytest.approx(
        [noon, noon + 60, noon + 82_800, noon + 82_860]
    )
    assert common_times(clocks, [None] * 4) == pytest.approx(clocks)
    assert common_times([None, None], [None, 7200.0]) is None


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("1970-01-02T00:00:00", (86_400.0, None)),
        ("1970-01-02 02:00:00.5+02:00", (93_600.5, 7200.0)),
        ("1970-01-02T00:00:00Z", (86_400.0, 0.0)),
        ("1970-01-02", (86_400.0, None)),
        (60, (60.0, 0.0)),
        (-0.5, (-0.5, 0.0)),
        (10**400, (None, None)),
        (float("nan"), (None, None)),
        (True, (None, None)),
        (None, (None, None)),
        ("noon", (None, None)),
        ({"$date": 1}, (None, None)),
    ],
)
def test_times_are_read_as_records_hold_them(
    value: object, time: tuple[float | None, float | None]
) -> None:
    assert camera_time_of(value) == time

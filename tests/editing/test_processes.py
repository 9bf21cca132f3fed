"""Edits that misbehave, and many at once."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from photomill.editing.request import Bounds, Pixels, Resizing
from photomill.editing.sandboxed import SandboxedEditing
from photomill.errors import (
    ImageTooLarge,
    ImageUnreadable,
    InvalidInput,
    PhotomillError,
    PluginError,
    PluginUnavailable,
)

from .conftest import job, order, photo

OpenProcesses = Callable[..., SandboxedEditing]
PHOTO = photo((120, 90))


@pytest.mark.parametrize(
    ("orders", "error", "message"),
    [
        ({"order": "crash"}, ImageUnreadable, "SIGSEGV"),
        ({"order": "leave"}, ImageUnreadable, "status 3"),
        ({"order": "hoard"}, ImageTooLarge, "MiB of memory"),
        ({"order": "fail"}, PluginError, "an edit operation failed: ZeroDivisionError"),
        ({"order": "write"}, PluginError, "OSError|PermissionError"),
        ({"order": "refuse"}, InvalidInput, "too green"),
        ({"seconds": 100.0}, ImageTooLarge, "takes more than 2 s to edit"),
    ],
)
def test_what_goes_wrong_costs_one_picture(
    open_unruly: OpenProcesses, orders: dict[str, Any], error: type[Exception], message: str
) -> None:
    processes = open_unruly(max_seconds=2.0 if "seconds" in orders else 100.0)
    with pytest.raises(error, match=message):
        processes.edit(order(PHOTO, **orders))
    assert processes.edit(job(PHOTO)).output.width == 120


def test_a_picture_that_is_shrunk_on_load_keeps_operations_that_need_every_pixel_whole(
    open_unruly: OpenProcesses,
) -> None:
    large = photo((1600, 1200))
    small = Resizing(Pixels(100), Pixels(100), fit=Bounds())

    def seen(*names: str) -> str:
        tell = {"tests.unruly": {"order": "tell"}}
        edited = open_unruly(*names).edit(job(large, resizing=small, extensions=tell))
        return edited.profiling.notes[0]

    assert seen("Unruly") == "1600 x 1200 of 1600"
    assert seen("Picky") == "200 x 150 of 1600"


def test_the_best_engine_that_is_there_and_does_not_decline_does_it(
    open_unruly: OpenProcesses,
) -> None:
    processes = open_unruly("Unruly", "Picky", "Absent")

    def engine(width: int) -> tuple[str, tuple[str, ...]]:
        edited = processes.edit(order(photo((width, 50)), seconds=0.001))
        return edited.profiling.operations[0].engine, edited.profiling.notes

    absent = "absent: its weights are not there"
    assert engine(200) == ("picky", (absent,))
    assert engine(50) == ("unruly", (absent, "picky: it is too small"))
    offered = [each for each in processes.capabilities() if each.operation == "tests.unruly"]
    assert [(each.engine, each.available) for each in offered] == [
        ("absent", False),
        ("picky", True),
        ("unruly", True),
    ]


@pytest.mark.parametrize("width", [50, 200])
def test_a_plan_names_the_engines_that_run(open_unruly: OpenProcesses, width: int) -> None:
    processes = open_unruly("Unruly", "Picky", "Absent")
    wanted = order(photo((width, 50)), seconds=0.001)
    edited, planned = processes.edit(wanted), processes.plan(wanted)
    runs = [(run.operation, run.engine) for run in edited.profiling.operations[:-1]]
    assert [(step.operation, step.engine) for step in planned.steps] == runs
    assert planned.notes == edited.profiling.notes
    assert (planned.input, planned.output) == (edited.input, edited.output)


def test_nothing_to_do_it_with_is_said(open_unruly: OpenProcesses) -> None:
    with pytest.raises(PluginUnavailable, match="its weights are not there"):
        open_unruly("Absent").edit(order(PHOTO, seconds=0.001))
    with pytest.raises(InvalidInput, match="picky: it is too small"):
        open_unruly("Picky").edit(order(photo((50, 50)), seconds=0.001))


def test_the_engine_ranks_regions_for_an_edit(open_unruly: OpenProcesses) -> None:
    def rank(text: str, regions: object) -> list[float]:
        assert isinstance(regions, list)
        return [len(text) + region.mean() for region in regions]

    edited = open_unruly().edit(order(PHOTO, order="ask"), rank)
    assert edited.profiling.notes[0].endswith(", 5.0]")


def test_a_ranking_that_fails_is_an_error_of_that_picture(open_unruly: OpenProcesses) -> None:
    def rank(text: str, regions: object) -> list[float]:
        raise PhotomillError("no words")

    processes = open_unruly()
    with pytest.raises(PluginUnavailable, match="no words"):
        processes.edit(order(PHOTO, order="ask"), rank)
    assert processes.edit(job(PHOTO)).data


def test_pictures_wait_for_room_and_all_are_edited(open_unruly: OpenProcesses) -> None:
    # Room for one image and its result: the processes take turns.
    processes = open_unruly(processes=3, pixel_budget=2 * 120 * 90)
    with ThreadPoolExecutor(6) as pool:
        started = time.monotonic()
        edited = list(pool.map(lambda _: processes.edit(order(PHOTO, seconds=0.15)), range(6)))
        seconds = time.monotonic() - started
    assert len(edited) == 6
    assert seconds >= 6 * 0.15


def test_waiting_for_room_is_not_counted_as_working(open_unruly: OpenProcesses) -> None:
    processes = open_unruly(processes=2, pixel_budget=1, max_seconds=4.0)
    processes.edit(job(PHOTO))
    with ThreadPoolExecutor(9) as pool:
        results = pool.map(lambda _: processes.edit(order(PHOTO, seconds=0.5)), range(9))
        assert all(edited.data for edited in results)


def test_one_edit_is_not_stuck_behind_a_batch(open_unruly: OpenProcesses) -> None:
    processes = open_unruly(processes=1)
    processes.edit(job(PHOTO))

    def started(interactive: bool) -> float:
        edited = processes.edit(order(PHOTO, order="clock", interactive=interactive, seconds=0.1))
        return float(edited.profiling.notes[0])

    with ThreadPoolExecutor(12) as pool:
        batch = [pool.submit(started, False) for _ in range(10)]
        time.sleep(0.05)
        alone = started(True)
        before = sum(each.result() < alone for each in batch)
    assert before <= 2


def test_closing_ends_what_runs(open_unruly: OpenProcesses) -> None:
    processes = open_unruly()
    processes.edit(job(PHOTO))
    errors: list[Exception] = []

    def slow() -> None:
        try:
            processes.edit(order(PHOTO, seconds=1000.0))
        except PhotomillError as error:
            errors.append(error)

    thread = threading.Thread(target=slow)
    thread.start()
    time.sleep(0.3)
    processes.close()
    thread.join()
    assert len(errors) == 1
    with pytest.raises(PhotomillError):
        processes.edit(job(PHOTO))

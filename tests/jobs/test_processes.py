"""Jobs whose units run in other processes."""

import importlib
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from photomill.engine import Engine
from photomill.jobs.model import ItemState, JobState

from .conftest import OpenEngine
from .kinds import Deadly

HERE = Path(__file__).parent

WaitUntil = Callable[[Callable[[], object]], None]


@pytest.fixture
def open_processes(open_engine: OpenEngine, monkeypatch: pytest.MonkeyPatch) -> OpenEngine:
    """Open an engine whose jobs run in two processes, which know the kinds of these tests."""
    # By a name under which the processes find it too.
    monkeypatch.syspath_prepend(HERE)
    kinds = importlib.import_module("kinds")

    def open_one(**jobs: float) -> Engine:
        engine = open_engine(executor="processes", **jobs)
        engine.jobs.register(Deadly())
        engine.jobs.remote = kinds.KindsWork(engine.settings)
        engine.jobs.start()
        return engine

    return open_one


def lines(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def test_units_run_in_other_processes(open_processes: OpenEngine, tmp_path: Path) -> None:
    jobs = open_processes().jobs
    plan = {"count": 100, "log": str(tmp_path / "log"), "processes": str(tmp_path / "processes")}
    job = jobs.wait(jobs.submit("counting", plan).number, 120)
    assert (job.state, job.result) == (JobState.DONE, {"counted": 100})
    assert sorted(lines(tmp_path / "log")) == list(range(100))
    processes = set(lines(tmp_path / "processes"))
    assert 1 <= len(processes) <= 2
    assert os.getpid() not in processes


def test_what_a_killed_process_did_is_done_by_another_at_once(
    open_processes: OpenEngine, tmp_path: Path, wait_until: WaitUntil
) -> None:
    # With the default lease, its heartbeat is missed only after minutes.
    jobs = open_processes(lease=600.0).jobs
    log, processes = tmp_path / "log", tmp_path / "processes"
    plan = {"count": 60, "seconds": 0.05, "log": str(log), "processes": str(processes)}
    job = jobs.submit("counting", plan)
    wait_until(lambda: jobs.get(job.number).progress.done > 5)
    killed = set(lines(processes))
    for process in killed:
        os.kill(process, signal.SIGKILL)
    job = jobs.wait(job.number, 120)
    assert (job.state, job.progress.done) == (JobState.DONE, 60)
    assert set(lines(log)) == set(range(60))
    assert not set(lines(processes)[-5:]) & killed


def test_an_item_that_ends_its_process_takes_no_other_along(open_processes: OpenEngine) -> None:
    jobs = open_processes(max_deaths=3).jobs
    names = ["bomb", *("fine" for _ in range(10))]
    job = jobs.wait(jobs.submit("deadly", {"names": names}).number, 120)
    assert (job.state, job.progress.done, job.progress.lost) == (JobState.FAILED, 10, 1)
    (failed,) = jobs.items(job.number, state=ItemState.FAILED)
    assert failed.error == "given up: the process ended 3 times while it worked on nothing else"


def test_a_paused_job_gives_its_units_back(
    open_processes: OpenEngine, tmp_path: Path, wait_until: WaitUntil
) -> None:
    jobs = open_processes().jobs
    log = tmp_path / "log"
    job = jobs.submit("counting", {"count": 40, "seconds": 0.05, "log": str(log)})
    wait_until(lambda: jobs.get(job.number).progress.done > 2)
    jobs.pause(job.number)
    wait_until(lambda: not list(jobs.items(job.number, state=ItemState.PROCESSING)))
    jobs.resume(job.number)
    assert jobs.wait(job.number, 120).progress.done == 40
    assert sorted(lines(log)) == list(range(40))


def test_a_kind_that_the_processes_do_not_know_fails_its_items_and_is_tried_once(
    open_engine: OpenEngine,
) -> None:
    engine = open_engine(executor="processes")
    engine.jobs.start()
    job = engine.jobs.wait(engine.jobs.submit("counting", {"count": 3}).number, 120)
    assert (job.state, job.progress.failed) == (JobState.DONE, 3)
    for item in engine.jobs.items(job.number):
        assert item.error == "the process that was to do it knows no kind of job 'counting'"
        assert item.attempts == 1


def test_processes_that_cannot_start_are_tried_again_and_then_fail_the_items(
    open_engine: OpenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(HERE)
    engine = open_engine(executor="processes")
    engine.jobs.remote = importlib.import_module("kinds").LethalWork(engine.settings)
    engine.jobs.start()
    job = engine.jobs.wait(engine.jobs.submit("counting", {"count": 1}).number, 120)
    (item,) = engine.jobs.items(job.number)
    assert (item.state, item.attempts) == (ItemState.FAILED, 3)
    assert "the process of item 0 of job 1 ended: 9" in item.error

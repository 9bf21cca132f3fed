"""Jobs whose processes end without a word."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from photomill.engine import Engine
from photomill.jobs.model import ItemState, Job, JobState

from .conftest import OpenEngine
from .kinds import Deadly

WORKER = """
import sys, time
from photomill.config.load import load_settings
from photomill.engine import Engine
from kinds import Counting, Deadly
settings = load_settings(overrides={
    "photomill.data_dir": sys.argv[1],
    "jobs.retry_delay": 0.01,
    "jobs.max_deaths": int(sys.argv[2]),
    "executors.main": {"use": "workers", "options": {"threads": int(sys.argv[3])}},
})
engine = Engine.open(settings)
engine.jobs.register(Counting())
engine.jobs.register(Deadly())
# Before the start: an item may end this process at once.
print("ready", flush=True)
engine.jobs.start()
time.sleep(60)
"""
HERE = Path(__file__).parent


def start_worker(data: Path, max_deaths: int = 3, threads: int = 0) -> "subprocess.Popen[str]":
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(data), str(max_deaths), str(threads)],
        cwd=HERE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, str(HERE)])},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    if worker.stdout.readline() != "ready\n":
        kill(worker)
        raise AssertionError("the worker does not start; its error is above")
    return worker


def kill(worker: "subprocess.Popen[str]") -> None:
    worker.send_signal(signal.SIGKILL)
    worker.communicate()


@pytest.mark.parametrize("after", [0, 100])
def test_a_job_goes_on_where_a_killed_process_left_it(
    open_engine: OpenEngine,
    tmp_path: Path,
    after: int,
    wait_until: Callable[[Callable[[], object]], None],
) -> None:
    engine = open_engine()
    log = tmp_path / "log"
    plan = {"count": 500, "seconds": 0.01, "log": str(log)}
    job = engine.jobs.submit("counting", plan)
    worker = start_worker(tmp_path / "data")
    wait_until(lambda: engine.jobs.get(job.number).progress.done >= after)
    kill(worker)
    assert not engine.jobs.get(job.number).state.ended
    engine.jobs.start()
    job = engine.jobs.wait(job.number, 120)
    assert job.state is JobState.DONE
    assert job.progress.done == 500
    done = [int(line) for line in log.read_text().split()]
    assert set(done) == set(range(500))
    # Only what was under way, or not yet noted, was done again.
    assert len(done) < 500 + 60


def test_two_processes_share_the_work(open_engine: OpenEngine, tmp_path: Path) -> None:
    engine = open_engine()
    log = tmp_path / "log"
    worker = start_worker(tmp_path / "data")
    engine.jobs.start()
    job = engine.jobs.submit("counting", {"count": 400, "seconds": 0.01, "log": str(log)})
    assert engine.jobs.wait(job.number, 120).progress.done == 400
    kill(worker)
    assert sorted(map(int, log.read_text().split())) == list(range(400))


def die(data: Path) -> None:
    """Let a worker work until its process ends by itself."""
    worker = start_worker(data)
    assert worker.wait() == 9
    worker.communicate()


def work_until_ended(engine: Engine, job: Job, data: Path) -> Job:
    """Let one worker after the other work on a job that ends them. Never in the process of the tests."""
    while not (found := engine.jobs.get(job.number)).state.ended:
        worker = start_worker(data)
        while worker.poll() is None and not engine.jobs.get(job.number).state.ended:
            time.sleep(0.01)
        kill(worker)
    return found


def begun(engine: Engine, job: Job) -> int:
    """How many items of a job run now."""
    running = engine.jobs.items(job.number, state=ItemState.PROCESSING)
    return sum(item.attempts > 0 for item in running)


def test_an_item_that_ends_its_process_again_and_again_is_given_up(
    open_engine: OpenEngine, tmp_path: Path
) -> None:
    engine = open_engine(max_deaths=3)
    engine.jobs.register(Deadly())
    job = engine.jobs.submit("deadly", {"names": ["bomb"]})
    job = work_until_ended(engine, job, tmp_path / "data")
    (item,) = engine.jobs.items(job.number)
    assert item.error == "given up: the process ended 3 times while it worked on nothing else"
    assert item.error_detail == {"type": "GivenUp"}
    # Something was lost: whatever its kind says, the job is not done.
    assert (job.state, job.error) == (JobState.FAILED, "1 of its items were given up")
    assert (job.progress.failed, job.progress.lost) == (1, 1)


def test_a_listing_that_ends_its_process_again_and_again_is_given_up(
    open_engine: OpenEngine, tmp_path: Path
) -> None:
    engine = open_engine(max_deaths=3)
    engine.jobs.register(Deadly())
    job = engine.jobs.submit("deadly", {"unlisted": True})
    job = work_until_ended(engine, job, tmp_path / "data")
    assert job.error == "given up: the process ended 3 times while its items were listed"


def test_those_beside_a_deadly_item_are_done(open_engine: OpenEngine, tmp_path: Path) -> None:
    engine = open_engine(max_deaths=3)
    engine.jobs.register(Deadly())
    names = ["endless", "bomb", "endless", *("fine" for _ in range(20))]
    stop = tmp_path / "stop"
    plan = {"names": names, "fuse": 0.3, "stop": str(stop)}
    job = engine.jobs.submit("deadly", plan)
    # Twice it was one of many, and then it ran alone.
    die(tmp_path / "data")
    die(tmp_path / "data")
    stop.touch()
    job = work_until_ended(engine, job, tmp_path / "data")
    assert (job.state, job.progress.lost) == (JobState.FAILED, 1)
    assert job.progress.done == len(names) - 1


def test_a_start_that_was_stored_ahead_counts_no_attempt_where_the_job_is_paused(
    open_engine: OpenEngine, tmp_path: Path, wait_until: Callable[[Callable[[], object]], None]
) -> None:
    engine = open_engine()
    engine.jobs.register(Deadly())
    stop = tmp_path / "stop"
    count = 2 * engine_threads(engine)
    job = engine.jobs.submit("deadly", {"names": ["endless"] * count, "stop": str(stop)})
    engine.jobs.start()
    wait_until(lambda: begun(engine, job) > engine_threads(engine) // 2)
    engine.jobs.pause(job.number)
    stop.touch()
    wait_until(lambda: not list(engine.jobs.items(job.number, state=ItemState.PROCESSING)))
    waiting = list(engine.jobs.items(job.number, state=ItemState.WAITING))
    assert waiting
    assert all(item.attempts == 0 for item in waiting)
    engine.jobs.resume(job.number)
    job = engine.jobs.wait(job.number, 120)
    assert (job.state, job.progress.done) == (JobState.DONE, count)
    assert all(item.attempts == 1 for item in engine.jobs.items(job.number))


def test_what_a_killed_worker_stored_as_started_and_never_tried_is_done_once(
    open_engine: OpenEngine, tmp_path: Path, wait_until: Callable[[Callable[[], object]], None]
) -> None:
    engine = open_engine()
    log, tried, until = (tmp_path / name for name in ("log", "tried", "until"))
    threads, count = 3, 12
    plan = {"count": count, "log": str(log), "tried": str(tried), "until": str(until)}
    job = engine.jobs.submit("counting", plan)
    worker = start_worker(tmp_path / "data", threads=threads)
    wait_until(lambda: begun(engine, job) > threads and len(numbers(tried)) == threads)
    kill(worker)
    items = engine.jobs.items(job.number, state=ItemState.PROCESSING)
    stored = {item.position for item in items if item.attempts}
    before = set(numbers(tried))
    assert before < stored
    until.touch()
    engine.jobs.start()
    job = engine.jobs.wait(job.number, 120)
    assert (job.state, job.progress.done) == (JobState.DONE, count)
    assert sorted(numbers(log)) == list(range(count))
    # Only what the killed worker did try was tried again, and none of it is counted against an item.
    assert Counter(numbers(tried)) == Counter([*range(count), *before])
    assert all(item.attempts == 1 for item in engine.jobs.items(job.number))


def numbers(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


@pytest.mark.parametrize("count", [1, 12])
def test_deaths_from_outside_lose_nothing(
    open_engine: OpenEngine,
    tmp_path: Path,
    count: int,
    wait_until: Callable[[Callable[[], object]], None],
) -> None:
    engine = open_engine()
    engine.jobs.register(Deadly())
    stop = tmp_path / "stop"
    plan = {"names": ["endless"] * count, "stop": str(stop)}
    job = engine.jobs.submit("deadly", plan)
    for _ in range(4):
        worker = start_worker(tmp_path / "data", 10)
        wait_until(lambda: begun(engine, job) > 0)
        kill(worker)
    items = list(engine.jobs.items(job.number))
    # Twelve are held at once; what never began has nothing to answer for.
    assert sum(item.interruptions == 0 for item in items) >= count - engine_threads(engine)
    stop.touch()
    engine.jobs.start()
    job = engine.jobs.wait(job.number, 120)
    assert (job.state, job.progress.done) == (JobState.DONE, count)
    assert all(item.attempts == 1 for item in engine.jobs.items(job.number))


def engine_threads(engine: Engine) -> int:
    return 2 * engine.components.executor(engine.settings.jobs.executor).parallelism


def test_the_end_of_a_machine_says_nothing_about_what_ran_there(
    open_engine: OpenEngine,
    tmp_path: Path,
    wait_until: Callable[[Callable[[], object]], None],
) -> None:
    engine = open_engine()
    engine.jobs.register(Deadly())
    stop = tmp_path / "stop"
    plan = {"names": ["endless"], "stop": str(stop)}
    job = engine.jobs.submit("deadly", plan)
    worker = start_worker(tmp_path / "data")
    wait_until(lambda: begun(engine, job) == 1)
    with sqlite3.connect(tmp_path / "data" / "catalog.sqlite") as catalog:
        catalog.execute("UPDATE workers SET boot = 'an earlier start of this machine'")
    catalog.close()
    kill(worker)
    stop.touch()
    engine.jobs.start()
    assert engine.jobs.wait(job.number, 120).state is JobState.DONE
    (item,) = engine.jobs.items(job.number)
    assert (item.attempts, item.interruptions) == (1, 0)

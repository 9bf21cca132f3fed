"""Jobs whose processes end without a word."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from photomill.jobs.model import JobState

from .conftest import OpenEngine
from .kinds import Deadly

WORKER = """
import sys, time
from photomill.config.load import load_settings
from photomill.engine import Engine
from kinds import Counting, Deadly
settings = load_settings(overrides={"photomill.data_dir": sys.argv[1]})
engine = Engine.open(settings)
engine.jobs.register(Counting())
engine.jobs.register(Deadly())
engine.jobs.start()
print("ready", flush=True)
time.sleep(60)
"""
HERE = Path(__file__).parent


def start_worker(data: Path) -> "subprocess.Popen[str]":
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(data)],
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


def test_an_item_that_ends_its_process_is_given_up(open_engine: OpenEngine, tmp_path: Path) -> None:
    engine = open_engine()
    engine.jobs.register(Deadly())
    job = engine.jobs.submit("deadly", {})
    for _ in range(3):
        worker = start_worker(tmp_path / "data")
        assert worker.wait(120) == 9
        worker.communicate()
    engine.jobs.start()
    job = engine.jobs.wait(job.number, 120)
    assert job.progress.failed == 1
    (item,) = engine.jobs.items(job.number)
    assert item.error == "given up: the process ended 3 times while it worked on this"

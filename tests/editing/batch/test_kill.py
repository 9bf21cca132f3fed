"""A batch whose process is killed finishes in the next one, with each output exactly once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from photomill.editing.request import EditRequest, Pixels, Resizing
from photomill.engine import Engine
from photomill.jobs.model import JobState

from .conftest import Write

COUNT = 60
SMALL = EditRequest(resizing=Resizing(Pixels(20), "auto"))
WORKER = """
import sys, time
from photomill.config.load import load_settings
from photomill.engine import Engine
engine = Engine.open(load_settings(overrides={"photomill.data_dir": sys.argv[1]}))
engine.jobs.start()
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("output", ["storage://results/", None])
@pytest.mark.parametrize("results_before", [0, 15])
def test_each_output_is_there_once(
    open_engine: Callable[[], Engine],
    write: Write,
    folders: Path,
    output: str | None,
    results_before: int,
) -> None:
    for index in range(COUNT):
        write(f"{index:03}.png", index)
    engine = open_engine()
    job = engine.editing.submit(["storage://originals/"], SMALL, output)
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(folders / "data")],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
    )
    try:
        assert worker.stdout is not None
        worker.stdout.readline()
        while engine.jobs.get(job.number).progress.done < results_before:
            time.sleep(0.01)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
    engine.jobs.start()
    job = engine.jobs.wait(job.number, 120)
    assert (job.state, job.progress.done) == (JobState.DONE, COUNT)
    where = folders / "results" if output else folders / "data" / "temporary"
    names = sorted(path.name for path in where.rglob("*.jpeg"))
    assert names == [f"{index:03}.jpeg" for index in range(COUNT)]


def test_what_a_killed_process_was_writing_is_removed_from_every_storage(
    open_engine: Callable[[], Engine],
    folders: Path,
    wait_until: Callable[[Callable[[], object]], None],
) -> None:
    left = [
        folders / "originals" / "below" / ".photomill-partial-0123456789abcdef",
        folders / "results" / ".photomill-partial-0123456789abcdef",
        folders / "data" / "temporary" / ".photomill-partial-0123456789abcdef",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half of an image")
        os.utime(path, (1000, 1000))
    open_engine().jobs.start()
    wait_until(lambda: not any(path.exists() for path in left))

"""A job whose process is killed finishes in the next one, and its end is told."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from photomill.engine import Engine
from photomill.grouping.inputs import PathInputs
from photomill.grouping.split import GroupingConstraints
from photomill.jobs.model import Callback, CallbackState, Delivery, Job, JobState, Message

from .conftest import Write

COUNT = 45
WORKER = """
import sys, time
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.jobs.model import Message
settings = {
    "photomill.data_dir": sys.argv[1],
    "embedders.main.use": "descriptor",
    "images.processes": 1,
    "fetch.allow": ["127.0.0.0/8"],
}
engine = Engine.open(load_settings(environ={}, overrides=settings))
engine.jobs.register_message("plain", lambda job, delivery: Message(
    f"{job.id} {job.state}".encode(), {"attempt": str(delivery.attempt)}))
engine.jobs.start()
print("ready", flush=True)
time.sleep(60)
"""


class Receiver:
    """Notes what it is told; answers the first time only after ``hold`` is set."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str]] = []
        self.came = threading.Event()
        self.hold = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                outer.received.append((body, self.headers["attempt"]))
                outer.came.set()
                outer.hold.wait(120)
                try:
                    self.send_response(200)
                    self.send_header("content-length", "0")
                    self.end_headers()
                except OSError:
                    # Who sent it was killed.
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/told"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, args=[0.02])
    thread.start()
    yield made
    made.hold.set()
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def told(job: Job, delivery: Delivery) -> Message:
    return Message(f"{job.id} {job.state}".encode(), {"attempt": str(delivery.attempt)})


def killed(data: Path, until: Callable[[], bool]) -> None:
    """Have a process work until something is so, and kill it."""
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(data)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
    )
    try:
        assert worker.stdout is not None
        worker.stdout.readline()
        while not until():
            time.sleep(0.01)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.communicate()


@pytest.fixture
def submitted(
    open_engine: Callable[[], Engine], write: Write, receiver: Receiver
) -> tuple[Engine, Job]:
    """An engine that does not work yet, and a job with a callback."""
    engine = open_engine()
    engine.jobs.register_message("plain", told)
    names = [
        write(f"{index:02}.jpg", ("red", "green", "blue")[index % 3], seed=index)
        for index in range(COUNT)
    ]
    callback = Callback(receiver.url, "plain")
    return engine, engine.grouping.submit(
        PathInputs(names), GroupingConstraints(3), callback=callback
    )


@pytest.mark.parametrize("done_before", [0, 12])
def test_a_killed_process_loses_nothing(
    submitted: tuple[Engine, Job], tmp_path: Path, receiver: Receiver, done_before: int
) -> None:
    engine, job = submitted
    receiver.hold.set()
    killed(tmp_path / "data", lambda: engine.jobs.get(job.number).progress.done >= done_before)
    engine.jobs.start()
    job = engine.jobs.wait(job.number, 120)
    assert job.state is JobState.DONE, job.error
    assert engine.grouping.result(job).groups == [
        list(range(first, COUNT, 3)) for first in range(3)
    ]
    assert receiver.came.wait(120)
    assert receiver.received == [(f"{job.id} done", "1")]


def test_a_message_sent_twice_says_so(
    submitted: tuple[Engine, Job], tmp_path: Path, receiver: Receiver
) -> None:
    engine, job = submitted
    # Killed after the message went out, and before anybody could note that it was taken.
    killed(tmp_path / "data", receiver.came.is_set)
    receiver.hold.set()
    engine.jobs.start()
    while True:
        if engine.jobs.get(job.number).callback_state is CallbackState.DELIVERED:
            break
        time.sleep(0.02)
    assert receiver.received == [(f"{job.id} done", "1"), (f"{job.id} done", "2")]

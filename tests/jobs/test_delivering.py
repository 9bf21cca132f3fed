"""Messages about the ends of jobs, to a real server."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.errors import InvalidInput
from photomill.jobs.jobs import Jobs
from photomill.jobs.model import Callback, CallbackState, Delivery, Job, Message
from photomill.jobs.store.deliveries import DeliveryTable

from .failures import fails_once
from .kinds import Counting, Failing


class Receiver:
    """A server that notes what it is told, and answers as it was told to."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.hanging: set[str] = set()
        self.release = threading.Event()
        self.received: list[tuple[str, str]] = []
        self.changed = threading.Condition()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                if self.path in outer.hanging:
                    outer.release.wait(60)
                with outer.changed:
                    outer.received.append((body, self.headers["attempt"]))
                    status = outer.answers.pop(0) if outer.answers else 200
                    outer.changed.notify_all()
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/told"

    def wait(self, count: int) -> list[tuple[str, str]]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.received) >= count, 10)
            return list(self.received)

    def close(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    overrides = {
        "photomill.data_dir": str(tmp_path_factory.mktemp("data")),
        "fetch.allow": ["127.0.0.0/8"],
        "jobs.delivery_delays": [0.01, 0.01],
    }
    with Engine.open(load_settings(overrides=overrides)) as engine:
        engine.jobs.register(Counting())
        engine.jobs.register_message("plain", render)
        engine.jobs.start()
        yield engine.jobs


def render(job: Job, delivery: Delivery) -> Message:
    body = f"{job.number} {job.state} {delivery.id}".encode()
    return Message(body, {"attempt": str(delivery.attempt), "content-type": "text/plain"})


def told(jobs: Jobs, job: Job) -> CallbackState:
    for _ in range(200):
        now = jobs.get(job.number)
        if now.state.ended and now.callback_state is not CallbackState.PENDING:
            return now.callback_state
        threading.Event().wait(0.05)
    raise AssertionError("nobody was told")


def test_the_end_of_a_job_is_told(jobs: Jobs, receiver: Receiver) -> None:
    job = jobs.submit("counting", {"count": 1}, callback=Callback(receiver.url, "plain"))
    assert receiver.wait(1) == [(f"{job.number} done {job.id}", "1")]
    assert told(jobs, job) is CallbackState.DELIVERED


def test_a_cancelled_job_is_told_too(jobs: Jobs, receiver: Receiver) -> None:
    plan = {"count": 100, "seconds": 0.05}
    job = jobs.submit("counting", plan, callback=Callback(receiver.url, "plain"))
    jobs.cancel(job.number)
    assert receiver.wait(1)[0][0].startswith(f"{job.number} cancelled")


def test_the_end_of_a_job_that_was_tried_again_is_told_again(
    jobs: Jobs, receiver: Receiver
) -> None:
    jobs.register(Failing())
    callback = Callback(receiver.url, "plain")
    job = jobs.submit("failing", {"names": ["final"]}, callback=callback)
    assert told(jobs, job) is CallbackState.DELIVERED
    jobs.retry(job.number)
    assert receiver.wait(2) == [(f"{job.number} done {job.id}", "1")] * 2


def test_a_refused_message_is_sent_again(jobs: Jobs, receiver: Receiver) -> None:
    receiver.answers = [500, 302]
    job = jobs.submit("counting", {"count": 1}, callback=Callback(receiver.url, "plain"))
    received = receiver.wait(3)
    assert [attempt for _, attempt in received] == ["1", "2", "3"]
    assert len({body for body, _ in received}) == 1
    assert told(jobs, job) is CallbackState.DELIVERED


@pytest.mark.parametrize("hanging", [1, 6])
def test_a_receiver_that_hangs_delays_nobody_else(
    jobs: Jobs, receiver: Receiver, hanging: int
) -> None:
    receiver.hanging = {f"/hang/{number}" for number in range(hanging)}
    base = receiver.url.removesuffix("/told")
    for path in sorted(receiver.hanging) * 4:
        jobs.submit("counting", {"count": 0}, callback=Callback(base + path, "plain"))
    job = jobs.submit("counting", {"count": 0}, callback=Callback(receiver.url, "plain"))
    # The others are still waited for.
    assert receiver.wait(1) == [(f"{job.number} done {job.id}", "1")]


def test_one_address_gets_no_more_than_its_share_at_once(jobs: Jobs, receiver: Receiver) -> None:
    receiver.hanging = {"/told"}
    many = [
        jobs.submit("counting", {"count": 0}, callback=Callback(receiver.url, "plain"))
        for _ in range(8)
    ]
    for job in many:
        assert jobs.wait(job.number, 60).state.ended
    assert jobs.counts().deliveries == 8
    receiver.release.set()
    assert len(receiver.wait(8)) == 8


def test_nobody_is_told_for_ever(jobs: Jobs, receiver: Receiver) -> None:
    receiver.answers = [500] * 5
    job = jobs.submit("counting", {"count": 1}, callback=Callback(receiver.url, "plain"))
    assert told(jobs, job) is CallbackState.FAILED
    assert len(receiver.received) == 3
    assert jobs.get(job.number).state == "done"


def test_a_process_leaves_messages_that_it_cannot_make_to_others(
    tmp_path: Path, receiver: Receiver
) -> None:
    overrides = {"photomill.data_dir": str(tmp_path), "fetch.allow": ["127.0.0.0/8"]}
    settings = load_settings(overrides=overrides)
    with Engine.open(settings) as telling, Engine.open(settings) as working:
        for each in (telling, working):
            each.jobs.register(Counting())
        telling.jobs.register_message("plain", render)
        job = telling.jobs.submit(
            "counting", {"count": 1}, callback=Callback(receiver.url, "plain")
        )
        working.jobs.start()
        assert working.jobs.wait(job.number, 120).state == "done"
        time.sleep(0.3)
        assert working.jobs.get(job.number).callback_state is CallbackState.PENDING
        telling.jobs.start()
        assert receiver.wait(1) == [(f"{job.number} done {job.id}", "1")]


def test_a_format_may_have_delays_of_its_own(jobs: Jobs, receiver: Receiver) -> None:
    jobs.register_message("patient", render, [0.01] * 4)
    receiver.answers = [500] * 4
    job = jobs.submit("counting", {"count": 1}, callback=Callback(receiver.url, "patient"))
    assert [attempt for _, attempt in receiver.wait(5)] == ["1", "2", "3", "4", "5"]
    assert told(jobs, job) is CallbackState.DELIVERED


def test_a_format_that_nobody_renders_is_refused_at_once(jobs: Jobs) -> None:
    with pytest.raises(InvalidInput, match="callback"):
        jobs.submit("counting", {"count": 1}, callback=Callback("http://x/", "fancy"))


def test_one_process_may_tell_what_another_did(
    tmp_path_factory: pytest.TempPathFactory, receiver: Receiver
) -> None:
    folder = str(tmp_path_factory.mktemp("data"))
    overrides = {"photomill.data_dir": folder, "fetch.allow": ["127.0.0.0/8"]}
    settings = load_settings(overrides=overrides)
    with Engine.open(settings) as server, Engine.open(settings) as worker:
        for engine in (server, worker):
            engine.jobs.register(Counting())
        server.jobs.register_message("plain", render)
        server.jobs.start(only_deliver=True)
        job = server.jobs.submit("counting", {"count": 3}, callback=Callback(receiver.url, "plain"))
        assert not server.jobs.wait(job.number, 0.5).state.ended
        worker.jobs.start()
        assert receiver.wait(1) == [(f"{job.number} done {job.id}", "1")]


@pytest.mark.parametrize("answer_is_lost", [False, True])
def test_a_message_whose_claim_the_catalog_loses_is_sent(
    jobs: Jobs, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, answer_is_lost: bool
) -> None:
    method = fails_once(DeliveryTable.claim, answer_is_lost=answer_is_lost)
    monkeypatch.setattr(DeliveryTable, "claim", method)
    jobs.submit("counting", {"count": 1}, callback=Callback(receiver.url, "plain"))
    ((_, attempt),) = receiver.wait(1)
    # One that may have been sent counts.
    assert attempt == ("2" if answer_is_lost else "1")

"""One set of processes for every kind of work."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from photomill.errors import PhotomillError
from photomill.sandbox.process import Call, Start, Verb
from photomill.sandbox.sandbox import Sandbox

HANDLERS = Path(__file__).parent / "handlers"
MB = 2**20
WaitUntil = Callable[[Callable[[], object]], None]
OpenSandbox = Callable[..., Sandbox]
Answer = tuple[Mapping[str, Any], Sequence[bytes]]


@pytest.fixture
def open_sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenSandbox]:
    monkeypatch.syspath_prepend(str(HANDLERS))
    setup = import_module("photomill_handlers").open_handlers
    opened = []

    def open_with(*, linger: float = 1000.0) -> Sandbox:
        verbs = {
            "see": Verb("seeing", 2048 * MB, "see.max_memory", processes=1),
            "work": Verb("working", 2048 * MB, "work.max_memory", processes=1),
            "work_a_little": Verb("working", 512 * MB, "work.max_memory", processes=1),
        }
        opened.append(Sandbox(Start(setup, verbs), linger=linger))
        return opened[-1]

    yield open_with
    for each in opened:
        each.close()


def call(
    sandbox: Sandbox, verb: str, *parts: bytes, interactive: bool = True, **request: Any
) -> Answer:
    wanted: Call[Answer] = Call(
        verb, request, parts, read=lambda *found: found, seconds=60.0, max_answer=500 * MB
    )
    return sandbox.call(wanted, interactive=interactive)


def test_one_process_does_every_kind_of_work(open_sandbox: OpenSandbox) -> None:
    sandbox = open_sandbox()
    seen, _ = call(sandbox, "see")
    worked, _ = call(sandbox, "work", keep=0, need=0)
    assert sandbox.pids == [seen["pid"]] == [worked["pid"]]


def test_parts_come_back_as_they_were_sent(open_sandbox: OpenSandbox) -> None:
    sandbox = open_sandbox()
    for parts in ((b"",), (b"one",), (b"one", b"", b"x" * MB)):
        answer, back = call(sandbox, "see", *parts)
        assert answer["lengths"] == [len(part) for part in parts]
        assert tuple(back) == parts


def test_a_process_holds_a_body_once_and_lets_go_of_it(open_sandbox: OpenSandbox) -> None:
    sandbox = open_sandbox()
    before, _ = call(sandbox, "see")
    during, _ = call(sandbox, "see", bytes(45 * MB))
    after, _ = call(sandbox, "see")
    assert during["resident"] - before["resident"] < 60 * MB
    assert after["resident"] - before["resident"] < 10 * MB


def test_one_kind_of_work_does_not_wait_for_another_and_what_is_too_many_ends(
    open_sandbox: OpenSandbox, wait_until: WaitUntil
) -> None:
    sandbox = open_sandbox(linger=0.1)
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(call, sandbox, "see", seconds=5)
        wait_until(lambda: sandbox.pids)
        call(sandbox, "work", keep=0, need=0)
        assert len(sandbox.pids) == 2
        assert not slow.done()
    wait_until(lambda: len(sandbox.pids) == 1)
    assert call(sandbox, "see")[0]["pid"] in sandbox.pids


def test_memory_is_bounded_for_each_kind_of_work(open_sandbox: OpenSandbox) -> None:
    sandbox = open_sandbox()
    first, _ = call(sandbox, "work", keep=0, need=1500 * MB)
    refused, _ = call(sandbox, "work_a_little", keep=0, need=1500 * MB)
    assert refused["out_of_memory"]
    again, _ = call(sandbox, "work", keep=0, need=1500 * MB)
    assert first == again


def test_work_finds_its_room_where_other_work_left_none(open_sandbox: OpenSandbox) -> None:
    sandbox = open_sandbox()
    first, _ = call(sandbox, "work", keep=1000 * MB, need=0)
    second, _ = call(sandbox, "work", keep=0, need=1500 * MB)
    assert first["pid"] != second["pid"]


def test_a_closed_sandbox_takes_no_work(open_sandbox: OpenSandbox) -> None:
    sandbox = open_sandbox()
    call(sandbox, "see")
    sandbox.close()
    sandbox.close()
    assert sandbox.pids == []
    with pytest.raises(PhotomillError, match="closed"):
        call(sandbox, "see")

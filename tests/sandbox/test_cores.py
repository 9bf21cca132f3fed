"""Where a process of the sandbox works, and the thread that waits for it."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from photomill.parallel import available_cores
from photomill.sandbox.process import Call, Start, Verb
from photomill.sandbox.sandbox import Sandbox

HANDLERS = Path(__file__).parent / "handlers"
MB = 2**20

pytestmark = pytest.mark.skipif(available_cores() < 2, reason="needs two cores")


@frozen
class Seen:
    """
    :ivar process: which cores each thread of the process might use.
    :ivar thread: those of the thread that waited for it.
    :ivar answering: those of that thread while it answered a question.
    :ivar after: and when it had its answer.
    """

    process: list[list[int]]
    thread: set[int]
    answering: set[int]
    after: set[int]

    @property
    def core(self) -> int | None:
        """The one core of all; None where they might use others."""
        used = {*self.thread, *(core for cores in self.process for core in cores)}
        return used.pop() if len(used) == 1 else None


@pytest.fixture
def processes() -> int:
    return 0


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, processes: int) -> Iterator[Sandbox]:
    monkeypatch.syspath_prepend(str(HANDLERS))
    setup = import_module("photomill_handlers").open_handlers
    verb = Verb("asking", 2048 * MB, "ask.max_memory", processes)
    opened = Sandbox(Start(setup, {"ask": verb}))
    yield opened
    opened.close()


def ask(
    sandbox: Sandbox, meet: Callable[[], object] = lambda: None, *, interactive: bool = False
) -> Seen:
    """Have a process ask this thread, which meets others before it answers."""
    thread = threading.get_native_id()
    answering: set[int] = set()

    def answer(*_: Any) -> Mapping[str, Any]:
        answering.update(os.sched_getaffinity(thread))
        meet()
        return {}

    def read(answer: Mapping[str, Any], parts: Any) -> tuple[list[list[int]], set[int]]:
        return answer["cores"], os.sched_getaffinity(thread)

    call = Call("ask", {}, (), read=read, seconds=60.0, max_answer=MB, answer=answer)
    process, waiting = sandbox.call(call, interactive=interactive)
    return Seen(process, waiting, answering, os.sched_getaffinity(thread))


def ask_together(sandbox: Sandbox, *, interactive: bool = False) -> list[Seen]:
    """Two that work at the same time."""
    both = threading.Barrier(2)
    with ThreadPoolExecutor(2) as threads:
        started = [
            threads.submit(ask, sandbox, both.wait, interactive=interactive) for _ in range(2)
        ]
        return [each.result() for each in started]


def test_two_that_work_for_jobs_have_a_core_each(sandbox: Sandbox) -> None:
    ask_together(sandbox)
    for _ in range(3):
        first, second = (each.core for each in ask_together(sandbox))
        assert first is not None
        assert second is not None
        assert first != second


def test_a_thread_may_use_every_core_again_once_it_has_its_answer(sandbox: Sandbox) -> None:
    every = os.sched_getaffinity(0)
    ask_together(sandbox)
    for seen in ask_together(sandbox):
        assert seen.thread != every
        assert seen.after == every


def test_a_question_is_answered_on_any_core(sandbox: Sandbox) -> None:
    ask_together(sandbox)
    for seen in ask_together(sandbox):
        assert seen.thread != seen.answering == os.sched_getaffinity(0)


def test_one_that_somebody_waits_for_may_use_every_core(sandbox: Sandbox) -> None:
    ask_together(sandbox)
    ask_together(sandbox)
    for seen in ask_together(sandbox, interactive=True):
        assert seen.core is None
        assert all(set(cores) == os.sched_getaffinity(0) for cores in seen.process)


def test_one_that_works_alone_may_use_every_core(sandbox: Sandbox) -> None:
    assert ask(sandbox).core is None
    ask_together(sandbox)
    assert any(ask(sandbox).core is None for _ in range(40))
    assert all(ask(sandbox).core is None for _ in range(3))


@pytest.mark.parametrize("processes", [available_cores() - 1])
def test_where_fewer_work_than_there_are_cores_each_may_use_them_all(sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(3) as threads:
        seen = [each.result() for each in [threads.submit(ask, sandbox) for _ in range(9)]]
    assert all(each.core is None for each in seen)

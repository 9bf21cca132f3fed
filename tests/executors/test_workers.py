"""The bundled executor."""

import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from photomill.components import Executor
from photomill.errors import ConfigError, PluginError
from photomill.testing import ExecutorContract
from photomill_workers.executor import Workers

Open = Callable[..., Executor]


class TestWorkers(ExecutorContract):
    @pytest.fixture
    def executor(self, open_component: Open) -> Executor:
        return open_component(Workers, threads=3)


class TestOneThread(ExecutorContract):
    @pytest.fixture
    def executor(self, open_component: Open) -> Executor:
        return open_component(Workers, threads=1)


def close(outcomes: Iterator[Any]) -> None:
    assert isinstance(outcomes, Generator)
    outcomes.close()


def test_without_a_number_there_is_a_thread_for_each_core(open_component: Open) -> None:
    assert 1 <= open_component(Workers).parallelism <= 4096


def test_no_more_items_are_taken_than_run_and_wait(open_component: Open) -> None:
    executor = open_component(Workers, threads=2, ahead=3)
    release = threading.Event()
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            if number == 5:
                release.set()
            yield number

    outcomes = executor.run(lambda _: release.wait(0.2), items())
    first = next(outcomes)
    assert first.result is False
    assert len(taken) == 5
    close(outcomes)


def test_closing_a_run_waits_for_what_runs(open_component: Open) -> None:
    executor = open_component(Workers, threads=2)
    running = 0
    lock = threading.Lock()
    begun = threading.Event()

    def work(number: int) -> None:
        nonlocal running
        if number == 0:
            return
        with lock:
            running += 1
        begun.set()
        threading.Event().wait(0.05)
        with lock:
            running -= 1

    outcomes = executor.run(work, range(10))
    next(outcomes)
    begun.wait(120)
    close(outcomes)
    assert running == 0


def test_an_iterable_that_raises_ends_the_run(open_component: Open) -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("the list of files broke off")

    executor = open_component(Workers, threads=2)
    with pytest.raises(OSError, match="broke off"):
        list(executor.run(str, items()))


def test_a_closed_executor_runs_nothing(open_component: Open) -> None:
    executor = open_component(Workers)
    executor.close()
    with pytest.raises(PluginError, match="not open"):
        executor.run(str, [1])


def test_a_negative_number_of_threads_is_refused(open_component: Open) -> None:
    with pytest.raises(ConfigError, match=r"workers\.options\.threads"):
        open_component(Workers, threads=-1)

"""What every executor must do."""

import os
import pickle
import signal
import threading
import time
from collections.abc import Iterable
from concurrent.futures import BrokenExecutor, wait
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from photomill.components import Executor, Unit, Work

PATIENCE = 60.0
"""Seconds that anything may take; processes have to start."""


class ExecutorContract:
    """Derive from this and fill :meth:`executor`::

    class TestMine(ExecutorContract):
        @pytest.fixture
        def executor(self, open_component):
            return open_component(Mine)
    """

    @pytest.fixture
    def executor(self) -> Executor:
        """An open executor."""
        raise pytest.UsageError(f"{type(self).__name__} must define the fixture 'executor'")

    def test_it_says_how_many_units_run_at_once(self, executor: Executor) -> None:
        assert executor.parallelism >= 1

    def test_every_unit_is_done_once(self, executor: Executor, tmp_path: Path) -> None:
        assert run_all(executor, Leaving(tmp_path), range(100)) == {}
        assert left(tmp_path) == list(range(100))

    def test_a_unit_and_its_work_survive_pickling(self, executor: Executor, tmp_path: Path) -> None:
        work, unit = pickle.loads(pickle.dumps((Leaving(tmp_path), unit_of(21))))
        executor.submit(work, unit).result(PATIENCE)
        assert left(tmp_path) == [21]

    def test_a_unit_that_raises_says_so_and_the_others_go_on(
        self, executor: Executor, tmp_path: Path
    ) -> None:
        errors = run_all(executor, RefusingOdd(tmp_path), range(20))
        assert left(tmp_path) == list(range(0, 20, 2))
        assert {number: str(error) for number, error in errors.items()} == {
            number: f"{number} is odd" for number in range(1, 20, 2)
        }

    def test_submitting_waits_for_no_unit(self, executor: Executor, tmp_path: Path) -> None:
        work = Waiting(tmp_path, PATIENCE)
        submitted = threading.Event()

        def submit() -> None:
            futures = [
                executor.submit(work, unit_of(number)) for number in range(executor.parallelism + 2)
            ]
            submitted.set()
            wait(futures, PATIENCE)

        thread = threading.Thread(target=submit)
        thread.start()
        came = submitted.wait(PATIENCE)
        (tmp_path / "go").touch()
        thread.join()
        assert came

    def test_as_many_units_run_at_once_as_it_says(self, executor: Executor, tmp_path: Path) -> None:
        count = executor.parallelism
        assert run_all(executor, Meeting(tmp_path, count, PATIENCE), range(count)) == {}

    def test_many_threads_may_submit_at_once(self, executor: Executor, tmp_path: Path) -> None:
        threads = [
            threading.Thread(
                target=run_all, args=(executor, Leaving(tmp_path), range(start, start + 50))
            )
            for start in (0, 100, 200, 300)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert left(tmp_path) == [
            number for start in (0, 100, 200, 300) for number in range(start, start + 50)
        ]

    def test_a_unit_may_have_units_done_itself(self, executor: Executor, tmp_path: Path) -> None:
        """As far as the executor is at hand there: in other processes it is not."""
        ended = threading.Event()

        def run() -> None:
            with suppress(AssertionError):
                run_all(executor, Nesting(tmp_path, executor), range(20))
                ended.set()

        threading.Thread(target=run, daemon=True).start()
        assert ended.wait(PATIENCE), "a unit that submits units waits for ever"
        assert set(range(20)) <= set(left(tmp_path))

    def test_a_killed_process_fails_its_own_unit_and_that_may_run_again(
        self, executor: Executor, tmp_path: Path
    ) -> None:
        work = Dying(tmp_path, os.getpid())
        errors = run_all(executor, work, range(8))
        assert set(errors) <= {3}
        assert all(isinstance(error, BrokenExecutor) for error in errors.values())
        assert run_all(executor, work, errors) == {}
        assert left(tmp_path) == list(range(8))

    def test_closing_waits_for_what_runs(self, executor: Executor, tmp_path: Path) -> None:
        future = executor.submit(Waiting(tmp_path, PATIENCE), unit_of(0))
        go = threading.Timer(0.2, (tmp_path / "go").touch)
        go.start()
        executor.close()
        ended = future.done()
        go.join()
        assert ended

    def test_it_may_be_closed_twice(self, executor: Executor) -> None:
        executor.close()
        executor.close()


def unit_of(number: int) -> Unit:
    """The unit of an item, of a job that is not there."""
    return Unit("test", 1, number, "worker")


def run_all(executor: Executor, work: Work, numbers: Iterable[int]) -> dict[int, BaseException]:
    """Have units done; returns what those raised that did."""
    futures = {number: executor.submit(work, unit_of(number)) for number in numbers}
    assert not wait(futures.values(), PATIENCE).not_done, "a unit does not end"
    errors = {number: future.exception() for number, future in futures.items()}
    return {number: error for number, error in errors.items() if error is not None}


def left(folder: Path) -> list[int]:
    """The numbers of the units that left a file; each once for each time that it was done."""
    return sorted(int(path.name.split(".")[0]) for path in folder.glob("*.done"))


@frozen
class Leaving(Work):
    """Each unit leaves a file that says who did it."""

    folder: Path

    def _run(self, unit: Unit) -> None:
        self._leave(unit)

    def _leave(self, unit: Unit) -> None:
        (self.folder / f"{unit.item}.{time.monotonic_ns()}.done").write_text(str(os.getpid()))


class RefusingOdd(Leaving):
    """Raises for odd numbers."""

    def _run(self, unit: Unit) -> None:
        if unit.item % 2:
            raise ValueError(f"{unit.item} is odd")
        self._leave(unit)


@frozen
class Waiting(Leaving):
    """Each unit waits until it may go on."""

    patience: float

    def _run(self, unit: Unit) -> None:
        deadline = time.monotonic() + self.patience
        while not (self.folder / "go").exists():
            assert time.monotonic() < deadline
            time.sleep(0.005)


@frozen
class Meeting(Leaving):
    """Each unit waits until so many run."""

    count: int
    patience: float

    def _run(self, unit: Unit) -> None:
        self._leave(unit)
        deadline = time.monotonic() + self.patience
        while len(left(self.folder)) < self.count:
            assert time.monotonic() < deadline, "the others do not come"
            time.sleep(0.005)


@frozen
class Nesting(Leaving):
    """Each unit has others done, and waits for them, where the executor is at hand."""

    executor: Executor | None

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.folder, None)

    def _run(self, unit: Unit) -> None:
        if self.executor is not None:
            run_all(self.executor, Leaving(self.folder), range(1000, 1000 + unit.item))
        self._leave(unit)


@frozen
class Dying(Leaving):
    """The unit 3 kills its process the first time, unless that is the one of the test."""

    safe: int

    def _run(self, unit: Unit) -> None:
        died = self.folder / "died"
        if unit.item == 3 and os.getpid() != self.safe and not died.exists():
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        self._leave(unit)

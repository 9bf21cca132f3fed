"""The executor suite fails for executors that are broken, each in its own way."""

import inspect
import threading
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from photomill.components import Executor, NoOptions, Unit, Work
from photomill.testing import ExecutorContract
from photomill.testing import executor as suite


class OneThread(Executor):
    """Correct, but for one unit at a time."""

    name = "one_thread"

    def __init__(self, options: NoOptions) -> None:
        super().__init__(options)
        self._pool = ThreadPoolExecutor(1)

    @property
    def parallelism(self) -> int:
        return 1

    def close(self) -> None:
        self._pool.shutdown()

    def _submit(self, work: Work, unit: Unit) -> "Future[None]":
        return self._pool.submit(work.run, unit)


class SaysNoneRun(OneThread):
    parallelism = 0


class SaysTwoButRunsOne(OneThread):
    parallelism = 2


class DoesTwice(OneThread):
    def _submit(self, work: Work, unit: Unit) -> "Future[None]":
        super()._submit(work, unit)
        return super()._submit(work, unit)


class DoesNothing(OneThread):
    def _submit(self, work: Work, unit: Unit) -> "Future[None]":
        future: Future[None] = Future()
        future.set_result(None)
        return future


class HidesErrors(OneThread):
    def _submit(self, work: Work, unit: Unit) -> "Future[None]":
        future: Future[None] = Future()
        super()._submit(work, unit).add_done_callback(lambda _: future.set_result(None))
        return future


class RunsWhenSubmitted(OneThread):
    def _submit(self, work: Work, unit: Unit) -> "Future[None]":
        future = super()._submit(work, unit)
        future.exception()
        return future


class LosesOfManyThreads(OneThread):
    _submitting = threading.Lock()

    def _submit(self, work: Work, unit: Unit) -> "Future[None]":
        if not self._submitting.acquire(blocking=False):
            future: Future[None] = Future()
            future.set_result(None)
            return future
        try:
            threading.Event().wait(0.001)
            return super()._submit(work, unit)
        finally:
            self._submitting.release()


class WaitsForItself(OneThread):
    def submit(self, work: Work, unit: Unit) -> "Future[None]":
        return self._submit(work, unit)


class FailsAllTogether(OneThread):
    def _submit(self, work: Work, unit: Unit) -> "Future[None]":
        future: Future[None] = Future()
        future.set_exception(RuntimeError("the pool is broken"))
        return future


class ClosesAtOnce(OneThread):
    def close(self) -> None:
        self._pool.shutdown(wait=False)


class ClosesOnce(OneThread):
    _closed = False

    def close(self) -> None:
        assert not self._closed
        self._closed = True


BROKEN = {
    "test_it_says_how_many_units_run_at_once": SaysNoneRun,
    "test_every_unit_is_done_once": DoesTwice,
    "test_a_unit_and_its_work_survive_pickling": DoesNothing,
    "test_a_unit_that_raises_says_so_and_the_others_go_on": HidesErrors,
    "test_submitting_waits_for_no_unit": RunsWhenSubmitted,
    "test_as_many_units_run_at_once_as_it_says": SaysTwoButRunsOne,
    "test_many_threads_may_submit_at_once": LosesOfManyThreads,
    "test_a_unit_may_have_units_done_itself": WaitsForItself,
    "test_a_killed_process_fails_its_own_unit_and_that_may_run_again": FailsAllTogether,
    "test_closing_waits_for_what_runs": ClosesAtOnce,
    "test_it_may_be_closed_twice": ClosesOnce,
}


class TestOneThread(ExecutorContract):
    @pytest.fixture
    def executor(self) -> Generator[Executor]:
        executor = OneThread(NoOptions())
        yield executor
        executor.close()


@pytest.mark.parametrize("test", BROKEN)
def test_what_is_broken_fails(test: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(suite, "PATIENCE", 0.5)
    check = getattr(ExecutorContract(), test)
    folder = [tmp_path] if "tmp_path" in inspect.signature(check).parameters else []
    with pytest.raises(AssertionError):
        check(BROKEN[test](NoOptions()), *folder)


def test_every_test_of_the_suite_can_fail() -> None:
    assert {name for name in dir(ExecutorContract) if name.startswith("test_")} == set(BROKEN)

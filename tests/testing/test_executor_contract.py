"""The executor suite fails for executors that are broken, each in its own way."""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import chain, islice
from typing import Any

import pytest

from photomill.components import Executor, NoOptions, Outcome
from photomill.testing import ExecutorContract
from photomill.testing import executor as suite


class Serial(Executor):
    """Correct, but for one item at a time."""

    name = "serial"

    @property
    def parallelism(self) -> int:
        return 1

    def run(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            yield self._outcome(function, item)

    def _outcome(self, function: Callable[[Any], Any], item: Any) -> Outcome[Any, Any]:
        try:
            return Outcome(item, function(item))
        except Exception as error:
            return Outcome(item, error=error)


class SaysNoneRun(Serial):
    parallelism = 0


class SaysTwoButRunsOne(Serial):
    parallelism = 2


class LosesTheLast(Serial):
    def run(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        return iter(list(super().run(function, items))[:-1])


class InventsOne(Serial):
    def run(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        return chain(super().run(function, items), [Outcome(None)])


class HidesErrors(Serial):
    def _outcome(self, function: Callable[[Any], Any], item: Any) -> Outcome[Any, Any]:
        return Outcome(item, super()._outcome(function, item).result)


class TakesTooMany(Serial):
    def run(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        return super().run(function, chain(list(islice(items, 5000)), items))


class TakesOn(Serial):
    """Takes items in a thread that nobody stops."""

    def run(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        taken = iter(items)

        def take() -> None:
            for _ in islice(taken, 20):
                threading.Event().wait(0.005)

        threading.Thread(target=take).start()
        while True:
            yield Outcome(0)


class KeepsItemsOnItself(Serial):
    def run(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        self._items = list(items)
        threading.Event().wait(0.02)
        yield from super().run(function, self._items)


class StopsAtNestedRuns(Serial):
    def __init__(self, options: NoOptions) -> None:
        super().__init__(options)
        self._running = threading.Lock()

    def run(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        if not self._running.acquire(timeout=0.1):
            return
        try:
            yield from super().run(function, items)
        finally:
            self._running.release()


class ClosesOnce(Serial):
    _closed = False

    def close(self) -> None:
        assert not self._closed
        self._closed = True


BROKEN = {
    "test_it_says_how_many_items_run_at_once": SaysNoneRun,
    "test_every_item_has_one_outcome": LosesTheLast,
    "test_no_items_have_no_outcome": InventsOne,
    "test_an_item_that_raises_is_an_outcome_and_the_others_go_on": HidesErrors,
    "test_an_endless_iterable_is_taken_only_as_fast_as_items_run": TakesTooMany,
    "test_closing_the_iterator_stops_taking_items": TakesOn,
    "test_as_many_items_run_at_once_as_it_says": SaysTwoButRunsOne,
    "test_many_threads_may_run_items_at_once": KeepsItemsOnItself,
    "test_an_item_may_run_items_itself": StopsAtNestedRuns,
    "test_it_may_be_closed_twice": ClosesOnce,
}


class TestSerial(ExecutorContract):
    @pytest.fixture
    def executor(self) -> Generator[Executor]:
        executor = Serial(NoOptions())
        yield executor
        executor.close()


@pytest.mark.parametrize("test", BROKEN)
def test_what_is_broken_fails(test: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "PATIENCE", 0.5)
    with pytest.raises(AssertionError):
        getattr(ExecutorContract(), test)(BROKEN[test](NoOptions()))


def test_every_test_of_the_suite_can_fail() -> None:
    assert {name for name in dir(ExecutorContract) if name.startswith("test_")} == set(BROKEN)

"""What every executor must do."""

import itertools
import threading
import time
from collections.abc import Iterator

import pytest

from photomill.components import Executor

PATIENCE = 10.0
"""Seconds that anything may take."""


class ExecutorContract:
    """Derive from this and fill :meth:`executor`::

    class TestMine(ExecutorContract):
        @pytest.fixture
        def executor(self, open_component):
            return open_component(Mine)
    """

    @pytest.fixture
    def executor(self) -> Executor:
        """An open executor that runs at least two items at once."""
        raise pytest.UsageError(f"{type(self).__name__} must define the fixture 'executor'")

    def test_it_says_how_many_items_run_at_once(self, executor: Executor) -> None:
        assert executor.parallelism >= 1

    def test_every_item_has_one_outcome(self, executor: Executor) -> None:
        outcomes = list(executor.run(lambda number: number * 2, range(100)))
        assert sorted((each.item, each.result) for each in outcomes) == [
            (number, number * 2) for number in range(100)
        ]

    def test_no_items_have_no_outcome(self, executor: Executor) -> None:
        assert list(executor.run(str, [])) == []

    def test_an_item_that_raises_is_an_outcome_and_the_others_go_on(
        self, executor: Executor
    ) -> None:
        outcomes = {each.item: each for each in executor.run(_refuse_odd, range(20))}
        assert len(outcomes) == 20
        for number, outcome in outcomes.items():
            if number % 2:
                assert isinstance(outcome.error, ValueError)
                assert str(outcome.error) == str(number)
                assert outcome.result is None
            else:
                assert outcome.error is None
                assert outcome.result == number

    def test_an_endless_iterable_is_taken_only_as_fast_as_items_run(
        self, executor: Executor
    ) -> None:
        taken = _Counter()
        outcomes = executor.run(str, taken)
        for _ in range(10):
            next(outcomes)
        _close(outcomes)
        assert taken.count <= 10 + 100 * executor.parallelism

    def test_closing_the_iterator_stops_taking_items(self, executor: Executor) -> None:
        taken = _Counter()
        outcomes = executor.run(str, taken)
        next(outcomes)
        _close(outcomes)
        before = taken.count
        time.sleep(0.05)
        assert taken.count == before

    def test_as_many_items_run_at_once_as_it_says(self, executor: Executor) -> None:
        meeting = threading.Barrier(executor.parallelism)
        outcomes = list(executor.run(lambda _: meeting.wait(PATIENCE), range(executor.parallelism)))
        assert [each.error for each in outcomes if each.error is not None] == []

    def test_many_threads_may_run_items_at_once(self, executor: Executor) -> None:
        found: dict[int, list[int]] = {}

        def run(start: int) -> None:
            numbers = range(start, start + 50)
            found[start] = sorted(
                each.result for each in executor.run(_itself, numbers) if each.result is not None
            )

        threads = [threading.Thread(target=run, args=(start,)) for start in (0, 100, 200, 300)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert found == {start: list(range(start, start + 50)) for start in (0, 100, 200, 300)}

    def test_an_item_may_run_items_itself(self, executor: Executor) -> None:
        def nested(number: int) -> int:
            return sum(each.result or 0 for each in executor.run(_itself, range(number)))

        ended = threading.Event()
        results: list[int | None] = []

        def run() -> None:
            results.extend(each.result for each in executor.run(nested, range(20)))
            ended.set()

        threading.Thread(target=run, daemon=True).start()
        assert ended.wait(PATIENCE), "an item that runs items waits for ever"
        assert sorted(result or 0 for result in results) == sorted(
            sum(range(number)) for number in range(20)
        )

    def test_it_may_be_closed_twice(self, executor: Executor) -> None:
        executor.close()
        executor.close()


class _Counter(Iterator[int]):
    """Endless numbers, counted as they are taken."""

    def __init__(self) -> None:
        self.count = 0
        self._numbers = itertools.count()

    def __next__(self) -> int:
        self.count += 1
        return next(self._numbers)


def _itself(number: int) -> int:
    return number


def _refuse_odd(number: int) -> int:
    if number % 2:
        raise ValueError(str(number))
    return number


def _close(outcomes: Iterator[object]) -> None:
    close = getattr(outcomes, "close", None)
    if close is not None:
        close()

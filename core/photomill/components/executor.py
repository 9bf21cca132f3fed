"""Executors: where units of work run."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from attrs import frozen

from photomill.components.base import Component

Item = TypeVar("Item")
Result = TypeVar("Result")


@frozen
class Outcome(Generic[Item, Result]):
    """What became of one item: a result, or the exception that it raised."""

    item: Item
    result: Result | None = None
    error: Exception | None = None


class Executor(Component):
    """Runs a function over items, several at a time."""

    family = "executors"

    @property
    @abstractmethod
    def parallelism(self) -> int:
        """How many items run at once, ≥ 1."""

    @abstractmethod
    def run(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Outcome[Item, Result]]:
        """Run ``function`` over ``items`` and yield each outcome as it comes, in any order.

        Takes from ``items`` only as fast as it works, so that an endless iterable costs no memory. An item that
        raises is an outcome with its error; the others go on. Closing the iterator stops taking new items.
        """

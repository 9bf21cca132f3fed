"""Many values, some at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

PORTION = 500
"""Values in one IN list; databases bound the number of parameters."""


def portions(values: Iterable[T], size: int = PORTION) -> Iterator[list[T]]:
    """Lists of so many values, the last one of fewer; taken only as fast as they are used."""
    rest = iter(values)
    while portion := list(islice(rest, size)):
        yield portion

"""Parts of many rows."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from photomill.plugin import Vectors, available_cores

_ROWS_AT_ONCE = 512
"""Of usual vectors so many fit into a core's cache."""

Made = TypeVar("Made")


def every_nth(vectors: Vectors, at_most: int) -> Vectors:
    """Up to ``at_most`` rows, evenly spread."""
    return vectors[:: max(1, -(-len(vectors) // at_most))]


def in_parts(make: Callable[[Vectors], Made], vectors: Vectors) -> Iterator[Made]:
    """Yield what is made of some rows after the others, in order; made by all cores."""
    if len(vectors) <= _ROWS_AT_ONCE:
        yield make(vectors)
        return
    starts = range(0, len(vectors), _ROWS_AT_ONCE)
    with ThreadPoolExecutor(available_cores()) as pool:
        yield from pool.map(lambda start: make(vectors[start : start + _ROWS_AT_ONCE]), starts)

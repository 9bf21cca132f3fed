"""The columns of one collection."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol


class RecordReader(Protocol):
    """Reads records of one collection from the catalog."""

    def __call__(self, rows: Sequence[int] | None) -> Iterable[tuple[int, Mapping[str, Any]]]:
        """Yield (row, record) for the given rows, or for every row; deleted rows are left out."""


class Columns:
    """Typed columns over rows 0 … size-1."""

    def __init__(self, read: Callable[[Sequence[int] | None], Iterable[tuple[int, Mapping[str, Any]]]]) -> None:
        self._read = read

    @property
    def size(self) -> int:
        raise NotImplementedError

    def records(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        raise NotImplementedError

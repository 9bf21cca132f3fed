"""The columns of one collection."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from photomill.columns.column import Column, ColumnBuilder
from photomill.columns.keys import Codes, Offsets, column_keys
from photomill.columns.upkeep import Kept, Record, RecordReader, bring_up, is_most
from photomill.columns.values import column_values


@frozen(eq=False)
class Table:
    """Some columns as of one moment.

    :ivar size: the rows of each.
    :ivar records: reads some rows' records as they are now, for what the columns do not know.
    """

    size: int
    columns: Mapping[str, Column]
    records: Callable[[Sequence[int]], Iterable[tuple[int, Record]]] = field(repr=False)


class Columns:
    """Typed columns over rows 0 … size-1, one for each dotted path that was asked for.

    A column is made from the records when it is first needed, all that a filter needs in one pass, and then follows the
    changes by reading only what changed. The least recently used are forgotten. Thread-safe: what was handed out never
    changes.
    """

    def __init__(self, read: RecordReader, *, keep: int = 20) -> None:
        """
        :param read: where records come from, at any time and from any thread.
        :param keep: how many columns to remember.
        """
        self._read = read
        self._keep = keep
        self._size = 0
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        # The state is held for moments only: a writer never waits for a column that is being made.
        self._state = threading.Lock()
        self._building = threading.Lock()

    @property
    def size(self) -> int:
        """How many rows there are."""
        return self._size

    def apply(self, size: int, changed: Sequence[int]) -> None:
        """Take in that there are ``size`` rows now, and that some older ones hold other values.

        Cheap: what changed is read when somebody needs it.
        """
        with self._state:
            self._size = size
            for path, kept in list(self._kept.items()):
                kept.stale.update(changed)
                if kept.column is not None and is_most(len(kept.stale), size):
                    del self._kept[path]

    def table(self, paths: Iterable[str]) -> Table:
        """The columns of some dotted paths, with everything applied before the call."""
        wanted = list(dict.fromkeys(paths))
        table = self._fresh(wanted)
        if table is not None:
            return table
        with self._building:
            try:
                return self._made(wanted)
            except BaseException:
                # Half-written columns are good for nothing.
                with self._state:
                    for path in wanted:
                        self._kept.pop(path, None)
                raise

    def records(self, rows: Sequence[int] | None = None) -> Iterator[tuple[int, Record]]:
        """(row, record) of some rows, or of all; rows without a record are left out."""
        size = self._size
        if rows is not None and not is_most(len(rows), size):
            return iter(self._read(rows) if len(rows) else ())
        chosen = np.full(size, rows is None)
        chosen[[] if rows is None else list(rows)] = True
        return (pair for pair in self._read(None) if pair[0] < size and chosen[pair[0]])

    def values(self, path: str, rows: Sequence[int] | NDArray[np.int64]) -> list[list[Any]]:
        """For each of some rows the values at a dotted path: those of an array one by one, nothing for nulls."""
        column = self.table([path]).columns[path]
        return column_values(column, np.asarray(rows, np.int64), self.records)

    def keys(self, path: str) -> tuple[Offsets, Codes]:
        """Which rows hold equal values at a dotted path.

        1 equals 1.0, but not true. Each value of an array counts; what is missing or null has no code.

        :returns: int64 offsets (size + 1,) and int32 codes: row r has ``codes[offsets[r]:offsets[r + 1]]``, none twice;
            equal codes are equal JSON values.
        """
        column = self.table([path]).columns[path]
        with self._state:
            kept = self._kept.get(path)
            if kept is not None and kept.column is column and kept.keys is not None:
                return kept.keys
        keys = column_keys(column, self.records)
        with self._state:
            if kept is not None and kept.column is column:
                kept.keys = keys
        return keys

    # ------------------------------------------------------------ making columns

    def _fresh(self, paths: Sequence[str]) -> Table | None:
        """The columns, if none has anything to take in."""
        with self._state:
            columns = {}
            for path in paths:
                kept = self._kept.get(path)
                if kept is None or kept.column is None or not kept.is_fresh(self._size):
                    return None
                columns[path] = kept.column
                self._kept.move_to_end(path)
            return Table(self._size, columns, self.records)

    def _made(self, paths: Sequence[str]) -> Table:
        with self._state:
            size = self._size
            for path in paths:
                self._kept.setdefault(path, Kept(ColumnBuilder(path)))
                self._kept.move_to_end(path)
            entries = {path: self._kept[path] for path in paths}
            behind = [kept for kept in entries.values() if not kept.is_fresh(size)]
            stale = {row for kept in behind for row in kept.stale}
            # From here on, what changes is noted for the next time.
            for kept in behind:
                kept.stale, kept.making = set(), True
        bring_up(behind, stale, size, self._read)
        with self._state:
            for kept in behind:
                kept.column, kept.keys, kept.making = kept.builder.column(), None, False
            while len(self._kept) > self._keep:
                self._kept.popitem(last=False)
        columns = {path: kept.column for path, kept in entries.items() if kept.column is not None}
        return Table(size, columns, self.records)

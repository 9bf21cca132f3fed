"""The columns of one collection."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from photomill.columns.cache import CachedColumn, ColumnCache, ColumnsMoved, KnownColumn, is_most
from photomill.columns.column import Column, ColumnBuilder
from photomill.columns.keys import Codes, Offsets, column_keys
from photomill.columns.refresh import Record, RecordReader, patch, update_columns
from photomill.columns.values import column_values


@frozen(eq=False)
class ColumnTable:
    """Some columns as of one moment.

    :ivar size: the rows of each.
    :ivar records: reads some rows' records as of then, for what the columns do not know.
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
        self._cache = ColumnCache(keep)
        self._change: int | None = None
        self._size = 0

    def at(self, change: int, size: int, read: RecordReader) -> "Columns":
        """The columns as of one change, whatever is applied afterwards.

        :param change: as told to :meth:`advance`.
        :param size: how many rows there were then.
        :param read: reads the records as they were then.
        """
        pinned = Columns.__new__(Columns)
        pinned._read, pinned._cache = read, self._cache
        pinned._change, pinned._size = change, size
        return pinned

    @property
    def size(self) -> int:
        """How many rows there are."""
        return self._cache.size if self._change is None else self._size

    def advance(self, change: int) -> None:
        """Begin to take in a change: what is applied from here on belongs to it."""
        self._cache.advance(change)

    def apply(self, size: int, changed: Sequence[int], gone: Sequence[int] = ()) -> None:
        """Take in that there are ``size`` rows now, and that some older ones hold other values.

        Cheap: what changed is read when somebody needs it.

        :param gone: rows whose record is there no longer.
        """
        self._cache.apply(size, changed, gone)

    def table(self, paths: Iterable[str]) -> ColumnTable:
        """The columns of some dotted paths, with everything applied before the call, or as of the change asked for."""
        wanted = list(dict.fromkeys(paths))
        table = self._fresh(wanted)
        if table is not None:
            return table
        with self._cache.building:
            try:
                return self._made(wanted)
            except ColumnsMoved as moved:
                return self._of_the_past(wanted, moved.asked)
            except BaseException:
                # Half-written columns are good for nothing.
                self._cache.forget(wanted)
                raise

    def records(self, rows: Sequence[int] | None = None) -> Iterator[tuple[int, Record]]:
        """(row, record) of some rows, or of all; rows without a record are left out."""
        size = self.size
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

        :returns: int64 offsets (rows + 1,) and int32 codes: row r has ``codes[offsets[r]:offsets[r + 1]]``, none twice;
            equal codes are equal JSON values. There may be rows beyond ``size``, of records that came later.
        """
        column = self.table([path]).columns[path]
        keys = self._cache.keys(path, column)
        if keys is None:
            keys = column_keys(column, self.records)
            # Of rows that came later this moment has no records, so the keys hold for nobody else.
            if len(column) <= self.size:
                self._cache.remember_keys(path, column, keys)
        return keys

    # ------------------------------------------------------------ making columns

    def _fresh(self, paths: Sequence[str]) -> ColumnTable | None:
        """The columns, if none has anything to take in."""
        found = self._cache.fresh(paths, self._change)
        return None if found is None else ColumnTable(*found, self.records)

    def _made(self, paths: Sequence[str]) -> ColumnTable:
        """
        :raises ColumnsMoved: the change asked for is no longer the last.
        """
        making = self._cache.begin(paths, self._change)
        behind = making.behind
        update_columns(behind, making.stale, making.size, self._read)
        self._cache.end(behind)
        entries = making.entries.items()
        columns = {path: kept.column for path, kept in entries if kept.column is not None}
        return ColumnTable(making.size, columns, self.records)

    def _of_the_past(self, paths: Sequence[str], change: int) -> ColumnTable:
        """The columns as of an earlier change: those that are known, with what changed since read as it was."""
        known = {path: found for path in paths if (found := self._cache.known(path)) is not None}
        size = max([self._size, *(len(found.column) for found in known.values())])
        columns: dict[str, Column] = {}
        for path, found in known.items():
            rows = self._rows_unlike(found, change)
            if rows is not None:
                columns[path] = patch(found.column, rows, size, self._read)
        builders = [ColumnBuilder(path) for path in paths if path not in columns]
        if builders:
            update_columns([CachedColumn(builder) for builder in builders], set(), size, self._read)
            columns.update((builder.path, builder.column()) for builder in builders)
        return ColumnTable(size, columns, self.records)

    def _rows_unlike(self, known: KnownColumn, change: int) -> Sequence[int] | None:
        """Rows whose values as of a change a column may not hold; None where that is most of them, or not known."""
        changed = self._cache.changed_since(min(known.change, change))
        if changed is None:
            return None
        fresh = range(min(len(known.column), self._size), self._size)
        rows = sorted(row for row in changed.union(fresh) if row < self._size)
        return None if is_most(len(rows), self._size) else rows

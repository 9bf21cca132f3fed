"""What is remembered of a collection's columns, and of what changed under them."""

import threading
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping, Sequence

from attrs import define, field, frozen

from photomill.columns.column import Column, ColumnBuilder
from photomill.columns.keys import Codes, Offsets

_LOGGED = 100_000
"""Rows of past changes that are remembered, for readers who look at an earlier moment."""


class ColumnsMoved(Exception):
    """The columns are asked for as of a change that is no longer the last."""

    def __init__(self, asked: int) -> None:
        super().__init__(asked)
        self.asked = asked


@define(eq=False)
class CachedColumn:
    """A column that is remembered.

    :ivar column: as last made; None before the first time.
    :ivar change: that ``column`` is as of.
    :ivar stale: its rows that hold other values now.
    :ivar making: whether somebody is taking in what was stale.
    :ivar keys: of ``column``, once somebody asked.
    """

    builder: ColumnBuilder
    column: Column | None = None
    change: int = 0
    stale: set[int] = field(factory=set)
    making: bool = False
    keys: tuple[Offsets, Codes] | None = None

    def is_fresh(self, size: int) -> bool:
        """Whether there is nothing to take in."""
        if self.column is None or self.stale or self.making:
            return False
        return len(self.column) == size


@frozen(eq=False)
class KnownColumn:
    """A column as of some change."""

    column: Column
    change: int


@frozen(eq=False)
class ColumnRefresh:
    """Columns that are to be brought up to the last change.

    :ivar entries: by path; those that are behind are marked as being made.
    :ivar stale: rows that any of them holds other values of.
    """

    entries: Mapping[str, CachedColumn]
    stale: set[int]
    size: int

    @property
    def behind(self) -> list[CachedColumn]:
        return [kept for kept in self.entries.values() if kept.making]


class ColumnCache:
    """Columns by path, the least recently used forgotten. Thread-safe.

    :ivar building: held by whoever makes columns. Everything else holds its lock for moments only, so that a writer
        never waits for a column that is being made.
    """

    def __init__(self, keep: int) -> None:
        self.building = threading.Lock()
        self._keep = keep
        self._size = 0
        self._change = 0
        self._kept: OrderedDict[str, CachedColumn] = OrderedDict()
        self._state = threading.Lock()
        self._log: deque[tuple[int, tuple[int, ...]]] = deque()
        self._logged = 0
        self._forgotten = -1

    @property
    def size(self) -> int:
        """How many rows there are."""
        return self._size

    def advance(self, change: int) -> None:
        """Begin to take in a change."""
        with self._state:
            self._change = change

    def apply(self, size: int, changed: Sequence[int], gone: Sequence[int]) -> None:
        """Take in that there are so many rows now, that some hold other values, and that some have no record."""
        with self._state:
            self._size = size
            self._note((*changed, *gone))
            for path, kept in list(self._kept.items()):
                kept.stale.update(changed)
                if kept.column is not None and is_most(len(kept.stale), size):
                    del self._kept[path]

    def changed_since(self, change: int) -> set[int] | None:
        """Rows that changed after a change; None where that is no longer known."""
        with self._state:
            if change < self._forgotten:
                return None
            return {row for of, rows in self._log if of > change for row in rows}

    def fresh(
        self, paths: Sequence[str], change: int | None
    ) -> tuple[int, Mapping[str, Column]] | None:
        """Size and columns, if none has anything to take in; as of a change, or None for the last."""
        with self._state:
            if change is not None and change != self._change:
                return None
            columns = {}
            for path in paths:
                kept = self._kept.get(path)
                if kept is None or kept.column is None or not kept.is_fresh(self._size):
                    return None
                columns[path] = kept.column
                self._kept.move_to_end(path)
            return self._size, columns

    def begin(self, paths: Sequence[str], change: int | None) -> ColumnRefresh:
        """Begin to bring columns up. From here on, what changes is noted for the next time.

        :raises ColumnsMoved: ``change`` is not the last.
        """
        with self._state:
            if change is not None and change != self._change:
                raise ColumnsMoved(change)
            for path in paths:
                self._kept.setdefault(path, CachedColumn(ColumnBuilder(path)))
                self._kept.move_to_end(path)
            making = ColumnRefresh({path: self._kept[path] for path in paths}, set(), self._size)
            for kept in making.entries.values():
                if not kept.is_fresh(self._size):
                    making.stale.update(kept.stale)
                    kept.stale, kept.making, kept.change = set(), True, self._change
            return making

    def end(self, behind: Iterable[CachedColumn]) -> None:
        """Show what was made."""
        with self._state:
            for kept in behind:
                kept.column, kept.keys, kept.making = kept.builder.column(), None, False
            while len(self._kept) > self._keep:
                self._kept.popitem(last=False)

    def forget(self, paths: Iterable[str]) -> None:
        """Forget columns."""
        with self._state:
            for path in paths:
                self._kept.pop(path, None)

    def known(self, path: str) -> KnownColumn | None:
        """The column as last made; the caller holds ``building``."""
        with self._state:
            kept = self._kept.get(path)
            return (
                None
                if kept is None or kept.column is None
                else KnownColumn(kept.column, kept.change)
            )

    def keys(self, path: str, column: Column) -> tuple[Offsets, Codes] | None:
        """The keys of just this column, if they are remembered."""
        with self._state:
            kept = self._kept.get(path)
            return kept.keys if kept is not None and kept.column is column else None

    def remember_keys(self, path: str, column: Column, keys: tuple[Offsets, Codes]) -> None:
        """Remember the keys of a column."""
        with self._state:
            kept = self._kept.get(path)
            if kept is not None and kept.column is column:
                kept.keys = keys

    def _note(self, rows: tuple[int, ...]) -> None:
        if not rows:
            return
        self._log.append((self._change, rows))
        self._logged += len(rows)
        while self._logged > _LOGGED:
            self._forgotten, dropped = self._log.popleft()
            self._logged -= len(dropped)


def is_most(count: int, size: int) -> bool:
    """Whether reading everything is cheaper than reading so many rows one by one."""
    return count > 1000 and count > size // 4

"""The growing arrays behind a collection's views."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from photomill.collections.matrix import Matrix, MatrixView
from photomill.collections.store.records import AddedRow, Position
from photomill.columns import Columns
from photomill.components.index import Rows
from photomill.errors import CatalogError

ReadAttributes = Callable[[Sequence[int] | None], Iterable[tuple[int, str, dict[str, Any]]]]
"""Serials, or None for all → (serial, id, attributes), as of the moment of a view."""


@frozen(eq=False)
class View:
    """What one search sees; never changes.

    A row is a record's position in the order of insertion. Deleted records leave holes.

    :ivar serials: int64 (size,), ascending: the catalog's name for each row.
    :ivar alive: bool (size,).
    :ivar live: how many rows are alive.
    :ivar generation: grows when rows were numbered anew; rows of unlike generations do not compare.
    :ivar columns: of the attributes; to be asked only once :meth:`reading` told where attributes come from.
    """

    size: int
    serials: NDArray[np.int64]
    vectors: MatrixView
    alive: NDArray[np.bool_]
    live: int
    generation: int
    position: Position
    columns: Columns
    _ids: list[str] = field(repr=False)
    _row_of: dict[str, int] = field(repr=False)

    def id_of(self, row: int) -> str:
        return self._ids[row]

    def ids_of(self, rows: Iterable[int]) -> list[str]:
        ids = self._ids
        return [ids[row] for row in rows]

    def row_of(self, record_id: str) -> int | None:
        """The row of a live record; None where there is none."""
        row = self._row_of.get(record_id)
        return row if row is not None and row < self.size and self.alive[row] else None

    def reading(self, read: ReadAttributes) -> "View":
        """The same, with columns of the attributes as they were at its moment.

        :param read: reads them as of ``position``.
        """

        def read_records(rows: Sequence[int] | None) -> Iterator[tuple[int, Mapping[str, Any]]]:
            wanted = None if rows is None else self.serials[np.asarray(rows, np.int64)].tolist()
            for serial, record_id, attributes in read(wanted):
                row = find_serial(self.serials, serial)
                if row is not None:
                    attributes["_id"] = record_id
                    yield row, attributes

        columns = self.columns.at(self.position.sequence, self.size, read_records)
        return evolve(self, columns=columns)

    def live_rows(self) -> Rows:
        """Rows that are alive, ascending."""
        return np.flatnonzero(self.alive)


@frozen(eq=False)
class SavedRows:
    """Rows as a snapshot kept them.

    :ivar serials: int64 (n,), ascending.
    :ivar alive: bool (n,).
    :ivar vectors: float32 (n, dimension), maybe memory-mapped.
    """

    ids: list[str]
    serials: NDArray[np.int64]
    alive: NDArray[np.bool_]
    vectors: NDArray[np.float32]
    position: Position

    @classmethod
    def none(cls, dimension: int, epoch: int) -> "SavedRows":
        """No rows: everything is still to be read."""
        return cls(
            ids=[],
            serials=np.empty(0, np.int64),
            alive=np.empty(0, np.bool_),
            vectors=np.empty((0, dimension), np.float32),
            position=Position(0, epoch),
        )


class Contents:
    """Rows from one numbering to the next; one thread at a time changes them."""

    def __init__(self, dimension: int, saved: SavedRows, generation: int) -> None:
        """
        :param saved: the first rows.
        """
        self.generation = generation
        self.position = saved.position
        self.columns = Columns(_no_moment)
        self._dimension = dimension
        self._matrix = Matrix(dimension, saved.vectors)
        self._serials = saved.serials
        self._alive = saved.alive
        self._ids = list(saved.ids)
        self._row_of = {saved.ids[row]: row for row in np.flatnonzero(saved.alive).tolist()}
        self._live = len(self._row_of)
        self.columns.advance(saved.position.sequence)
        self.columns.apply(len(saved.ids), ())

    def begin(self, position: Position) -> None:
        """Begin to take in what leads to a position. Whoever does sets ``position`` once all of it is in."""
        self.columns.advance(position.sequence)

    def view(self) -> View:
        """What is there now."""
        size = len(self._ids)
        return View(
            size=size,
            serials=self._serials[:size],
            vectors=self._matrix.view(),
            alive=self._alive,
            live=self._live,
            generation=self.generation,
            position=self.position,
            columns=self.columns,
            ids=self._ids,
            row_of=self._row_of,
        )

    def take(self, rows: Sequence[AddedRow]) -> bool:
        """Take in inserted, updated or restored records, in the order of their serials.

        :returns: False where one was restored whose row is no longer here: rows must be read anew.
        """
        last = self._last_serial()
        if not self._revive(row.serial for row in rows if row.serial <= last):
            return False
        fresh = [row for row in rows if row.serial > last]
        if fresh:
            self.append(fresh, self._decode(fresh))
        return True

    def append(self, rows: Sequence[AddedRow], vectors: NDArray[np.float32]) -> None:
        """Add rows.

        :raises CatalogError: they are not in the order of their insertion.
        """
        if not rows:
            return
        serials = np.fromiter((row.serial for row in rows), np.int64, len(rows))
        if serials[0] <= self._last_serial() or np.any(np.diff(serials) <= 0):
            raise CatalogError("the catalog gave records out of the order of their insertion")
        first = len(self._ids)
        self._matrix.append(vectors)
        self._serials = _appended(self._serials, first, serials)
        self._alive = np.concatenate([self._alive, np.ones(len(rows), np.bool_)])
        for row, added in enumerate(rows, first):
            self._ids.append(added.id)
            self._row_of[added.id] = row
        self._live += len(rows)
        self.columns.apply(len(self._ids), ())

    def rebase(self, vectors: NDArray[np.float32]) -> None:
        """Read the first rows' vectors from here, and free what held them."""
        self._matrix.rebase(vectors)

    def mark_dead(self, serials: Iterable[int]) -> None:
        """Mask rows out."""
        rows = [
            row
            for serial in serials
            if (row := self._find(serial)) is not None and self._alive[row]
        ]
        if not rows:
            return
        self._alive = self._alive.copy()
        self._alive[rows] = False
        self._live -= len(rows)
        for row in rows:
            if self._row_of.get(self._ids[row]) == row:
                del self._row_of[self._ids[row]]
        self.columns.apply(len(self._ids), (), rows)

    def touch(self, serials: Iterable[int]) -> None:
        """Take in that the attributes of these records changed."""
        rows = [row for serial in serials if (row := self._find(serial)) is not None]
        if rows:
            self.columns.apply(len(self._ids), rows)

    def _revive(self, serials: Iterable[int]) -> bool:
        """Take in that these records changed, or are there again; False where one has no row."""
        found = [self._find(serial) for serial in serials]
        rows = [row for row in found if row is not None]
        dead = [row for row in rows if not self._alive[row]]
        if dead:
            self._alive = self._alive.copy()
            self._alive[dead] = True
            self._live += len(dead)
            self._row_of.update({self._ids[row]: row for row in dead})
        if rows:
            self.columns.apply(len(self._ids), rows)
        return len(rows) == len(found)

    def _last_serial(self) -> int:
        return int(self._serials[len(self._ids) - 1]) if self._ids else -1

    def _find(self, serial: int) -> int | None:
        return find_serial(self._serials[: len(self._ids)], serial)

    def _decode(self, rows: Sequence[AddedRow]) -> NDArray[np.float32]:
        joined = b"".join(row.vector for row in rows)
        if len(joined) != 4 * self._dimension * len(rows):
            raise CatalogError("the catalog holds a vector of another length than its collection's")
        return np.frombuffer(joined, "<f4").reshape(len(rows), self._dimension)


def find_serial(serials: NDArray[np.int64], serial: int) -> int | None:
    """The row of a serial; None where there is none."""
    row = int(np.searchsorted(serials, serial))
    return row if row < len(serials) and serials[row] == serial else None


def _no_moment(rows: Sequence[int] | None) -> Iterator[tuple[int, Mapping[str, Any]]]:
    raise RuntimeError("attributes are read as of a moment: take the view from a Moment")


def _appended(array: NDArray[np.int64], used: int, more: NDArray[np.int64]) -> NDArray[np.int64]:
    """Append to an array with room to grow; earlier views of it stay good."""
    needed = used + len(more)
    if needed > len(array):
        grown = np.empty(max(needed, 2 * len(array), 1024), np.int64)
        grown[:used] = array[:used]
        array = grown
    array[used:needed] = more
    return array

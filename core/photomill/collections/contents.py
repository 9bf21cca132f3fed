"""The growing arrays behind a collection's views."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from photomill.collections.ids import Ids, PackedIds
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
    _ids: Ids = field(repr=False)

    def id_of(self, row: int) -> str:
        return self._ids.ids_of([row])[0]

    def ids_of(self, rows: Iterable[int]) -> list[str]:
        return self._ids.ids_of(rows)

    def row_of(self, record_id: str) -> int | None:
        """The row of a live record; None where there is none."""
        return self._ids.row_of(record_id, self.alive)

    def taken(self, ids: Sequence[str]) -> set[str]:
        """Which of some ids live records have."""
        return self._ids.taken(ids, self.alive)

    def packed_ids(self) -> PackedIds:
        """The ids of all rows, packed."""
        return self._ids.packed(self.size)

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
    """Rows as a snapshot kept them; all but the fresh ones among the ids may be memory-mapped.

    :ivar serials: int64 (n,), ascending.
    :ivar alive: bool (n,).
    :ivar vectors: float32 (n, dimension).
    """

    ids: Ids
    serials: NDArray[np.int64]
    alive: NDArray[np.bool_]
    vectors: NDArray[np.float32]
    position: Position

    @classmethod
    def none(cls, dimension: int, epoch: int) -> "SavedRows":
        """No rows: everything is still to be read."""
        return cls(
            ids=Ids.of(()),
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
        self._ids = saved.ids
        self._live = int(np.count_nonzero(saved.alive))
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
        self._ids.extend(added.id for added in rows)
        self._live += len(rows)
        self.columns.apply(len(self._ids), ())

    def rebase(self, saved: SavedRows) -> bool:
        """Read the first rows' vectors and ids from a saved copy, and free what held them.

        :returns: False where the copy numbers rows in another way.
        """
        count = len(saved.serials)
        if count > len(self._ids) or not np.array_equal(saved.serials, self._serials[:count]):
            return False
        self._matrix.rebase(saved.vectors)
        self._ids = self._ids.rebased(saved.ids.packed(count))
        return True

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
        if rows:
            self.columns.apply(len(self._ids), rows)
        return len(rows) == len(found)

    def _last_serial(self) -> int:
        return int(self._serials[len(self._ids) - 1]) if len(self._ids) else -1

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
        grown = np.empty(max(needed, len(array) + len(array) // 4, 1024), np.int64)
        grown[:used] = array[:used]
        array = grown
    array[used:needed] = more
    return array

"""The ids of a collection's rows, in a few arrays that processes share instead of an object for each."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.components.index import Rows

Mask = NDArray[np.bool_]

# Text from JSON may hold half a character; it is kept as it came.
_ERRORS = "surrogatepass"


@frozen(eq=False)
class PackedIds:
    """Ids that never change, memory-mapped perhaps.

    An id that was deleted and came again stands in several rows.

    :ivar text: uint8: all ids in UTF-8, one after the other.
    :ivar ends: int64 (n + 1,): where each id begins, and the next.
    :ivar hashes: uint64 (n,), ascending.
    :ivar rows: int32 (n,): the row of each hash; of equal hashes ascending.
    """

    text: NDArray[np.uint8]
    ends: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    rows: NDArray[np.int32]

    @classmethod
    def of(cls, ids: Sequence[str]) -> "PackedIds":
        """Pack ids, in the order of their rows."""
        encoded = [each.encode(errors=_ERRORS) for each in ids]
        ends = np.zeros(len(ids) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, encoded), np.int64, len(ids)), out=ends[1:])
        text = np.frombuffer(b"".join(encoded), np.uint8)
        return cls._ordered(text, ends, _hashes(encoded), np.arange(len(ids), dtype=np.int32))

    @classmethod
    def _ordered(
        cls,
        text: NDArray[np.uint8],
        ends: NDArray[np.int64],
        hashes: NDArray[np.uint64],
        rows: NDArray[np.int32],
    ) -> "PackedIds":
        order = np.argsort(hashes, kind="stable")
        return cls(text, ends, hashes[order], rows[order])

    def __len__(self) -> int:
        return len(self.rows)

    def ids_of(self, rows: Rows) -> list[str]:
        """The ids of rows, in their order."""
        text, ends = self.text.data, self.ends
        return [
            str(text[start:end], "utf-8", _ERRORS)
            for start, end in zip(ends[rows].tolist(), ends[rows + 1].tolist(), strict=True)
        ]

    def row_of(self, record_id: str, alive: Mask) -> int | None:
        """The row of an id among those that are alive; None where there is none."""
        if not len(self):
            return None
        key = _hashes([record_id.encode(errors=_ERRORS)])[0]
        first = int(self.hashes.searchsorted(key))
        if first == len(self) or self.hashes[first] != key:
            return None
        return self._row_at(first, record_id, alive)

    def taken(self, ids: Sequence[str], alive: Mask) -> set[str]:
        """Which of some ids have a row that is alive."""
        if not len(self):
            return set()
        keys = _hashes([each.encode(errors=_ERRORS) for each in ids])
        firsts = np.minimum(self.hashes.searchsorted(keys), len(self) - 1)
        found = np.flatnonzero(self.hashes[firsts] == keys).tolist()
        return {
            ids[place]
            for place in found
            if self._row_at(int(firsts[place]), ids[place], alive) is not None
        }

    def joined(self, more: "PackedIds") -> "PackedIds":
        """These, and after them more."""
        if not len(more):
            return self
        return self._ordered(
            np.concatenate([self.text, more.text]),
            np.concatenate([self.ends, self.ends[-1] + more.ends[1:]]),
            np.concatenate([self.hashes, more.hashes]),
            np.concatenate([self.rows, more.rows + np.int32(len(self))]),
        )

    def chosen(self, rows: Rows) -> "PackedIds":
        """Those of some rows, ascending, that are numbered from 0 on."""
        kept = np.zeros(len(self), np.bool_)
        kept[rows] = True
        lengths = np.diff(self.ends)
        ends = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(lengths[rows], out=ends[1:])
        numbers = np.cumsum(kept, dtype=np.int32) - np.int32(1)
        there = kept[self.rows]
        return PackedIds(
            self.text[np.repeat(kept, lengths)],
            ends,
            self.hashes[there],
            numbers[self.rows[there]],
        )

    def _row_at(self, first: int, record_id: str, alive: Mask) -> int | None:
        """The row of an id, given the first place of its hash."""
        last = int(self.hashes.searchsorted(self.hashes[first], side="right"))
        rows = self.rows[first:last].astype(np.int64)
        rows = rows[rows < len(alive)]
        rows = rows[alive[rows]]
        for row, found in zip(rows.tolist(), self.ids_of(rows), strict=True):
            if found == record_id:
                return int(row)
        return None


class Ids:
    """Ids of rows: packed ones, and after them what came since. One thread appends; any number read.

    Readers say by ``alive`` which rows were there when they looked: its length is the number of rows.
    """

    def __init__(self, packed: PackedIds, fresh: Iterable[str] = ()) -> None:
        """
        :param fresh: ids of the rows after the packed ones.
        """
        self._packed = packed
        self._first = len(packed)
        self._fresh: list[str] = []
        self._rows: dict[str, list[int]] = {}
        self.extend(fresh)

    @classmethod
    def of(cls, ids: Iterable[str]) -> "Ids":
        """Ids that are not worth packing."""
        return cls(PackedIds.of(()), ids)

    def __len__(self) -> int:
        return self._first + len(self._fresh)

    def extend(self, ids: Iterable[str]) -> None:
        """Add the ids of the rows that follow."""
        for row, record_id in enumerate(ids, len(self)):
            self._fresh.append(record_id)
            self._rows.setdefault(record_id, []).append(row)

    def rebased(self, packed: PackedIds) -> "Ids":
        """The same, with the first ones read from here."""
        return Ids(packed, self.ids_of(range(len(packed), len(self))))

    def packed(self, size: int) -> PackedIds:
        """The first ``size`` ids, packed."""
        if size < self._first:
            return self._packed.chosen(np.arange(size))
        return self._packed.joined(PackedIds.of(self._fresh[: size - self._first]))

    def ids_of(self, rows: Iterable[int]) -> list[str]:
        """The ids of rows, in their order."""
        wanted = list(rows)
        first, fresh = self._first, self._fresh
        old = [row for row in wanted if row < first]
        if not old:
            return [fresh[row - first] for row in wanted]
        found = self._packed.ids_of(np.array(old, np.int64))
        if len(old) == len(wanted):
            return found
        packed = iter(found)
        return [next(packed) if row < first else fresh[row - first] for row in wanted]

    def row_of(self, record_id: str, alive: Mask) -> int | None:
        """The row of an id among those that are alive; None where there is none."""
        row = self._fresh_row(record_id, alive)
        return self._packed.row_of(record_id, alive) if row is None else row

    def taken(self, ids: Sequence[str], alive: Mask) -> set[str]:
        """Which of some ids have a row that is alive."""
        fresh = {each for each in ids if self._fresh_row(each, alive) is not None}
        return fresh | self._packed.taken([each for each in ids if each not in fresh], alive)

    def _fresh_row(self, record_id: str, alive: Mask) -> int | None:
        for row in reversed(self._rows.get(record_id, ())):
            if row < len(alive) and alive[row]:
                return row
        return None


def _hashes(encoded: Sequence[bytes]) -> NDArray[np.uint64]:
    """A number for each id; unlike ids hardly ever have the same, whoever chooses them."""
    digests = b"".join([blake2b(each, digest_size=8).digest() for each in encoded])
    return np.frombuffer(digests, "<u8")

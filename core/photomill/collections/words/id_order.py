"""The first by id of very many records that answer equally well."""

import threading
from heapq import nsmallest

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.collections.contents import View
from photomill.components.index import Rows

_FEW = 2000
"""Rows whose ids are looked at one by one."""
_NEW_SHARE = 0.1
"""New rows, as a share of all, after which all are ranked anew."""


@frozen(eq=False)
class _Ranks:
    """Of the first rows of a numbering.

    :ivar ranks: the place of each row among them in the order of ids.
    """

    generation: int
    ranks: NDArray[np.int32]


class IdOrder:
    """Ranks the rows of one collection by id, once many tie. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ranks: _Ranks | None = None

    def first(self, view: View, rows: Rows, count: int) -> Rows:
        """Those ``count`` of some rows whose ids come first, in no order."""
        if count >= len(rows):
            return rows
        if len(rows) > _FEW:
            ranks = self._ranked(view)
            ranked = rows[rows < len(ranks)]
            if count < len(ranked):
                nearest = np.argpartition(ranks[ranked], count - 1)[:count]
                rows = np.concatenate([ranked[nearest], rows[rows >= len(ranks)]])
        ids = view.ids_of(rows.tolist())
        return np.array(
            [row for _, row in nsmallest(count, zip(ids, rows.tolist(), strict=True))], np.int64
        )

    def _ranked(self, view: View) -> NDArray[np.int32]:
        with self._lock:
            known = self._ranks
            if (
                known is None
                or known.generation != view.generation
                or view.size - len(known.ranks) > max(_FEW, _NEW_SHARE * view.size)
            ):
                ids = view.ids_of(range(view.size))
                ranks = np.empty(view.size, np.int32)
                ranks[sorted(range(view.size), key=ids.__getitem__)] = np.arange(
                    view.size, dtype=np.int32
                )
                self._ranks = known = _Ranks(view.generation, ranks)
            return known.ranks

"""Codes in coarse cells, of which a search looks into the nearest."""

from typing import Any

import numpy as np
from attrs import field, frozen, validators
from numpy.typing import NDArray

from photomill.plugin import Vectors
from photomill_faiss.codes import CodedIndex, bits_for
from photomill_faiss.parts import every_nth

_PER_CELL = 40
"""Training rows for each cell; faiss asks for 39."""


@frozen
class IvfRabitqOptions:
    """
    :ivar cells: how many cells; 0 takes 4·√rows.
    :ivar probes: cells that a search looks into, unless it says otherwise.
    """

    cells: int = field(default=0, validator=validators.ge(0))
    probes: int = field(default=96, validator=validators.ge(1))


class IvfRabitqIndex(CodedIndex):
    """Scans a part of the codes; a search's effort is twice its probes.

    A filter leaves few rows in a cell, so a search with one goes on to farther cells until it has seen as many allowed
    rows as it would have seen rows without it: however the filter and the cells go together, recall is kept.
    """

    name = "ivf_rabitq"
    Options = IvfRabitqOptions

    def cost(self, count: int, allowed: int | None) -> float:
        index = self._indexes[0]
        seen = self.size * min(1.0, self.options.probes / index.nlist)
        if allowed is None:
            return float(20.0 + 4e-5 * index.nlist * index.d + 0.028 * seen + 0.2 * count)
        share = min(1.0, seen / max(1, allowed))
        choosing = 100.0 + 0.1 * index.nlist + 0.01 * allowed
        scanning = share * (0.25 * index.nlist + 0.002 * self.size) + 0.028 * min(seen, allowed)
        return float(choosing + scanning + 0.2 * min(count, allowed))

    def _new_indexes(self, rows: int, dimension: int) -> tuple[Any, ...]:
        cells = self._cells(rows)
        coarse = self._faiss.IndexFlatL2(dimension)
        index = self._faiss.IndexIVFRaBitQ(
            coarse, dimension, cells, self._faiss.METRIC_L2, True, bits_for(dimension)
        )
        # Python's object must not free what the index now owns.
        coarse.this.disown()
        index.own_fields = True
        # faiss would warn on the standard error stream where there are few rows.
        index.cp.min_points_per_centroid = 1
        # Tells each row's cell.
        index.set_direct_map_type(self._faiss.DirectMap.Array)
        return (index,)

    def _filled(self, indexes: tuple[Any, ...], vectors: Vectors) -> tuple[Any, ...]:
        sample = every_nth(vectors, max(1000, _PER_CELL * self._cells(len(vectors))))
        indexes[0].train(self._rotated(sample))
        self._append(indexes, vectors)
        return indexes

    def _chosen(
        self, query: Vectors, allowed: NDArray[np.bool_] | None, selector: Any, effort: int | None
    ) -> tuple[Any, Any]:
        index = self._indexes[0]
        probes = self.options.probes if effort is None else max(1, effort // 2)
        probes = min(probes, index.nlist)
        if allowed is not None:
            probes = self._probes_with(query, allowed, probes)
        return index, self._faiss.IVFRaBitQSearchParameters(sel=selector, nprobe=probes)

    def _probes_with(self, query: Vectors, allowed: NDArray[np.bool_], probes: int) -> int:
        index = self._indexes[0]
        seen = self.size * probes / index.nlist
        if np.count_nonzero(allowed) <= seen:
            return int(index.nlist)
        row_cells = self._faiss.rev_swig_ptr(index.direct_map.array.data(), self.size)
        in_cells = np.bincount(row_cells[allowed] >> 32, minlength=index.nlist)
        _, nearest = index.quantizer.search(query, index.nlist)
        needed = np.searchsorted(np.cumsum(in_cells[nearest[0]]), seen) + 1
        return max(probes, min(int(needed), int(index.nlist)))

    def _cells(self, rows: int) -> int:
        cells = self.options.cells or int(4 * rows**0.5)
        return max(1, min(cells, rows // _PER_CELL))

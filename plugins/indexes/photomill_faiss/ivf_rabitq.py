"""Codes in coarse cells, of which a search looks into the nearest."""

from typing import Any

from attrs import field, frozen, validators

from photomill.components import Vectors
from photomill_faiss.codes import CodedIndex, bits_for, every_nth

_PER_CELL = 40
"""Training rows for each cell; faiss asks for 39."""


@frozen
class IvfRabitqOptions:
    """
    :ivar cells: how many cells; 0 takes 4·√rows.
    :ivar probes: cells that a search looks into, unless it says otherwise.
    """

    cells: int = field(default=0, validator=validators.ge(0))
    probes: int = field(default=48, validator=validators.ge(1))


class IvfRabitqIndex(CodedIndex):
    """Faster than a whole scan from about a million rows on; a search's effort is ten times its probes."""

    name = "ivf_rabitq"
    Options = IvfRabitqOptions

    def cost(self, count: int, allowed: int | None) -> float:
        cells = max(1, int(self._indexes[0].nlist))
        share = min(1.0, self.options.probes / cells)
        return float(100.0 + 0.15 * cells + 0.01 * share * self.size + 0.15 * count)

    def _new_indexes(self, rows: int, dimension: int) -> tuple[Any, ...]:
        cells = self._cells(rows)
        coarse = self._faiss.IndexFlatL2(dimension)
        index = self._faiss.IndexIVFRaBitQ(
            coarse, dimension, cells, self._faiss.METRIC_L2, True, bits_for(dimension)
        )
        # Python's object must not free what the index now owns.
        coarse.this.disown()
        index.own_fields = True
        return (index,)

    def _sample(self, vectors: Vectors) -> Vectors:
        return every_nth(vectors, max(1000, _PER_CELL * self._cells(len(vectors))))

    def _chosen(self, selector: Any, effort: int | None) -> tuple[Any, Any]:
        index = self._indexes[0]
        probes = self.options.probes if effort is None else max(1, effort // 10)
        probes = min(probes, index.nlist)
        return index, self._faiss.IVFRaBitQSearchParameters(sel=selector, nprobe=probes)

    def _cells(self, rows: int) -> int:
        cells = self.options.cells or int(4 * rows**0.5)
        return max(1, min(cells, rows // _PER_CELL))

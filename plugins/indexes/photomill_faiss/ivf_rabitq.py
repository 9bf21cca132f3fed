"""Codes in coarse cells, of which a search looks into the nearest."""

from typing import Any

import numpy as np
from attrs import field, frozen, validators
from numpy.typing import NDArray

from photomill.plugin import Estimated, Rows, Vectors
from photomill_faiss.blocks import Codes
from photomill_faiss.codes import CodedIndex, bits_for
from photomill_faiss.errors import Errors, deviation_of, lost_by_signs
from photomill_faiss.parts import every_nth
from photomill_faiss.patience import is_enough, search_cells
from photomill_principal.components import NEAREST

_PER_CELL = 40
"""Training rows for each cell; faiss asks for 39."""

_WIDER = 2
"""How many times as many cells are looked into where those before were not enough."""

_MIDDLE = 1e-6
"""|x - m|² below which a row is the middle of its cell, but for rounding."""

_TOLD = 16
"""Of so many candidates the codes tell how far they err."""


@frozen
class IvfRabitqOptions:
    """
    :ivar cells: how many cells; 0 takes 4·√rows.
    :ivar probes: cells that a search looks into at least, unless it says how many.
    """

    cells: int = field(default=0, validator=validators.ge(0))
    probes: int = field(default=96, validator=validators.ge(1))


@frozen(eq=False)
class _Looked:
    """What a search found.

    :ivar squares: estimated squares of distances, ascending: float32 (n,).
    :ivar rows: int64 (n,), padded with -1.
    :ivar cells: that it looked into, int64 (m,).
    :ivar away: their squared distances from the query, float32 (m,).
    """

    squares: Vectors
    rows: Rows
    cells: Rows
    away: Vectors


class IvfRabitqIndex(CodedIndex):
    """Scans a part of the codes: of as many cells as the query needs, or of half as many as a search's effort says.

    A filter leaves few rows in a cell, so a search with one goes on to farther cells until it has seen as many allowed
    rows as it would have seen rows without it: however the filter and the cells go together, recall is kept.
    """

    name = "ivf_rabitq"
    Options = IvfRabitqOptions
    can_estimate = True

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._places = self._sizes = np.empty(0, np.int64)
        self._lost = np.empty(0, np.float32)

    def close(self) -> None:
        super().close()
        self._places = self._sizes = np.empty(0, np.int64)

    def cost(self, count: int, allowed: int | None) -> float:
        index = self._indexes[0]
        seen = self.size * min(1.0, self.options.probes / index.nlist)
        # It goes on until it has found so many.
        seen = min(self.size, max(seen, count))
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

    def _scanned(
        self, rotated: Vectors, wanted: int, allowed: NDArray[np.bool_] | None, effort: int | None
    ) -> tuple[Vectors, Rows]:
        if effort is not None:
            return super()._scanned(rotated, wanted, allowed, effort)
        self._faiss.omp_set_num_threads(1)
        selector = None if allowed is None else self._selector(allowed)
        squares = np.empty((len(rotated), wanted), np.float32)
        found = np.empty((len(rotated), wanted), np.int64)
        for place, query in enumerate(rotated[:, np.newaxis]):
            looked = self._looked(query, wanted, allowed, selector)
            squares[place], found[place] = looked.squares, looked.rows
        return squares, found

    def _looked(
        self, query: Vectors, wanted: int, allowed: NDArray[np.bool_] | None, selector: Any
    ) -> "_Looked":
        """Look into as many cells as the query needs."""
        index = self._indexes[0]
        probes = min(self.options.probes, index.nlist)
        if allowed is not None:
            probes = self._probes_with(query, allowed, probes)

        def look(cells: Rows, away: Vectors) -> tuple[Vectors, Rows]:
            return search_cells(self._faiss, index, query, cells, away, wanted, selector)

        (away,), (cells,) = index.quantizer.search(query, probes)
        squares, rows = look(cells, away)
        if probes == index.nlist or self._is_enough(rows, cells):
            return _Looked(squares, rows, cells, away)
        (every_away,), (every,) = index.quantizer.search(query, index.nlist)
        # Cells that are equally far may come in another order now.
        others = ~np.isin(every, cells)
        while len(cells) < index.nlist and not self._is_enough(rows, cells):
            more = np.flatnonzero(others)[: (_WIDER - 1) * len(cells)]
            others[more] = False
            further = look(every[more], every_away[more])
            cells, away = _joined((cells, away), (every[more], every_away[more]))
            squares, rows = _joined((squares, rows), further)
            nearest = squares.argsort(kind="stable")[:wanted]
            squares, rows = squares[nearest], rows[nearest]
        return _Looked(squares, rows, cells, away)

    def _is_enough(self, rows: Rows, cells: Rows) -> bool:
        """Whether no farther cells need be looked into.

        :param rows: that were found, the nearest first, padded with -1.
        :param cells: that were looked into, the nearest first.
        """
        if rows[-1] < 0:
            return False
        late = np.zeros(len(self._sizes), np.bool_)
        late[cells[len(cells) // 2 :]] = True
        return is_enough(late[self._places[rows[:NEAREST]] >> 32])

    def _estimated(
        self, query: Vectors, count: int, allowed: NDArray[np.bool_] | None, effort: int | None
    ) -> Estimated:
        among = self.size if allowed is None else int(np.count_nonzero(allowed))
        if effort is not None or count >= among or bits_for(self._dimension) > 1:
            return Estimated(self._search(query[np.newaxis], count, allowed, effort)[0])
        self._faiss.omp_set_num_threads(1)
        selector = None if allowed is None else self._selector(allowed)
        looked = self._looked(self._rotated(query[np.newaxis]), count, allowed, selector)
        known = count if looked.rows[-1] >= 0 else int(np.count_nonzero(looked.rows >= 0))
        if known == 0:
            return Estimated(looked.rows)
        seen = int(self._sizes[looked.cells].sum() * (among / self.size))
        away = np.empty(len(self._sizes), np.float32)
        away[looked.cells] = looked.away
        cells = self._places[looked.rows[: known : -(-known // _TOLD)]] >> 32
        # Cells err unlike: what was left out may lie in those that err most.
        most = float((self._lost_in(cells) * away[cells]).max())
        deviation = deviation_of(most, self._dimension)
        errors = Errors(looked.squares[:known], max(known, seen), deviation)
        return Estimated(looked.rows, errors.needed)

    def _lost_in(self, cells: Rows) -> Vectors:
        """What signs leave over of the rows in some cells, in the mean: float32 (n,)."""
        lost = self._lost[cells]
        unknown = np.isnan(lost)
        if not unknown.any():
            return lost
        for cell in {*cells[unknown].tolist()}:
            self._lost[cell] = lost_by_signs(self._codes_in(self._indexes[0], cell)).mean()
        return self._lost[cells]

    def _append(self, indexes: tuple[Any, ...], vectors: Vectors) -> None:
        super()._append(indexes, vectors)
        if bits_for(self._dimension) > 1:
            return
        for cell in np.unique(self._places_in(indexes[0])[-len(vectors) :] >> 32).tolist():
            factors = self._codes_in(indexes[0], cell)[:, -8:].view("<f4")
            # Of a row in the middle, as copies are that fill a cell, faiss takes rounding for a direction.
            factors[factors[:, 0] < _MIDDLE, 1] = 0.0

    def _places_in(self, index: Any) -> Rows:
        """Of each row its cell, in the upper half, and its place there."""
        places: Rows = self._faiss.rev_swig_ptr(index.direct_map.array.data(), int(index.ntotal))
        return places

    def _codes_in(self, index: Any, cell: int) -> Codes:
        """The codes in a cell, where they lie: uint8 (n, code size)."""
        lists, width = index.invlists, index.code_size
        codes = self._faiss.rev_swig_ptr(lists.get_codes(cell), lists.list_size(cell) * width)
        return np.asarray(codes).reshape(-1, width)

    def _use(self, indexes: tuple[Any, ...]) -> None:
        super()._use(indexes)
        lists, cells = indexes[0].invlists, indexes[0].nlist
        self._places = self._places_in(indexes[0])
        self._sizes = np.array([lists.list_size(cell) for cell in range(cells)], np.int64)
        # Known once it is asked for.
        self._lost = np.full(cells, np.nan, np.float32)

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
        in_cells = np.bincount(self._places[allowed] >> 32, minlength=index.nlist)
        _, nearest = index.quantizer.search(query, index.nlist)
        needed = np.searchsorted(np.cumsum(in_cells[nearest[0]]), seen) + 1
        return max(probes, min(int(needed), int(index.nlist)))

    def _cells(self, rows: int) -> int:
        cells = self.options.cells or int(4 * rows**0.5)
        return max(1, min(cells, rows // _PER_CELL))


def _joined(
    one: tuple[NDArray[Any], NDArray[Any]], other: tuple[NDArray[Any], NDArray[Any]]
) -> tuple[NDArray[Any], NDArray[Any]]:
    return np.concatenate([one[0], other[0]]), np.concatenate([one[1], other[1]])

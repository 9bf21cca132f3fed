"""All codes scanned: no graph, no cells, nothing to tune."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import Estimated, Rows, Vectors
from photomill_faiss.blocks import Codes, append
from photomill_faiss.codes import CodedIndex, bits_for, candidates_among
from photomill_faiss.errors import Errors, deviation_of, lost_by_signs
from photomill_faiss.parts import every_nth, in_parts
from photomill_faiss.principal import PrincipalScan, measuring
from photomill_principal.components import NEAREST

_SAMPLE = 20_000

_TOLD = 64
"""Of so many candidates the codes tell how far they err."""


class RabitqIndex(CodedIndex):
    """A scan of short codes. Filters natively, appends in microseconds, is built in the time of one pass.

    Keeps 1-bit codes twice, about 70 bytes a row each at 512 dimensions: in blocks that are scanned fastest, and one by
    one for searches with a filter, which blocks do not allow. Where few components tell most about the rows, codes of
    these, some 64 bytes a row, are scanned in their place, in a third of the time; the others serve queries of which the
    components tell too little.
    """

    name = "rabitq"
    can_estimate = True

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._principal: PrincipalScan | None = None

    def close(self) -> None:
        super().close()
        self._principal = None

    @property
    def outgrown(self) -> bool:
        # Asked while another thread may close it.
        principal = self._principal
        return principal is not None and principal.outgrown

    def candidates_for(self, queries: Vectors, count: int) -> int:
        if self._principal is None:
            return self.candidates(count)
        suited = self._principal.components.suit(queries)
        return max(
            0 if suited.all() else self.candidates(count),
            self._principal.candidates(count) if suited.any() else 0,
        )

    def cost(self, count: int, allowed: int | None) -> float:
        if allowed is not None:
            return 200.0 + 0.001 * self.size + 0.08 * allowed + 0.3 * min(count, allowed)
        if self._principal is not None:
            return self._principal.cost(count)
        if bits_for(self._dimension) > 1:
            return 60.0 + 0.010 * self.size + 0.9 * count
        return _scanning(self.size, self._dimension, count)

    def _new_indexes(self, rows: int, dimension: int) -> tuple[Any, ...]:
        metric = self._faiss.METRIC_L2
        single = self._faiss.IndexRaBitQ(dimension, metric, bits_for(dimension))
        if bits_for(dimension) > 1:
            return (single,)
        return single, self._faiss.IndexRaBitQFastScan(dimension, metric)

    def _build(self, vectors: Vectors) -> None:
        self._principal = None
        with ThreadPoolExecutor(1) as pool:
            # Components are fitted by one core.
            fitting = pool.submit(self._fitted, vectors)
            super()._build(vectors)
            principal = fitting.result()
        if principal is not None:
            principal.add(vectors)
            # Built anew it would be so again.
            self._principal = None if principal.outgrown else principal

    def _fitted(self, vectors: Vectors) -> PrincipalScan | None:
        """Components that make searches cheaper than 1-bit codes do; None where there are none."""
        rows, dimension = vectors.shape
        if bits_for(dimension) > 1:
            return None
        candidates = candidates_among(rows, NEAREST)
        cost = _scanning(rows, dimension, candidates) + candidates * measuring(dimension)
        return PrincipalScan.fitted(self._faiss, vectors, cost)

    def _add(self, vectors: Vectors) -> None:
        super()._add(vectors)
        if self._principal is not None:
            self._principal.add(vectors)

    def _search(
        self, queries: Vectors, count: int, allowed: NDArray[np.bool_] | None, effort: int | None
    ) -> Rows:
        if allowed is not None or self._principal is None:
            return super()._search(queries, count, allowed, effort)
        self._faiss.omp_set_num_threads(1)
        found = np.empty((len(queries), count), np.int64)
        for place, query in enumerate(queries[:, np.newaxis]):
            rows = self._principal.search(query, count)
            found[place] = super()._search(query, count, None, effort) if rows is None else rows
        return found

    def _estimated(
        self, query: Vectors, count: int, allowed: NDArray[np.bool_] | None, effort: int | None
    ) -> Estimated:
        queries = query[np.newaxis]
        if allowed is None and self._principal is not None:
            self._faiss.omp_set_num_threads(1)
            rows = self._principal.search(queries, count)
            if rows is not None:
                # With such queries it was tried how many are enough.
                return Estimated(rows)
        among = self.size if allowed is None else int(np.count_nonzero(allowed))
        if len(self._indexes) == 1 or count >= among:
            return Estimated(super()._search(queries, count, allowed, effort)[0])
        rotated = self._rotated(queries)
        squares, found = self._scanned(rotated, count, allowed, effort)
        errors = self._errors(rotated[0], found[0], squares[0], among)
        return Estimated(found[0], errors.needed)

    def _errors(self, rotated: Vectors, found: Rows, squares: Vectors, among: int) -> Errors:
        single = self._indexes[0]
        middle = self._faiss.vector_to_array(single.center)
        codes = self._faiss.rev_swig_ptr(single.codes.data(), self.size * single.code_size)
        lost = lost_by_signs(codes.reshape(self.size, -1)[found[:: -(-len(found) // _TOLD)]])
        away = float(np.square(rotated - middle).sum())
        return Errors(squares, among, deviation_of(away * float(lost.mean()), self._dimension))

    def _filled(self, indexes: tuple[Any, ...], vectors: Vectors) -> tuple[Any, ...]:
        # Training is taking the mean.
        middle = every_nth(vectors, _SAMPLE).mean(axis=0, dtype=np.float64)
        middle = self._rotated(np.asarray(middle[np.newaxis], np.float32))
        for index in indexes:
            index.train(middle)
        self._append(indexes, vectors)
        return indexes

    def _append(self, indexes: tuple[Any, ...], vectors: Vectors) -> None:
        if len(indexes) == 1:
            super()._append(indexes, vectors)
            return
        single, blocks = indexes
        middle = self._faiss.vector_to_array(single.center)
        codes = np.concatenate(list(in_parts(lambda part: self._coded(part, middle), vectors)))
        single.add_sa_codes(codes)
        append(self._faiss, blocks, codes)

    def _coded(self, vectors: Vectors, middle: Vectors) -> Codes:
        """Codes as faiss makes them, in a fifth of its time: uint8 (n, code size)."""
        # The team of threads that faiss would start for a few rows waits for itself longer than it works.
        self._faiss.omp_set_num_threads(1)
        apart = self._rotated(vectors)
        apart -= middle
        signs = np.packbits(apart > 0, axis=1, bitorder="little")
        squares = np.einsum("ij,ij->i", apart, apart)
        sums = np.abs(apart, out=apart).sum(axis=1)
        # A row in the middle has no direction to be told.
        sums[sums == 0] = np.inf
        factors = np.column_stack([squares, squares * np.sqrt(self._dimension) / sums])
        return np.concatenate([signs, factors.astype("<f4").view(np.uint8)], axis=1)

    def _saved(self) -> tuple[list[Any], dict[str, Any]]:
        indexes, about = super()._saved()
        if self._principal is None:
            return indexes, about
        codes, about["principal"] = self._principal.saved()
        return [*indexes, codes], {**about, "indexes": len(indexes) + 1}

    def _restore(self, indexes: list[Any], about: dict[str, Any]) -> None:
        if "principal" in about:
            *indexes, codes = indexes
            self._principal = PrincipalScan.restored(self._faiss, codes, about["principal"])
        super()._restore(indexes, about)

    def _chosen(
        self, query: Vectors, allowed: NDArray[np.bool_] | None, selector: Any, effort: int | None
    ) -> tuple[Any, Any]:
        if selector is None:
            return self._indexes[-1], None
        return self._indexes[0], self._faiss.SearchParameters(sel=selector)


def _scanning(rows: int, dimension: int, count: int) -> float:
    """Microseconds of a scan of 1-bit codes."""
    return 60.0 + 9e-6 * rows * dimension + 0.5 * count

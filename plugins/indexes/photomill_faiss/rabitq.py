"""All codes scanned: no graph, no cells, nothing to tune."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import Vectors, available_cores
from photomill_faiss.codes import ROWS_AT_ONCE, CodedIndex, bits_for, every_nth

_SAMPLE = 20_000
_BLOCK = 32
"""Rows whose codes are scanned together."""


class RabitqIndex(CodedIndex):
    """A scan of 1-bit codes. Filters natively, appends in microseconds, is built in the time of one pass.

    Keeps the codes twice, about 70 bytes a row each at 512 dimensions: in blocks that are scanned fastest, and one by
    one for searches with a filter, which blocks do not allow.
    """

    name = "rabitq"

    def cost(self, count: int, allowed: int | None) -> float:
        if allowed is not None:
            return 200.0 + 0.001 * self.size + 0.08 * allowed + 0.3 * min(count, allowed)
        if bits_for(self._dimension) > 1:
            return 60.0 + 0.010 * self.size + 0.9 * count
        return 60.0 + 9e-6 * self.size * self._dimension + 0.5 * count

    def _new_indexes(self, rows: int, dimension: int) -> tuple[Any, ...]:
        metric = self._faiss.METRIC_L2
        single = self._faiss.IndexRaBitQ(dimension, metric, bits_for(dimension))
        if bits_for(dimension) > 1:
            return (single,)
        return single, self._faiss.IndexRaBitQFastScan(dimension, metric)

    def _filled(self, indexes: tuple[Any, ...], vectors: Vectors) -> tuple[Any, ...]:
        single = indexes[0]
        # Training is taking the mean.
        middle = every_nth(vectors, _SAMPLE).mean(axis=0, dtype=np.float64)
        single.train(self._rotated(np.asarray(middle[np.newaxis], np.float32)))
        if len(indexes) == 1:
            self._append(indexes, vectors)
            return indexes
        codes = self._coded(vectors, self._faiss.vector_to_array(single.center))
        single.add_sa_codes(codes)
        blocks = self._in_blocks(single, codes, vectors)
        blocks.qb = indexes[1].qb
        return single, blocks

    def _in_blocks(self, single: Any, codes: NDArray[np.uint8], vectors: Vectors) -> Any:
        """Codes laid out for scanning, a part of them by each core: faiss itself lays out one row after the other.

        Only whole blocks are joined. Behind the last row of a part there would be what rows that are added mix with.
        """
        cores = available_cores()
        whole = len(codes) - len(codes) % _BLOCK
        rows = -(-whole // (cores * _BLOCK)) * _BLOCK
        if not whole:
            return self._faiss.IndexRaBitQFastScan(single, _BLOCK)

        def lay_out(start: int) -> Any:
            part = self._faiss.IndexRaBitQ(single.d, single.metric_type, bits_for(single.d))
            part.center, part.is_trained = single.center, True
            part.add_sa_codes(codes[start : min(start + rows, whole)])
            return self._faiss.IndexRaBitQFastScan(part, _BLOCK)

        with ThreadPoolExecutor(cores) as pool:
            blocks, *others = pool.map(lay_out, range(0, whole, rows))
        for other in others:
            blocks.merge_from(other, 0)
        if whole < len(codes):
            blocks.add(self._rotated(vectors[whole:]))
        return blocks

    def _coded(self, vectors: Vectors, middle: Vectors) -> NDArray[np.uint8]:
        """Codes as faiss makes them, in a fifth of its time: uint8 (n, code size)."""
        signs = -(-self._dimension // 8)
        codes = np.empty((len(vectors), signs + 8), np.uint8)

        def code(start: int) -> None:
            # The team of threads that faiss would start for a block waits for itself longer than it works.
            self._faiss.omp_set_num_threads(1)
            here = slice(start, start + ROWS_AT_ONCE)
            apart = self._rotated(vectors[here])
            apart -= middle
            codes[here, :signs] = np.packbits(apart > 0, axis=1, bitorder="little")
            squares = np.einsum("ij,ij->i", apart, apart)
            sums = np.abs(apart, out=apart).sum(axis=1)
            # A row in the middle has no direction to be told.
            sums[sums == 0] = np.inf
            factors = np.column_stack([squares, squares * np.sqrt(self._dimension) / sums])
            codes[here, signs:] = factors.astype("<f4").view(np.uint8)

        with ThreadPoolExecutor(available_cores()) as pool:
            list(pool.map(code, range(0, len(vectors), ROWS_AT_ONCE)))
        return codes

    def _chosen(
        self, query: Vectors, allowed: NDArray[np.bool_] | None, selector: Any, effort: int | None
    ) -> tuple[Any, Any]:
        if selector is None:
            return self._indexes[-1], None
        return self._indexes[0], self._faiss.SearchParameters(sel=selector)

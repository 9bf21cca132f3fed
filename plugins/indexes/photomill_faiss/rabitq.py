"""All codes scanned: no graph, no cells, nothing to tune."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import Vectors
from photomill_faiss.codes import CodedIndex, bits_for, every_nth


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

    def _sample(self, vectors: Vectors) -> Vectors:
        # Training is taking the mean.
        return every_nth(vectors, 20_000)

    def _chosen(
        self, query: Vectors, allowed: NDArray[np.bool_] | None, selector: Any, effort: int | None
    ) -> tuple[Any, Any]:
        if selector is None:
            return self._indexes[-1], None
        return self._indexes[0], self._faiss.SearchParameters(sel=selector)

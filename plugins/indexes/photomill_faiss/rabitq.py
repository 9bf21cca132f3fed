"""All codes scanned: no graph, no cells, nothing to tune."""

from typing import Any

from photomill.components import Vectors
from photomill_faiss.codes import CodedIndex, bits_for, every_nth


class RabitqIndex(CodedIndex):
    """A scan of 1-bit codes. Filters natively, appends in microseconds, is built in the time of one pass."""

    name = "rabitq"
    can_filter = True

    def cost(self, count: int, allowed: int | None) -> float:
        scanned = self.size if allowed is None else allowed
        tested = 0 if allowed is None else self.size
        return 60.0 + 0.008 * scanned + 0.0015 * tested + 0.15 * count

    def _new_index(self, rows: int, dimension: int) -> Any:
        return self._faiss.IndexRaBitQ(dimension, self._faiss.METRIC_L2, bits_for(dimension))

    def _sample(self, index: Any, vectors: Vectors) -> Vectors:
        # Training is taking the mean.
        return every_nth(vectors, 20_000)

    def _parameters(self, selector: Any, effort: int | None) -> Any:
        return None if selector is None else self._faiss.SearchParameters(sel=selector)

"""Vector indexes: candidates for the nearest neighbours."""

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.components.base import Component
from photomill.components.embedder import Vectors
from photomill.errors import PluginError, Unsupported

Rows = NDArray[np.int64]
"""Positions of vectors, in the order in which they were given to ``build`` and ``add``."""


@frozen(eq=False)
class Bounded:
    """Rows that are probably nearest to a query, and how near each of them, and any other, can be at most.

    All numbers are Euclidean distances, proven with all errors of rounding.

    :ivar rows: int64 (n,), each once.
    :ivar least: float64 (n,), ascending: no row is nearer than its number.
    :ivar beyond: no other row is nearer than this; infinite where there are no others.
    """

    rows: Rows
    least: NDArray[np.float64]
    beyond: float


@frozen(eq=False)
class Estimated:
    """Rows that are probably nearest to a query, and how many would have to be asked for.

    :ivar rows: int64 (n,), padded with -1, in no promised order.
    :ivar needed: takes a Euclidean distance, and says how many candidates hold nearly all rows that are as near; None where
        the rows are enough for this query.
    """

    rows: Rows
    needed: Callable[[float], int] | None = None


class Index(Component):
    """What a collection finds neighbours with: a :class:`VectorIndex` or an :class:`ExternalIndex`."""

    family = "indexes"


class VectorIndex(Index):
    """Finds which rows are probably nearest to a query, among unit vectors by Euclidean distance.

    An index answers with *candidates*: the engine measures them again in float32, orders them, masks deleted
    rows, scans what was added since the last build, and keeps the vectors themselves. So an index need hold
    nothing that its search does not need. One instance serves one collection; ``Options`` come from
    ``plugins.toml``. Rows are never renumbered.

    The engine never calls :meth:`add` while a search runs; searches run in many threads at once.
    """

    can_add: ClassVar[bool] = False
    """:meth:`add` works after :meth:`build`. Without it the engine scans new rows itself and rebuilds."""
    can_filter: ClassVar[bool] = False
    """:meth:`search` honours ``allowed`` without losing recall."""
    can_persist: ClassVar[bool] = False
    """:meth:`save` and :meth:`load` work."""
    exhaustive: ClassVar[bool] = False
    """Compares the query with every row, so that its candidates never miss a neighbour."""
    can_bound: ClassVar[bool] = False
    """:meth:`bounded` works."""
    can_estimate: ClassVar[bool] = False
    """:meth:`estimated` works."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How many rows the index holds."""

    @property
    def outgrown(self) -> bool:
        """Whether so many rows were added, or rows so unlike the first, that it should be built anew; false after a build."""
        return False

    def candidates(self, count: int) -> int:
        """How many candidates to ask for, so that the nearest ``count`` are among them, whatever the query and the filter."""
        return count

    def candidates_for(self, queries: Vectors, count: int) -> int:
        """How many candidates to ask for without a filter, so that the nearest ``count`` to these queries are among them.

        :param queries: float32 (m, dimension).
        """
        return self.candidates(count)

    def cost(self, count: int, allowed: int | None) -> float:
        """Estimate one search in microseconds on one core, so that the planner can weigh it against a scan.

        :param count: candidates asked for.
        :param allowed: how many rows ``allowed`` lets through; None without one.
        """
        return 200.0 + 5.0 * count

    @final
    def build(self, vectors: Vectors) -> None:
        """Replace the contents by ``vectors``: float32 (n, dimension), maybe memory-mapped, n ≥ 1."""
        self._build(vectors)
        self._expect_size(len(vectors))

    @final
    def add(self, vectors: Vectors) -> None:
        """Append rows.

        :raises Unsupported: the index cannot append.
        """
        if not self.can_add:
            raise Unsupported(f"the index {self.name!r} cannot append")
        before = self.size
        self._add(vectors)
        self._expect_size(before + len(vectors))

    @final
    def search(
        self,
        queries: Vectors,
        count: int,
        *,
        allowed: NDArray[np.bool_] | None = None,
        effort: int | None = None,
    ) -> Rows:
        """Return about ``count`` probable nearest rows for each query.

        :param queries: float32 (m, dimension).
        :param count: how many candidates to return, ≥ 1.
        :param allowed: bool (size,): only these rows may be returned.
        :param effort: how hard to look (HNSW's ef, twice IVF's probes), larger is slower and better;
            200 is usual, so that one number means about the same to every index, and may be ignored.
            None takes the index's default, which must reach recall@10 ≥ 0.99 at 100k rows.
        :returns: int64 (m, count), padded with -1, in no promised order.
        :raises Unsupported: ``allowed`` was given to an index that cannot filter.
        """
        if allowed is not None and not self.can_filter:
            raise Unsupported(f"the index {self.name!r} cannot filter")
        rows = self._search(np.ascontiguousarray(queries, np.float32), count, allowed, effort)
        if rows.shape != (len(queries), count) or rows.dtype != np.int64:
            raise PluginError(
                f"the index {self.name!r} returned {rows.dtype} {rows.shape}, expected int64 {(len(queries), count)}"
            )
        return rows

    @final
    def bounded(
        self, query: Vectors, count: int, *, allowed: NDArray[np.bool_] | None = None
    ) -> Bounded:
        """Return at least about ``count`` probable nearest rows, and how near they and any other row can be at most.

        :param query: float32 (dimension,).
        :param allowed: bool (size,): only these rows may be returned, and only of these the bounds are true.
        :raises Unsupported: the index cannot bound, or cannot filter.
        """
        if not self.can_bound:
            raise Unsupported(f"the index {self.name!r} cannot bound what it leaves out")
        if allowed is not None and not self.can_filter:
            raise Unsupported(f"the index {self.name!r} cannot filter")
        return self._bounded(np.ascontiguousarray(query, np.float32), count, allowed)

    @final
    def estimated(
        self,
        query: Vectors,
        count: int,
        *,
        allowed: NDArray[np.bool_] | None = None,
        effort: int | None = None,
    ) -> Estimated:
        """Search for one query, and tell how many candidates it needs: more where many rows are about equally near.

        :param query: float32 (dimension,).
        :raises Unsupported: the index cannot estimate, or cannot filter.
        """
        if not self.can_estimate:
            raise Unsupported(f"the index {self.name!r} cannot estimate what it leaves out")
        if allowed is not None and not self.can_filter:
            raise Unsupported(f"the index {self.name!r} cannot filter")
        return self._estimated(np.ascontiguousarray(query, np.float32), count, allowed, effort)

    @final
    def save(self, path: Path) -> None:
        """Write the index to one file. The engine checksums it, and renames it into place."""
        if not self.can_persist:
            raise Unsupported(f"the index {self.name!r} cannot be saved")
        self._save(path)

    @final
    def load(self, path: Path, vectors: Vectors) -> None:
        """Read what :meth:`save` wrote for the first rows of the same vectors.

        :param vectors: the rows that the saved index held.
        """
        if not self.can_persist:
            raise Unsupported(f"the index {self.name!r} cannot be loaded")
        self._load(path, vectors)
        self._expect_size(len(vectors))

    @abstractmethod
    def _build(self, vectors: Vectors) -> None: ...

    @abstractmethod
    def _search(
        self, queries: Vectors, count: int, allowed: NDArray[np.bool_] | None, effort: int | None
    ) -> Rows: ...

    def _add(self, vectors: Vectors) -> None:
        raise Unsupported(f"the index {self.name!r} says it can append, but has no _add")

    def _bounded(self, query: Vectors, count: int, allowed: NDArray[np.bool_] | None) -> Bounded:
        raise Unsupported(f"the index {self.name!r} says it can bound, but has no _bounded")

    def _estimated(
        self, query: Vectors, count: int, allowed: NDArray[np.bool_] | None, effort: int | None
    ) -> Estimated:
        raise Unsupported(f"the index {self.name!r} says it can estimate, but has no _estimated")

    def _save(self, path: Path) -> None:
        raise Unsupported(f"the index {self.name!r} says it can be saved, but has no _save")

    def _load(self, path: Path, vectors: Vectors) -> None:
        raise Unsupported(f"the index {self.name!r} says it can be loaded, but has no _load")

    def _expect_size(self, expected: int) -> None:
        if self.size != expected:
            raise PluginError(
                f"the index {self.name!r} holds {self.size} rows, expected {expected}"
            )

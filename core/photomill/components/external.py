"""Indexes that hold vectors themselves: for collections that are larger than memory."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any, final

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from photomill.components.conditions import EVERYTHING, Comparison, Conditions, Exists
from photomill.components.embedder import Vectors
from photomill.components.index import Index
from photomill.errors import PluginError

Serials = NDArray[np.int64]
"""The catalog's numbers of records: they grow in the order of insertion, and none is used twice."""


@frozen(eq=False)
class IndexedRecord:
    """A record as an index keeps it.

    :ivar record: what a filter sees of it, ``_id`` included: JSON without NUL characters.
    :ivar vector: float32 (dimension,), of unit length; of one serial always the same.
    """

    serial: int
    record: Mapping[str, Any] = field(repr=False)
    vector: NDArray[np.float32] = field(repr=False)


@frozen(eq=False)
class Changes:
    """What happened to a collection.

    :ivar upserted: records that are new, or whose attributes changed.
    :ivar deleted: serials of records that are gone; some may never have been seen.
    """

    upserted: Sequence[IndexedRecord] = ()
    deleted: Sequence[int] = ()


@frozen(eq=False)
class Found:
    """The nearest records to one query, by ascending distance.

    :ivar serials: int64 (n,).
    :ivar distances: Euclidean, measured on the float32 vectors: float32 (n,).
    """

    serials: Serials
    distances: NDArray[np.float32]


class ExternalReader(ABC):
    """An index as of one moment. For one thread.

    Everywhere ``filter`` holds only conditions that the index says it knows, and ``without`` holds serials, up to some
    ten thousand, that are to be left out.

    :ivar applied: the sequence up to which changes are in it.
    :ivar size: how many records it holds.
    """

    applied: int
    size: int

    @final
    def search(
        self,
        queries: Vectors,
        count: int,
        filter: Conditions = EVERYTHING,
        *,
        without: Collection[int] = (),
        effort: int | None = None,
    ) -> list[Found]:
        """The probably nearest records to each query; fewer than ``count`` only where there are no more.

        :param queries: float32 (m, dimension).
        :param effort: how hard to look: 200 is usual; None for the default, which must reach recall@10 ≥ 0.99.
        """
        found = self._search(
            np.ascontiguousarray(queries, np.float32), count, filter, without, effort
        )
        for each in found:
            shapes = each.serials.dtype, each.distances.dtype, each.serials.shape
            if len(found) != len(queries) or shapes != (
                np.dtype(np.int64),
                np.dtype(np.float32),
                each.distances.shape,
            ):
                raise PluginError("the index returned neighbours of another shape than promised")
        return found

    @abstractmethod
    def _search(
        self,
        queries: Vectors,
        count: int,
        filter: Conditions,
        without: Collection[int],
        effort: int | None,
    ) -> list[Found]: ...

    @abstractmethod
    def vectors(self, serials: Sequence[int]) -> tuple[Serials, Vectors]:
        """The vectors of those of these records that it holds: their serials, and float32 (n, dimension)."""

    @abstractmethod
    def scan(
        self,
        filter: Conditions = EVERYTHING,
        *,
        after: int = -1,
        without: Collection[int] = (),
    ) -> Iterator[Serials]:
        """The serials of all records that a filter lets through, ascending, some at a time.

        :param after: leave out serials up to this one.
        """

    @abstractmethod
    def count(self, filter: Conditions = EVERYTHING, *, without: Collection[int] = ()) -> int:
        """How many records a filter lets through."""

    def facet(
        self, field: str, filter: Conditions = EVERYTHING, *, without: Collection[int] = ()
    ) -> Mapping[bytes, int] | None:
        """In how many records each value of an attribute is, the values as JSON; of an array its elements, no nulls.

        None where the index does not keep the values exactly: they are then counted from the catalog.
        """
        return None


class ExternalIndex(Index):
    """Holds the vectors and attributes of collections in a database or files of its own. Thread-safe.

    The catalog stays the truth: what an index lacks is searched beside it, and an index that is lost is made again. One
    instance serves many collections, each under a name of lower-case letters, digits and underscores.

    Methods raise ``IndexUnavailable`` where the index cannot be reached.
    """

    @abstractmethod
    def knows(self, condition: Comparison | Exists) -> bool:
        """Whether the index answers a condition exactly as a predicate's ``matches`` does."""

    @abstractmethod
    def create(self, name: str, dimension: int) -> None:
        """Make an empty index that has applied sequence 0; one that is there stays as it is."""

    @abstractmethod
    def drop(self, name: str) -> None:
        """Remove an index; there may be none."""

    @abstractmethod
    def applied(self, name: str) -> int | None:
        """The sequence up to which changes were applied; None where there is no such index."""

    @abstractmethod
    def apply(self, name: str, changes: Changes, up_to_sequence: int) -> None:
        """Take in changes, whole or not at all, whatever process does the same at the same time.

        What was applied up to this sequence already is not applied again. The changes lead from some sequence that was
        applied to this one, and tell how things stand then, so that taking in a part of them twice does no harm.

        :raises NotFound: there is no such index.
        """

    @abstractmethod
    def reading(self, name: str) -> AbstractContextManager[ExternalReader]:
        """The index as of now, for as long as the context lasts.

        :raises NotFound: there is no such index.
        """

    def erase_deleted(self, name: str) -> None:
        """Leave no copy in files of what was changed or deleted, such as names of people. There may be no such index.

        The default does nothing: it is for indexes that keep no copies.
        """
        return

    @abstractmethod
    def tend(self, name: str, broken_off: "Future[None]") -> None:
        """Do what is due so that searches stay fast: build, fold, compact. Nothing, where nothing is due.

        Searches and :meth:`apply` go on meanwhile; where another process does the same, it is left to do it.

        :param broken_off: done, by another thread, where nobody waits for the end any more: what is not done by then is
            left to a later call, and ``IndexUnavailable`` raised.
        """

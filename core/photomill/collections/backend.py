"""What holds a collection's vectors and finds records by them and by their attributes."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Collection as Container
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from photomill.collections.contents import View
from photomill.collections.listing import Listing
from photomill.collections.model import (
    Aggregate,
    CollectionStatistics,
    Query,
    SearchOptions,
    SearchResult,
)
from photomill.collections.ranking import Mask
from photomill.collections.store.records import AddedRow, Position, RecordTable
from photomill.components import Predicate
from photomill.components.embedder import Vectors


class Followed(ABC):
    """What takes in a collection's changes: told of those of this process, and looking for those of others.

    :ivar writing: held by whoever writes to the collection in this process, since before its transaction.
    """

    writing: threading.Lock

    @abstractmethod
    def view(self) -> View:
        """Every row, as of now.

        :raises NotFound: the collection is gone.
        :raises Unsupported: the rows are not in memory.
        """

    @property
    @abstractmethod
    def latest(self) -> View:
        """Every row, as last seen.

        :raises Unsupported: the rows are not in memory.
        """

    @abstractmethod
    def admit(self) -> None:
        """Make sure that there is room for new records.

        :raises IndexUnavailable: an index is so far behind that searches would be slow.
        """

    @abstractmethod
    def taken(self, ids: Sequence[str]) -> Container[str]:
        """Which of these ids belong to records now."""

    @abstractmethod
    def taken_inside(self, ids: Sequence[str], connection: Connection) -> Container[str]:
        """As :meth:`taken`, inside a transaction that no other writer runs beside."""

    @abstractmethod
    def live(self, connection: Connection) -> int:
        """How many records there are, inside the same transaction, after :meth:`taken_inside`."""

    @abstractmethod
    def follow(self) -> None:
        """Take in what anybody wrote."""

    @abstractmethod
    def added(
        self, rows: Sequence[AddedRow], vectors: NDArray[np.float32], position: Position
    ) -> None:
        """Take in records that the caller has just committed."""

    @abstractmethod
    def removed(self, serials: Iterable[int], position: Position) -> None:
        """Take in deletions that the caller has just committed."""

    @abstractmethod
    def updated(self, serials: Iterable[int], position: Position) -> None:
        """Take in changed attributes that the caller has just committed."""


class Backend(ABC):
    """Answers what a collection is asked. Filters are expressions of the configured language; none lets all through.

    :ivar table: the records, as of the same moment as the answers.
    :ivar scale: what Euclidean distances of unit vectors are multiplied by for users.
    """

    in_memory: ClassVar[bool]
    """Whether every row is in this process's memory, and :meth:`view` gives them."""

    table: RecordTable
    scale: float

    @abstractmethod
    def pinned(self) -> AbstractContextManager["Backend"]:
        """The same as of one moment, for one thread; what is pinned already gives itself."""

    @abstractmethod
    def predicate(self, filter: Any) -> Predicate | None:
        """A compiled filter; None without one.

        :raises InvalidFilter: the expression is none of the filter language.
        """

    @abstractmethod
    def view(self, what: str) -> View:
        """Every row in memory.

        :param what: names what they are wanted for.
        :raises Unsupported: the rows are not in memory.
        """

    @abstractmethod
    def mask(self, view: View, filter: Any) -> Mask | None:
        """The rows of a view that a filter lets through; None without a filter."""

    @abstractmethod
    def has(self, record_id: str) -> bool:
        """Whether there is a record of this id."""

    @abstractmethod
    def vectors(self, ids: Sequence[str]) -> tuple[list[str], Vectors]:
        """The vectors of those of these records that are there: their ids, and float32 (n, dimension)."""

    @abstractmethod
    def count(self, filter: Any) -> int:
        """How many records a filter lets through."""

    @abstractmethod
    def inserted_after(self, number: int) -> tuple[int, int]:
        """As ``Collection.inserted_after``."""

    @abstractmethod
    def ids(self, filter: Any, offset: int, limit: int | None) -> list[str]:
        """Ids in the order of insertion; ``limit`` None for all."""

    @abstractmethod
    def sample(self, count: int, filter: Any, seed: int | None) -> list[str]:
        """Ids of random records, none twice."""

    @abstractmethod
    def listing(self, filter: Any, order: str, *, descending: bool) -> Listing:
        """As ``Collection.listing``."""

    @abstractmethod
    def listed(self, ids: Sequence[str]) -> Listing:
        """As ``Collection.listed``."""

    @abstractmethod
    def facet(self, field: str, filter: Any) -> list[tuple[Any, int]]:
        """As ``Collection.facet``."""

    @abstractmethod
    def resolve(self, queries: Sequence[Query]) -> Vectors:
        """The queries' vectors: float32 (m, dimension)."""

    @abstractmethod
    def search(
        self, queries: Sequence[Query], options: SearchOptions, aggregate: Aggregate
    ) -> SearchResult:
        """As ``Collection.search``."""

    @abstractmethod
    def statistics(self) -> CollectionStatistics:
        """The collection's size, and the state of its index."""

    @abstractmethod
    def settle(self) -> None:
        """Wait until the index holds what the collection holds."""

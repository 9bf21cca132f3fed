"""An external collection as of one moment: what the index has applied, and all that came since."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from heapq import merge

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from photomill.catalog import Catalog
from photomill.collections.contents import Contents, SavedRows, View
from photomill.collections.external.filters import Filter
from photomill.collections.external.following import Following, being_made_anew
from photomill.collections.external.tail import Tail, Tails
from photomill.collections.ids import Ids
from photomill.collections.store.changes import ChangeTable
from photomill.collections.store.records import Position, RecordTable
from photomill.components import ExternalIndex, ExternalReader, Found, Serials, Vectors
from photomill.components.conditions import EVERYTHING, Conditions
from photomill.errors import NotFound
from photomill.portions import portions

_TRIES = 3


@frozen(eq=False)
class Source:
    """Where a collection's moments come from."""

    catalog: Catalog
    table: RecordTable
    changes: ChangeTable
    index: ExternalIndex
    following: Following
    tails: Tails
    dimension: int


class Moment:
    """Index, tail and catalog, as of when somebody first looks; for one thread.

    The index is looked at first, so the catalog knows all that it has applied, and the tail is what leads from one to the
    other.

    :ivar table: the records as of then.
    """

    def __init__(self, source: Source) -> None:
        self.table = source.table.reading(self._reading)
        self._source = source
        self._stack = ExitStack()
        self._pinned: Pinned | None = None

    @property
    def pinned(self) -> "Pinned":
        """What is seen.

        :raises IndexUnavailable: the index does not answer, or lacks too much.
        :raises NotFound: the collection is gone.
        """
        if self._pinned is None:
            self._pinned = self._pin()
        return self._pinned

    def close(self) -> None:
        """Give back the connections."""
        self._stack.close()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        yield self.pinned.connection

    def _pin(self) -> "Pinned":
        source = self._source
        for _ in range(_TRIES):
            with ExitStack() as attempt:
                epoch = source.following.epoch()
                reader = _read(source, epoch, attempt)
                connection = attempt.enter_context(source.catalog.snapshot())
                position = source.table.position(connection)
                if position.epoch != epoch:
                    continue  # It was emptied in between.
                if reader.applied > position.sequence:
                    # The catalog is an earlier one than the index followed.
                    break
                tail = source.tails.at(
                    reader.applied, position, connection, source.following.changed
                )
                self._stack.push(attempt.pop_all())
                return Pinned(reader, connection, position, tail, self.table, source)
        source.following.changed()
        raise being_made_anew()


def _read(source: Source, epoch: int, stack: ExitStack) -> ExternalReader:
    try:
        return stack.enter_context(source.following.reading(epoch))
    except NotFound:
        return Absent()


class Absent(ExternalReader):
    """An index that is not there yet: everything is in the tail."""

    applied = 0
    size = 0

    def _search(
        self,
        queries: Vectors,
        count: int,
        filter: Conditions,
        without: Collection[int],
        effort: int | None,
    ) -> list[Found]:
        nothing = Found(np.empty(0, np.int64), np.empty(0, np.float32))
        return [nothing] * len(queries)

    def vectors(self, serials: Sequence[int]) -> tuple[Serials, Vectors]:
        return np.empty(0, np.int64), np.empty((0, 0), np.float32)

    def scan(
        self,
        filter: Conditions = EVERYTHING,
        *,
        after: int = -1,
        without: Collection[int] = (),
    ) -> Iterator[Serials]:
        return iter(())

    def count(self, filter: Conditions = EVERYTHING, *, without: Collection[int] = ()) -> int:
        return 0


@frozen(eq=False)
class Pinned:
    """What is seen at a moment.

    :ivar reader: the index.
    :ivar connection: sees the catalog as of then.
    :ivar tail: leads from the index to the catalog.
    """

    reader: ExternalReader
    connection: Connection
    position: Position
    tail: Tail
    table: RecordTable
    source: Source

    def vectors(self, serials: Sequence[int]) -> dict[int, NDArray[np.float32]]:
        """The vectors of those of these records that are there, by serial."""
        changed = self.tail.records
        found = {serial: changed[serial].vector for serial in serials if serial in changed}
        rest = [each for each in serials if each not in changed and each not in self.tail.gone]
        if rest:
            known, vectors = self.reader.vectors(rest)
            found.update(zip(known.tolist(), vectors, strict=True))
        return found

    def serials(self, filter: Filter) -> Iterator[int]:
        """The serials of all records that a filter lets through, ascending."""
        if filter.predicate is None:
            for batch in self.source.changes.scan(self.connection):
                yield from batch.tolist()
            return
        yield from merge(self._indexed(filter), self.tail.matching(filter.predicate))

    def count(self, filter: Filter) -> int:
        """How many records a filter lets through."""
        if filter.predicate is None:
            return self.table.count(self.connection)
        if filter.residual is not None:
            return sum(1 for _ in self.serials(filter))
        indexed = self.reader.count(filter.native, without=self.tail.masked)
        return indexed + len(self.tail.matching(filter.predicate))

    def let_through(self, serials: Sequence[int], filter: Filter) -> list[int]:
        """Those of these indexed records that the residual part of a filter lets through."""
        residual = filter.residual
        if residual is None:
            return list(serials)
        passed = []
        for serial, record_id, record in self.table.descriptions.attributes(serials):
            record["_id"] = record_id
            if residual.matches(record):
                passed.append(serial)
        return passed

    def rows(self, vectors: dict[int, NDArray[np.float32]]) -> View:
        """A view of some records alone, in the order of insertion.

        :param vectors: of the records, by serial; those that the catalog does not have are left out.
        """
        ids = self.source.changes.ids_of(list(vectors), self.connection)
        found = [vectors[serial] for serial in sorted(ids)]
        return self.view(ids, np.stack(found) if found else self._no_vectors(0))

    def rows_alone(self, serials: Sequence[int]) -> View:
        """A view of some records whose vectors nobody looks at: they are all zero, and take no memory."""
        ids = self.source.changes.ids_of(serials, self.connection)
        return self.view(ids, self._no_vectors(len(ids)))

    def _no_vectors(self, count: int) -> Vectors:
        zero = np.zeros((1, self.source.dimension), np.float32)
        return np.broadcast_to(zero, (count, self.source.dimension))

    def view(self, ids: Mapping[int, str], vectors: Vectors) -> View:
        """A view of some records alone, in the order of insertion.

        :param ids: by serial.
        :param vectors: float32 (n, dimension), in the order of the serials.
        """
        serials = sorted(ids)
        saved = SavedRows(
            ids=Ids.of(ids[serial] for serial in serials),
            serials=np.array(serials, np.int64),
            alive=np.ones(len(serials), np.bool_),
            vectors=vectors,
            position=self.position,
        )
        contents = Contents(self.source.dimension, saved, 0)
        return contents.view().reading(self.table.descriptions.attributes)

    def _indexed(self, filter: Filter) -> Iterator[int]:
        for batch in self.reader.scan(filter.native, without=self.tail.masked):
            for some in portions(batch.tolist()):
                yield from sorted(self.let_through(some, filter))

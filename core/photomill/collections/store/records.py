"""Records in the catalog: one collection's rows, and how far it has come."""

import copy
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa
from attrs import field, frozen
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from photomill.catalog.catalog import Catalog, ReadConnection, rows_among
from photomill.collections.sight import Sight
from photomill.collections.store.appearances import Appearance, AppearanceTable, to_signed
from photomill.collections.store.descriptions import DescriptionTable
from photomill.collections.store.face_searches import FoundFaces
from photomill.collections.store.people import PeopleTable
from photomill.collections.store.sights import SightTable
from photomill.collections.store.tables import (
    ROWS_AT_ONCE,
    collections,
    deletions,
    dropped_records,
    duplicate_pairs,
    duplicate_passes,
    encode_attributes,
    records,
    reviews,
)
from photomill.collections.store.texts import TextTable
from photomill.collections.store.thumbnails import StoredThumbnail, ThumbnailTable
from photomill.components import Vocabulary
from photomill.errors import CollectionOutdated, NotFound
from photomill.portions import portions

_FEW = 5000
"""Up to so many records are asked for one by one; beyond, all are read."""


@frozen(eq=False)
class PreparedRecord:
    """A record that is ready to be stored.

    :ivar vector: float32 (dimension,).
    :ivar appearance: how its image looks, and what is written in it.
    :ivar sight: what its image shows.
    :ivar notes: of its image, for whoever inserts it; not stored.
    :ivar thumbnail: the one that is in the storage; None for none.
    :ivar faces: those on its image; None where nobody was looked for.
    """

    id: str
    attributes: Mapping[str, Any]
    vector: NDArray[np.float32]
    width: int = 0
    height: int = 0
    format: str = ""
    bytes: int = 0
    appearance: Appearance = field(factory=Appearance, repr=False)
    sight: Sight = field(factory=Sight)
    notes: Sequence[str] = ()
    thumbnail: StoredThumbnail | None = None
    faces: FoundFaces | None = field(default=None, repr=False)


@frozen(eq=False)
class AddedRow:
    """What the rows in memory keep of a record."""

    serial: int
    id: str
    vector: bytes = field(repr=False)


@frozen
class Position:
    """How far a collection has come."""

    sequence: int
    epoch: int


class RecordTable:
    """The records of one collection."""

    def __init__(
        self,
        catalog: Catalog,
        collection_id: str,
        vocabulary: Vocabulary | None = None,
        fingerprint: str = "",
    ) -> None:
        """
        :param vocabulary: what the collection's embedder knows by name.
        :param fingerprint: of the embedder that made the vectors; empty for whichever.
        """
        self._catalog = catalog
        self._read: ReadConnection = catalog.stream
        self._collection_id = collection_id
        self._vocabulary = vocabulary
        self._fingerprint = fingerprint
        # Shared with those that read through other connections.
        self._outdated = threading.Event()
        self.thumbnails = ThumbnailTable(catalog, collection_id)
        self.texts = TextTable(catalog, collection_id)
        self.people = PeopleTable(catalog, collection_id)
        self._mine = records.c.collection_id == collection_id
        # Serials, widths and heights, ascending; shared with those that read through other connections.
        self._sizes = [np.empty((0, 3), np.int64)]
        # Run at every search and every insert: made once.
        position = collections.c.sequence, collections.c.epoch, collections.c.fingerprint
        self._position = sa.select(*position).where(collections.c.id == collection_id)
        self._advance = (
            sa.update(collections)
            .where(collections.c.id == collection_id)
            .values(sequence=collections.c.sequence + 1)
            .returning(*position)
        )

    @property
    def outdated(self) -> bool:
        """Whether the collection's vectors were seen to be of another version by now."""
        return self._outdated.is_set()

    @property
    def descriptions(self) -> DescriptionTable:
        """The same records with what their images show."""
        return DescriptionTable(self._read, self._collection_id, self.people, self._vocabulary)

    @property
    def appearances(self) -> AppearanceTable:
        """How their images look."""
        return AppearanceTable(self._read, self._collection_id)

    @property
    def sights(self) -> SightTable:
        """What is kept of what their images show."""
        return SightTable(self._read, self._collection_id)

    def reading(self, read: ReadConnection) -> "RecordTable":
        """The same records, read through another connection."""
        same = copy.copy(self)
        same._read = read
        return same

    # ------------------------------------------------------------ reading

    def position(self, connection: Connection) -> Position:
        """How far the collection has come.

        :raises NotFound: the collection is gone.
        :raises CollectionOutdated: its vectors are of another version by now.
        """
        return self._checked(connection.execute(self._position).first())

    def added_since(self, sequence: int, connection: Connection) -> Iterator[AddedRow]:
        """Records inserted or updated after a sequence number, in the order of insertion."""
        query = (
            sa.select(records.c.serial, records.c.id, records.c.vector)
            .where(self._mine, records.c.sequence > sequence)
            .order_by(records.c.serial)
            .execution_options(yield_per=ROWS_AT_ONCE)
        )
        for serial, record_id, vector in connection.execute(query):
            yield AddedRow(serial, record_id, vector)

    def deleted_since(self, sequence: int, connection: Connection) -> list[int]:
        """Serials of records deleted after a sequence number."""
        query = sa.select(deletions.c.serial).where(
            deletions.c.collection_id == self._collection_id, deletions.c.sequence > sequence
        )
        return list(connection.execute(query).scalars())

    def sizes(self, serials: NDArray[np.int64]) -> NDArray[np.int32]:
        """Widths and heights of records: int32 (n, 2), in the order of their serials as given; 0 for those not there.

        They never change, so each is read once.
        """
        known = self._sizes[0]
        missing = serials[~np.isin(serials, known[:, 0])]
        if len(missing):
            known = np.concatenate([known, self._read_sizes(missing)])
            known = known[np.unique(known[:, 0], return_index=True)[1]]
            # Whoever does the same at the same time knows as much, or will read it again.
            self._sizes[0] = known
        sizes = np.zeros((len(serials), 2), np.int32)
        if len(known):
            places = np.minimum(np.searchsorted(known[:, 0], serials), len(known) - 1)
            there = known[places, 0] == serials
            sizes[there] = known[places[there], 1:]
        return sizes

    def _read_sizes(self, serials: NDArray[np.int64]) -> NDArray[np.int64]:
        query = sa.select(records.c.serial, records.c.width, records.c.height).where(self._mine)
        with self._read() as connection:
            if len(serials) > _FEW:
                found = connection.execute(query).all()
            else:
                found = rows_among(connection, query, records.c.serial, serials.tolist())
        return np.array([tuple(row) for row in found], np.int64).reshape(-1, 3)

    # ------------------------------------------------------------ writing, inside one transaction

    def advance(self, connection: Connection) -> Position:
        """Take the collection's next sequence number; every other writer now waits for this transaction.

        :raises NotFound: the collection is gone.
        :raises CollectionOutdated: its vectors are of another version by now.
        """
        return self._checked(connection.execute(self._advance).first())

    def _checked(self, row: Any) -> Position:
        if row is None:
            raise NotFound(f"no collection {self._collection_id!r}")
        if self._fingerprint and row.fingerprint != self._fingerprint:
            self._outdated.set()
            raise CollectionOutdated(
                f"the collection {self._collection_id!r} was converted to another version of its embedder: open it again"
            )
        return Position(row.sequence, row.epoch)

    def existing(self, ids: Sequence[str], connection: Connection) -> set[str]:
        """Which of these ids are taken."""
        query = sa.select(records.c.id).where(self._mine)
        return {row.id for row in rows_among(connection, query, records.c.id, ids)}

    def count(self, connection: Connection) -> int:
        return connection.execute(
            sa.select(sa.func.count()).select_from(records).where(self._mine)
        ).scalar_one()

    def newest(self, limit: int, connection: Connection) -> list[str]:
        """The ids of the records inserted last, the last first."""
        query = sa.select(records.c.id).where(self._mine)
        query = query.order_by(records.c.serial.desc()).limit(limit)
        return list(connection.execute(query).scalars())

    def insert(
        self, prepared: Sequence[PreparedRecord], sequence: int, connection: Connection
    ) -> list[int]:
        """Store records whose ids are free; returns their serials, in order."""
        now = time.time()
        statement = sa.insert(records).returning(records.c.serial, sort_by_parameter_order=True)
        values = [self._row(record, sequence, now) for record in prepared]
        serials = list(connection.execute(statement, values).scalars())
        stored = dict(zip(serials, prepared, strict=True))
        looks = {serial: record.appearance for serial, record in stored.items()}
        self.appearances.insert(looks, connection)
        self.sights.insert({serial: each.sight for serial, each in stored.items()}, connection)
        self.texts.insert(
            {serial: each.text for serial, each in looks.items() if each.text is not None},
            connection,
        )
        self.thumbnails.insert(
            {
                serial: record.thumbnail
                for serial, record in stored.items()
                if record.thumbnail is not None
            },
            connection,
        )
        return serials

    def update(
        self, record_id: str, attributes: Mapping[str, Any], sequence: int, connection: Connection
    ) -> None:
        """Replace a record's attributes."""
        connection.execute(
            sa.update(records)
            .where(self._mine, records.c.id == record_id)
            .values(attributes=encode_attributes(attributes).decode(), sequence=sequence)
        )

    def touch(self, serials: Sequence[int], sequence: int, connection: Connection) -> None:
        """Say that what is stored of these records changed."""
        for some in portions(serials):
            connection.execute(
                sa.update(records).where(records.c.serial.in_(some)).values(sequence=sequence)
            )

    def delete(self, ids: Sequence[str], sequence: int, connection: Connection) -> dict[str, int]:
        """Remove records and leave a trace; returns the serials of those that were there, by id."""
        statement = sa.delete(records).where(self._mine).returning(records.c.id, records.c.serial)
        rows = rows_among(connection, statement, records.c.id, ids)
        gone = {row.id: row.serial for row in rows}
        if gone:
            connection.execute(
                sa.insert(deletions),
                [
                    {"collection_id": self._collection_id, "serial": serial, "sequence": sequence}
                    for serial in gone.values()
                ],
            )
        return gone

    def forget(self, serials: Collection[int], connection: Connection) -> list[str]:
        """Forget what is kept beside records that are gone for good: faces, and thumbnails, whose tokens are returned."""
        self.people.forget(serials, connection)
        return self.thumbnails.forget(serials, connection)

    def clear(self, connection: Connection) -> int:
        """Remove every record and face; whoever follows the collection reads anew. Thumbnails are the caller's to forget."""
        self.advance(connection)
        self.people.forget_all(connection)
        removed = connection.execute(sa.delete(records).where(self._mine)).rowcount
        for table in (deletions, dropped_records, reviews, duplicate_passes, duplicate_pairs):
            connection.execute(sa.delete(table).where(table.c.collection_id == self._collection_id))
        connection.execute(
            sa.update(collections)
            .where(collections.c.id == self._collection_id)
            .values(epoch=collections.c.epoch + 1)
        )
        return removed

    def _row(self, record: PreparedRecord, sequence: int, now: float) -> dict[str, Any]:
        return {
            "collection_id": self._collection_id,
            "id": record.id,
            "attributes": encode_attributes(record.attributes).decode(),
            "vector": record.vector.astype("<f4").tobytes(),
            "digest": record.appearance.digest,
            "perceptual_hash": to_signed(record.appearance.perceptual_hash),
            "width": record.width,
            "height": record.height,
            "format": record.format,
            "bytes": record.bytes,
            "created": now,
            "sequence": sequence,
        }

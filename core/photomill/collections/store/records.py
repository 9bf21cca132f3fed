"""Records in the catalog: one collection's rows, its changes, and writing them."""

import copy
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import msgspec
import numpy as np
import sqlalchemy as sa
from attrs import evolve, field, frozen
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from photomill.catalog.catalog import Catalog
from photomill.collections.store.people import PeopleTable
from photomill.collections.store.tables import (
    collections,
    deletions,
    dropped_records,
    records,
    reviews,
    sights,
    signatures,
    texts,
)
from photomill.collections.store.texts import TextTable
from photomill.collections.store.thumbnails import StoredThumbnail, ThumbnailTable
from photomill.collections.texts.image_text import ImageKind, ImageText
from photomill.collections.words.sight import Seen, Sight, in_words
from photomill.components import RecognisedFace, Vocabulary
from photomill.errors import CollectionOutdated, NotFound
from photomill.portions import portions

_64_BITS = (1 << 64) - 1
"""Values in one IN list; databases bound the number of parameters."""

_FEW = 5000
"""Up to so many records are asked for one by one; beyond, all are read."""

_AT_ONCE = 2000
"""Rows that are read of many at a time."""

_Bytes = bytes
"""Records have an attribute of that name."""

ReadConnection = Callable[[], AbstractContextManager[Connection]]

decode_json = msgspec.json.Decoder().decode
encode_json = msgspec.json.Encoder().encode


@frozen(eq=False)
class PreparedRecord:
    """A record that is ready to be stored.

    :ivar vector: float32 (dimension,).
    :ivar perceptual_hash: 64 bits; None where there was no image.
    :ivar hashes: uint64 (8,): the perceptual hash of the image turned and mirrored in every way; empty without one.
    :ivar signature: see ``photomill.images.signature``; empty where there was no image.
    :ivar sight: what its image shows.
    :ivar notes: of its image, for whoever inserts it; not stored.
    :ivar thumbnail: the one that is in the storage; None for none.
    :ivar text: what is written in its image; None where that was not read.
    :ivar faces: of those on its image; None where nobody was looked for.
    """

    id: str
    attributes: Mapping[str, Any]
    vector: NDArray[np.float32]
    digest: bytes = b""
    perceptual_hash: int | None = None
    width: int = 0
    height: int = 0
    format: str = ""
    bytes: int = 0
    hashes: NDArray[np.uint64] = field(factory=lambda: np.empty(0, np.uint64), repr=False)
    signature: "_Bytes" = field(default=b"", repr=False)
    sight: Sight = field(factory=Sight)
    notes: Sequence[str] = ()
    thumbnail: "StoredThumbnail | None" = None
    text: ImageText | None = None
    faces: Sequence[RecognisedFace] | None = field(default=None, repr=False)

    @property
    def appearance(self) -> "Appearance":
        return Appearance(self.digest, self.perceptual_hash, self.hashes, self.signature, self.text)


@frozen(eq=False)
class Appearance:
    """How a record's image looks.

    :ivar digest: of its pixels; empty where unknown.
    :ivar perceptual_hash: 64 bits; None where there was no image.
    :ivar hashes: uint64 (8,), as in :class:`PreparedRecord`; empty where unknown.
    :ivar signature: likewise.
    :ivar text: what is written in it; None where that was not read.
    """

    digest: bytes = b""
    perceptual_hash: int | None = None
    hashes: NDArray[np.uint64] = field(factory=lambda: np.empty(0, np.uint64))
    signature: bytes = field(default=b"", repr=False)
    text: ImageText | None = None


@frozen
class StoredRecord:
    """A record as the catalog holds it, without its vector.

    :ivar seen: what its image shows.
    """

    serial: int
    id: str
    attributes: dict[str, Any]
    width: int
    height: int
    format: str
    bytes: int
    seen: Seen = field(factory=Seen)

    @property
    def filtered(self) -> dict[str, Any]:
        """What a filter sees of it."""
        return {**with_seen(dict(self.attributes), self.seen), "_id": self.id}


@frozen(eq=False)
class AddedRow:
    """What the rows in memory keep of a record."""

    serial: int
    id: str
    vector: bytes = field(repr=False)


@frozen(eq=False)
class UnseenRecord:
    """A record of which nothing is stored of what its image shows.

    :ivar signature: of its image; empty where there is none.
    """

    serial: int
    vector: bytes = field(repr=False)
    signature: bytes = field(repr=False)


@frozen(eq=False)
class DescribedRows:
    """What searches by words read of some records.

    :ivar attributes: JSON.
    :ivar classes: as :class:`Sight` has them; None where nothing is stored of what a record's image shows.
    :ivar colours: likewise.
    :ivar texts: what is written in their images; None where that was not read.
    :ivar people: the names of those on each record.
    """

    serials: Sequence[int]
    attributes: Sequence[str]
    classes: Sequence[bytes | None]
    colours: Sequence[bytes | None]
    texts: Sequence[str | None]
    people: Sequence[Sequence[str]]

    def decoded(self) -> Iterator[dict[str, Any]]:
        """The attributes of each, one at a time: the garbage collector would follow thousands."""
        return map(decode_json, self.attributes)


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
        self._read: ReadConnection = catalog.read
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
        # Asked at every search: made once.
        self._position = sa.select(
            collections.c.sequence, collections.c.epoch, collections.c.fingerprint
        ).where(collections.c.id == collection_id)

    @property
    def outdated(self) -> bool:
        """Whether the collection's vectors were seen to be of another version by now."""
        return self._outdated.is_set()

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
            .execution_options(yield_per=_AT_ONCE)
        )
        for serial, record_id, vector in connection.execute(query):
            yield AddedRow(serial, record_id, vector)

    def deleted_since(self, sequence: int, connection: Connection) -> list[int]:
        """Serials of records deleted after a sequence number."""
        query = sa.select(deletions.c.serial).where(
            deletions.c.collection_id == self._collection_id, deletions.c.sequence > sequence
        )
        return list(connection.execute(query).scalars())

    def get(self, ids: Sequence[str]) -> dict[str, StoredRecord]:
        """The stored records of these ids; those that are not there are left out."""
        with self._read() as connection:
            return self.stored(ids, connection)

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
        found: list[Any] = []
        with self._read() as connection:
            if len(serials) > _FEW:
                found += connection.execute(query).all()
            else:
                for some in portions(serials.tolist()):
                    found += connection.execute(query.where(records.c.serial.in_(some))).all()
        return np.array([tuple(row) for row in found], np.int64).reshape(-1, 3)

    def appearances(self, ids: Sequence[str]) -> dict[str, Appearance]:
        """What is known of how records' images look, by id."""
        found: dict[str, Appearance] = {}
        query = (
            sa.select(
                records.c.id,
                records.c.digest,
                records.c.perceptual_hash,
                signatures.c.hashes,
                signatures.c.signature,
                texts.c.text,
                texts.c.kind,
            )
            .outerjoin(signatures, signatures.c.serial == records.c.serial)
            .outerjoin(texts, texts.c.serial == records.c.serial)
        )
        with self._read() as connection:
            for some in portions(ids):
                for row in connection.execute(query.where(self._mine, records.c.id.in_(some))):
                    found[row.id] = Appearance(
                        row.digest,
                        None if row.perceptual_hash is None else row.perceptual_hash & _64_BITS,
                        np.frombuffer(row.hashes or b"", "<u8").astype(np.uint64),
                        row.signature or b"",
                        None if row.kind is None else ImageText(row.text, ImageKind(row.kind)),
                    )
        return found

    def hashes(self, after: int = -1) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """The perceptual hashes of records that have signatures, in the order of insertion.

        Those of dropped records are among them: such a record may come back.

        :param after: leave out serials up to this one.
        :returns: serials, int64 (n,), and hashes, uint64 (n, 8).
        """
        there = (
            sa.select(signatures.c.serial, signatures.c.hashes)
            .join(records, records.c.serial == signatures.c.serial)
            .where(self._mine, records.c.serial > after)
        )
        dropped = sa.select(dropped_records.c.serial, dropped_records.c.hashes).where(
            dropped_records.c.collection_id == self._collection_id,
            dropped_records.c.serial > after,
            dropped_records.c.hashes.is_not(None),
        )
        query = there.union_all(dropped).order_by("serial").execution_options(yield_per=_AT_ONCE)
        serials, hashes = [], []
        with self._read() as connection:
            for serial, some in connection.execute(query):
                serials.append(serial)
                hashes.append(some)
        joined = np.frombuffer(b"".join(hashes), "<u8").reshape(-1, 8)
        return np.array(serials, np.int64), joined.astype(np.uint64)

    def attributes(
        self, serials: Sequence[int] | None
    ) -> Iterator[tuple[int, str, dict[str, Any]]]:
        """(serial, id, attributes) of some records, or of all, in the order of insertion.

        Among the attributes are those that say what images show, where the record has none of its own of that name.
        """
        query = (
            _with_what_is_shown(records.c.serial, records.c.id, records.c.attributes, texts.c.kind)
            .where(self._mine)
            .order_by(records.c.serial)
            .execution_options(yield_per=_AT_ONCE)
        )
        with self._read() as connection:
            if serials is None:
                people = self.people.names(None, connection)
                for batch in connection.execute(query).partitions():
                    yield from self._described(batch, people)
                return
            for some in portions(serials):
                people = self.people.names(some, connection)
                found = connection.execute(query.where(records.c.serial.in_(some)))
                for batch in found.partitions():
                    yield from self._described(batch, people)

    def words(self, since: int) -> Iterator[DescribedRows]:
        """What searches by words read of records inserted or updated after a sequence number, some at a time."""
        query = (
            _with_what_is_shown(records.c.serial, records.c.attributes, texts.c.text)
            .where(self._mine)
            .order_by(records.c.serial)
            .execution_options(yield_per=_AT_ONCE)
        )
        if since >= 0:
            # Else it would be read of all, and it lies behind their vectors.
            query = query.where(records.c.sequence > since)
        with self._read() as connection:
            everybody = self.people.names(None, connection) if since < 0 else None
            for batch in connection.execute(query).partitions():
                serials, attributes, read, classes, colours = zip(*batch, strict=True)
                people = everybody
                if people is None:
                    people = self.people.names(serials, connection)
                named = [people.get(serial, ()) for serial in serials]
                yield DescribedRows(serials, attributes, classes, colours, read, named)

    def classes(self, since: int) -> Iterator[tuple[Sequence[int], Sequence[bytes]]]:
        """What images show of records inserted or changed after a sequence number, some at a time: serials, and classes as
        :class:`Sight` has them."""
        query = (
            sa.select(records.c.serial, sights.c.classes)
            .join(sights, sights.c.serial == records.c.serial)
            .where(self._mine)
            .order_by(records.c.serial)
            .execution_options(yield_per=_AT_ONCE)
        )
        if since >= 0:
            query = query.where(records.c.sequence > since)
        with self._read() as connection:
            for batch in connection.execute(query).partitions():
                serials, classes = zip(*batch, strict=True)
                yield serials, classes

    def unseen(self, after: int, limit: int) -> list[UnseenRecord]:
        """Records of which nothing is stored of what their images show, behind a serial, in the order of insertion."""
        query = (
            sa.select(records.c.serial, records.c.vector, signatures.c.signature)
            .outerjoin(signatures, signatures.c.serial == records.c.serial)
            .outerjoin(sights, sights.c.serial == records.c.serial)
            .where(self._mine, records.c.serial > after, sights.c.serial.is_(None))
            .order_by(records.c.serial)
            .limit(limit)
        )
        with self._read() as connection:
            return [
                UnseenRecord(serial, vector, signature or b"")
                for serial, vector, signature in connection.execute(query)
            ]

    def still_unseen(self, serials: Sequence[int], connection: Connection) -> list[int]:
        """Those of these records that are there, and of which nothing is stored of what their images show."""
        found: list[int] = []
        query = (
            sa.select(records.c.serial)
            .outerjoin(sights, sights.c.serial == records.c.serial)
            .where(self._mine, sights.c.serial.is_(None))
        )
        for some in portions(serials):
            found += connection.execute(query.where(records.c.serial.in_(some))).scalars()
        return found

    def _described(
        self, rows: Sequence[Any], people: Mapping[int, Sequence[str]]
    ) -> Iterator[tuple[int, str, dict[str, Any]]]:
        for row, seen in zip(rows, self._seen(rows, people), strict=True):
            yield row.serial, row.id, with_seen(decode_json(row.attributes), seen)

    def _seen(self, rows: Sequence[Any], people: Mapping[int, Sequence[str]]) -> list[Seen]:
        kept = [Sight(row.classes or b"", row.colours or b"") for row in rows]
        found = [
            evolve(each, kind=row.kind, text=getattr(row, "text", "")) if row.kind else each
            for row, each in zip(rows, in_words(kept, self._vocabulary), strict=True)
        ]
        if not people:
            return found
        return [
            evolve(each, people=people.get(row.serial, ()))
            for row, each in zip(rows, found, strict=True)
        ]

    # ------------------------------------------------------------ writing, inside one transaction

    def advance(self, connection: Connection) -> Position:
        """Take the collection's next sequence number; every other writer now waits for this transaction.

        :raises NotFound: the collection is gone.
        :raises CollectionOutdated: its vectors are of another version by now.
        """
        statement = (
            sa.update(collections)
            .where(collections.c.id == self._collection_id)
            .values(sequence=collections.c.sequence + 1)
            .returning(collections.c.sequence, collections.c.epoch, collections.c.fingerprint)
        )
        return self._checked(connection.execute(statement).first())

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
        taken: set[str] = set()
        for some in portions(ids):
            query = sa.select(records.c.id).where(self._mine, records.c.id.in_(some))
            taken.update(connection.execute(query).scalars())
        return taken

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
        signed = [
            {
                "serial": serial,
                "hashes": record.hashes.astype("<u8").tobytes(),
                "signature": record.signature,
            }
            for serial, record in zip(serials, prepared, strict=True)
            if record.signature
        ]
        if signed:
            connection.execute(sa.insert(signatures), signed)
        self.add_sights(
            {serial: record.sight for serial, record in zip(serials, prepared, strict=True)},
            connection,
        )
        self.texts.insert(
            {
                serial: record.text
                for serial, record in zip(serials, prepared, strict=True)
                if record.text is not None
            },
            connection,
        )
        self.thumbnails.insert(
            {
                serial: record.thumbnail
                for serial, record in zip(serials, prepared, strict=True)
                if record.thumbnail is not None
            },
            connection,
        )
        return serials

    def add_sights(self, added: Mapping[int, Sight], connection: Connection) -> None:
        """Store what images of records show that had nothing stored of it, by serial."""
        rows = [
            {"serial": serial, "classes": sight.classes, "colours": sight.colours}
            for serial, sight in added.items()
            if sight.classes or sight.colours
        ]
        if rows:
            connection.execute(sa.insert(sights), rows)

    def update(
        self, record_id: str, attributes: Mapping[str, Any], sequence: int, connection: Connection
    ) -> None:
        """Replace a record's attributes."""
        connection.execute(
            sa.update(records)
            .where(self._mine, records.c.id == record_id)
            .values(attributes=encode_json(attributes).decode(), sequence=sequence)
        )

    def touch(self, serials: Sequence[int], sequence: int, connection: Connection) -> None:
        """Say that what is stored of these records changed."""
        for some in portions(serials):
            connection.execute(
                sa.update(records).where(records.c.serial.in_(some)).values(sequence=sequence)
            )

    def stored(self, ids: Sequence[str], connection: Connection) -> dict[str, StoredRecord]:
        """The stored records of these ids, seen from inside a transaction."""
        found: dict[str, StoredRecord] = {}
        for some in portions(ids):
            rows = connection.execute(_stored().where(self._mine, records.c.id.in_(some))).all()
            people = self.people.names([row.serial for row in rows], connection)
            for row, seen in zip(rows, self._seen(rows, people), strict=True):
                found[row.id] = _to_stored(row, seen)
        return found

    def delete(self, ids: Sequence[str], sequence: int, connection: Connection) -> dict[str, int]:
        """Remove records and leave a trace; returns the serials of those that were there, by id."""
        gone: dict[str, int] = {}
        for some in portions(ids):
            statement = sa.delete(records).where(self._mine, records.c.id.in_(some))
            for row in connection.execute(statement.returning(records.c.id, records.c.serial)):
                gone[row.id] = row.serial
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
        for table in (deletions, dropped_records, reviews):
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
            "attributes": encode_json(record.attributes).decode(),
            "vector": record.vector.astype("<f4").tobytes(),
            "digest": record.digest,
            "perceptual_hash": None
            if record.perceptual_hash is None
            else _to_signed(record.perceptual_hash),
            "width": record.width,
            "height": record.height,
            "format": record.format,
            "bytes": record.bytes,
            "created": now,
            "sequence": sequence,
        }


def _stored() -> "sa.Select[Any]":
    return _with_what_is_shown(
        records.c.serial,
        records.c.id,
        records.c.attributes,
        records.c.width,
        records.c.height,
        records.c.format,
        records.c.bytes,
        texts.c.text,
        texts.c.kind,
    )


def _with_what_is_shown(*columns: "sa.Column[Any]") -> "sa.Select[Any]":
    """Columns of records and their texts, and behind them the classes and colours of what the images show."""
    return (
        sa.select(*columns, sights.c.classes, sights.c.colours)
        .outerjoin(sights, sights.c.serial == records.c.serial)
        .outerjoin(texts, texts.c.serial == records.c.serial)
    )


def with_seen(attributes: dict[str, Any], seen: Seen) -> dict[str, Any]:
    """Enter what an image shows into a record's attributes, unless it has its own of that name."""
    if seen.concepts:
        attributes.setdefault("concepts", list(seen.concepts))
    if seen.colours:
        attributes.setdefault("colours", list(seen.colours))
    if seen.kind:
        attributes.setdefault("kind", seen.kind)
    if seen.people:
        attributes.setdefault("people", list(seen.people))
    return attributes


def _to_stored(row: Any, seen: Seen) -> StoredRecord:
    return StoredRecord(
        row.serial,
        row.id,
        decode_json(row.attributes),
        row.width,
        row.height,
        row.format,
        row.bytes,
        seen,
    )


def _to_signed(value: int) -> int:
    """Databases have no unsigned 64-bit integers; the bits are what counts."""
    return value - (1 << 64) if value >= 1 << 63 else value

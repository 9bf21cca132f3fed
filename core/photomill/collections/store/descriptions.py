"""Records with what their images show: as filters see them, as searches by words read them, and as callers get them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from attrs import evolve, frozen
from sqlalchemy.engine import Connection

from photomill.catalog.catalog import ReadConnection
from photomill.collections.model import Record
from photomill.collections.sight import Seen, Sight, in_words
from photomill.collections.store.people import PeopleTable
from photomill.collections.store.tables import (
    ROWS_AT_ONCE,
    decode_attributes,
    records,
    sights,
    texts,
)
from photomill.components import Vocabulary
from photomill.portions import portions

_SHOWN = ("concepts", "colours", "kind", "people")
"""What an image shows that filters see as attributes."""


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
        return map(decode_attributes, self.attributes)


class DescriptionTable:
    """The records of one collection, with what their images show."""

    def __init__(
        self,
        read: ReadConnection,
        collection_id: str,
        people: PeopleTable,
        vocabulary: Vocabulary | None,
    ) -> None:
        """
        :param vocabulary: what the collection's embedder knows by name.
        """
        self._read = read
        self._people = people
        self._vocabulary = vocabulary
        self._collection_id = collection_id
        self._mine = records.c.collection_id == collection_id

    def get(self, ids: Sequence[str]) -> dict[str, Record]:
        """The stored records of these ids; those that are not there are left out."""
        with self._read() as connection:
            return self.stored(ids, connection)

    def stored(self, ids: Sequence[str], connection: Connection) -> dict[str, Record]:
        """The stored records of these ids, seen from inside a transaction."""
        found: dict[str, Record] = {}
        for some in portions(ids):
            values = {"of_collection": self._collection_id, "ids": some}
            rows = connection.execute(_STORED, values).all()
            people = self._people.names([row.serial for row in rows], connection)
            for row, seen in zip(rows, self._seen(rows, people), strict=True):
                found[row.id] = _to_record(row, seen)
        return found

    def attributes(
        self, serials: Sequence[int] | None
    ) -> Iterator[tuple[int, str, dict[str, Any]]]:
        """(serial, id, attributes) of some records, or of all, in the order of insertion.

        Among the attributes are those that say what images show, where the record has none of its own of that name.
        """
        query = (
            _selected(records.c.serial, records.c.id, records.c.attributes, texts.c.kind)
            .where(self._mine)
            .order_by(records.c.serial)
            .execution_options(yield_per=ROWS_AT_ONCE)
        )
        with self._read() as connection:
            if serials is None:
                people = self._people.names(None, connection)
                for batch in connection.execute(query).partitions():
                    yield from self._described(batch, people)
                return
            for some in portions(serials):
                people = self._people.names(some, connection)
                found = connection.execute(query.where(records.c.serial.in_(some)))
                for batch in found.partitions():
                    yield from self._described(batch, people)

    def words(self, since: int) -> Iterator[DescribedRows]:
        """What searches by words read of records inserted or updated after a sequence number, some at a time."""
        query = (
            _selected(records.c.serial, records.c.attributes, texts.c.text)
            .where(self._mine)
            .order_by(records.c.serial)
            .execution_options(yield_per=ROWS_AT_ONCE)
        )
        if since >= 0:
            # Else it would be read of all, and it lies behind their vectors.
            query = query.where(records.c.sequence > since)
        with self._read() as connection:
            everybody = self._people.names(None, connection) if since < 0 else None
            for batch in connection.execute(query).partitions():
                serials, attributes, read, classes, colours = zip(*batch, strict=True)
                people = everybody
                if people is None:
                    people = self._people.names(serials, connection)
                named = [people.get(serial, ()) for serial in serials]
                yield DescribedRows(serials, attributes, classes, colours, read, named)

    def _described(
        self, rows: Sequence[Any], people: Mapping[int, Sequence[str]]
    ) -> Iterator[tuple[int, str, dict[str, Any]]]:
        for row, seen in zip(rows, self._seen(rows, people), strict=True):
            yield row.serial, row.id, with_what_is_shown(decode_attributes(row.attributes), seen)

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


def _selected(*columns: "sa.Column[Any]") -> "sa.Select[Any]":
    """Columns of records and their texts, and behind them the classes and colours of what the images show."""
    return (
        sa.select(*columns, sights.c.classes, sights.c.colours)
        .outerjoin(sights, sights.c.serial == records.c.serial)
        .outerjoin(texts, texts.c.serial == records.c.serial)
    )


# Made once: to make a statement takes longer than to run it.
_STORED = _selected(
    records.c.serial,
    records.c.id,
    records.c.attributes,
    records.c.width,
    records.c.height,
    records.c.format,
    records.c.bytes,
    texts.c.text,
    texts.c.kind,
).where(
    records.c.collection_id == sa.bindparam("of_collection"),
    records.c.id.in_(sa.bindparam("ids", expanding=True)),
)


def with_what_is_shown(attributes: dict[str, Any], shown: Seen | Record) -> dict[str, Any]:
    """Enter what an image shows into a record's attributes, unless it has its own of that name."""
    for name in _SHOWN:
        value = getattr(shown, name)
        if value:
            attributes.setdefault(name, value if isinstance(value, str) else list(value))
    return attributes


def filtered(record: Record) -> dict[str, Any]:
    """What a filter sees of a record."""
    return {**with_what_is_shown(dict(record.attributes), record), "_id": record.id}


def _to_record(row: Any, seen: Seen) -> Record:
    return Record(
        row.id,
        decode_attributes(row.attributes),
        row.width,
        row.height,
        row.format,
        row.bytes,
        row.serial,
        seen.concepts,
        seen.colours,
        seen.kind,
        seen.text,
        seen.people,
    )

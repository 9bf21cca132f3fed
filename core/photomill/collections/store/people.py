"""Faces and people in the catalog."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa
from attrs import frozen
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from photomill.catalog import Catalog, rows_among
from photomill.collections.model import Face, Person
from photomill.collections.store.face_searches import FaceSearchTable
from photomill.collections.store.tables import (
    ROWS_AT_ONCE,
    collections,
    face_rejections,
    face_searches,
    faces,
    people,
    records,
)
from photomill.components import RecognisedFace
from photomill.errors import NotFound
from photomill.portions import portions

PEOPLE_TABLES = (faces, people, face_rejections, face_searches)
"""Where all is that is known of people."""


@frozen(eq=False)
class StoredFaces:
    """Some faces and whose they are.

    :ivar numbers: int64 (n,), ascending.
    :ivar people: the number of each one's person, int64 (n,).
    :ivar vectors: float32 (n, dimension).
    """

    numbers: NDArray[np.int64]
    people: NDArray[np.int64]
    vectors: NDArray[np.float32]


@frozen(eq=False)
class Dispute:
    """What was said against a person.

    :ivar others: the vectors of faces of which somebody said that they are not this one's, float32 (n, dimension).
    :ivar own: likewise of the person's faces; empty where there are no others.
    """

    others: NDArray[np.float32]
    own: NDArray[np.float32]


@frozen
class PeoplePosition:
    """How far the people of a collection have come.

    :ivar epoch: of the collection.
    :ivar people_epoch: of its people.
    :ivar sequence: of its last change.
    """

    epoch: int
    people_epoch: int
    sequence: int

    def same_people(self, other: "PeoplePosition") -> bool:
        """Whether nobody cleared the collection or forgot its people between the two."""
        return (self.epoch, self.people_epoch) == (other.epoch, other.people_epoch)


class PeopleTable:
    """The faces and people of one collection."""

    def __init__(self, catalog: Catalog, collection_id: str) -> None:
        self._catalog = catalog
        self._collection_id = collection_id
        self._mine = faces.c.collection_id == collection_id
        self._ours = people.c.collection_id == collection_id
        self.searches = FaceSearchTable(catalog, collection_id)

    # ------------------------------------------------------------ reading

    def all(self) -> list[Person]:
        """Everybody, those on most records first."""
        with self._catalog.read() as connection:
            return self.people(None, connection)

    def named(self, name: str, connection: Connection) -> int | None:
        """The number of the person of a name."""
        query = sa.select(people.c.number).where(self._ours, people.c.name == name)
        return connection.execute(query).scalar()

    def people(self, numbers: Sequence[int] | None, connection: Connection) -> list[Person]:
        """Some people, or all: those on most records first."""
        query = (
            sa.select(
                people.c.number,
                people.c.name,
                sa.func.count(records.c.serial).label("faces"),
                sa.func.count(sa.distinct(records.c.serial)).label("records"),
            )
            .outerjoin(faces, faces.c.person == people.c.number)
            .outerjoin(records, records.c.serial == faces.c.serial)
            .where(self._ours)
            .group_by(people.c.number, people.c.name)
        )
        found: list[Any] = []
        for some in [None] if numbers is None else portions(numbers):
            chosen = query if some is None else query.where(people.c.number.in_(some))
            found += connection.execute(chosen).all()
        covers = self._covers([row.number for row in found], connection)
        listed = [
            Person(row.number, row.name, row.faces, row.records, covers.get(row.number))
            for row in found
        ]
        return sorted(listed, key=lambda person: (-person.records, person.number))

    def faces(
        self,
        person: int | None = None,
        ids: Sequence[str] | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> list[Face]:
        """Faces in the order of their numbers.

        :param person: only this one's.
        :param ids: only those on these records.
        """
        query = self._described()
        if person is not None:
            query = query.where(faces.c.person == person)
        with self._catalog.read() as connection:
            if ids is None:
                rows = connection.execute(query.offset(offset).limit(limit)).all()
                return [Face(*row) for row in rows]
            found = [Face(*row) for row in rows_among(connection, query, records.c.id, ids)]
        last = None if limit is None else offset + limit
        return sorted(found, key=lambda face: face.number)[offset:last]

    def faces_of(self, numbers: Sequence[int]) -> list[Face]:
        """Some faces, in the order of their numbers; those that are not there are left out."""
        query = self._described()
        with self._catalog.read() as connection:
            found = [Face(*row) for row in rows_among(connection, query, faces.c.number, numbers)]
        return sorted(found, key=lambda face: face.number)

    def crop(self, number: int) -> bytes | None:
        """A face as a JPEG file; None where there is no such face."""
        query = sa.select(faces.c.crop).where(self._mine, faces.c.number == number)
        with self._catalog.read() as connection:
            return connection.execute(query).scalar()

    # ------------------------------------------------------------ inside one transaction

    def names(
        self, serials: Sequence[int] | None, connection: Connection
    ) -> dict[int, Sequence[str]]:
        """The names of those on records, or on all, each in alphabetical order; without records of nobody named."""
        found: dict[int, list[str]] = {}
        for some in [None] if serials is None else portions(serials):
            query = _NAMES if some is None else _NAMES_ON
            values: dict[str, Any] = {"of_collection": self._collection_id}
            if some is not None:
                values["serials"] = some
            for serial, name in connection.execute(query, values):
                found.setdefault(serial, []).append(name)
        return {serial: sorted(names) for serial, names in found.items()}

    def position(self, connection: Connection) -> PeoplePosition:
        """How far the people have come.

        :raises NotFound: the collection is gone.
        """
        query = sa.select(
            collections.c.epoch, collections.c.people_epoch, collections.c.sequence
        ).where(collections.c.id == self._collection_id)
        row = connection.execute(query).first()
        if row is None:
            raise NotFound(f"no collection {self._collection_id!r}")
        return PeoplePosition(*row)

    def newer(self, number: int, dimension: int, connection: Connection) -> Iterator[StoredFaces]:
        """Faces behind a number, some at a time, in the order of their numbers."""
        query = (
            sa.select(faces.c.number, faces.c.person, faces.c.vector)
            .where(self._mine, faces.c.number > number)
            .order_by(faces.c.number)
            .execution_options(yield_per=ROWS_AT_ONCE)
        )
        for batch in connection.execute(query).partitions():
            yield _to_faces(batch, dimension)

    def rearranged(self, since: PeoplePosition, connection: Connection) -> set[int]:
        """The numbers of those who lost faces, or got others', in the last change that is known or after it.

        The transaction of that change may have gone on, or not have come to its end.
        """
        query = sa.select(people.c.number).where(self._ours, people.c.sequence >= since.sequence)
        return set(connection.execute(query).scalars())

    def faces_by_people(
        self, numbers: Collection[int], dimension: int, connection: Connection
    ) -> Iterator[StoredFaces]:
        """All faces of some people, some at a time."""
        for some in portions(numbers):
            query = (
                sa.select(faces.c.number, faces.c.person, faces.c.vector)
                .where(self._mine, faces.c.person.in_(some))
                .order_by(faces.c.number)
                .execution_options(yield_per=ROWS_AT_ONCE)
            )
            for batch in connection.execute(query).partitions():
                yield _to_faces(batch, dimension)

    def vectors(
        self, numbers: Sequence[int], dimension: int, connection: Connection
    ) -> dict[int, NDArray[np.float32]]:
        """The vectors of some faces, by number."""
        query = sa.select(faces.c.number, faces.c.vector).where(self._mine)
        rows = rows_among(connection, query, faces.c.number, numbers)
        return {row.number: np.frombuffer(row.vector, "<f4", dimension) for row in rows}

    def disputes(
        self, numbers: Collection[int], dimension: int, connection: Connection
    ) -> dict[int, Dispute]:
        """What was said against some people; those who are not there are left out."""
        query = sa.select(people.c.number).where(self._ours)
        there = [row.number for row in rows_among(connection, query, people.c.number, numbers)]
        rejected = sa.select(face_rejections.c.person, faces.c.vector).join(
            faces, faces.c.number == face_rejections.c.face
        )
        others: dict[int, list[bytes]] = {}
        for row in rows_among(connection, rejected, face_rejections.c.person, there):
            others.setdefault(row.person, []).append(row.vector)
        own: dict[int, list[bytes]] = {}
        query = sa.select(faces.c.person, faces.c.vector).where(self._mine)
        for row in rows_among(connection, query, faces.c.person, list(others)):
            own.setdefault(row.person, []).append(row.vector)
        return {
            number: Dispute(
                _to_vectors(others.get(number, ()), dimension),
                _to_vectors(own.get(number, ()), dimension),
            )
            for number in there
        }

    def owners(self, numbers: Iterable[int], connection: Connection) -> dict[int, tuple[int, int]]:
        """The person, and the serial of the record, of each of some faces; those that are not there are left out."""
        query = sa.select(faces.c.number, faces.c.person, faces.c.serial).where(self._mine)
        rows = rows_among(connection, query, faces.c.number, numbers)
        return {row.number: (row.person, row.serial) for row in rows}

    def people_on(self, serial: int, connection: Connection) -> set[int]:
        """The numbers of those on a record."""
        query = sa.select(faces.c.person).where(self._mine, faces.c.serial == serial)
        return set(connection.execute(query).scalars())

    def shown_on(self, numbers: Sequence[int], connection: Connection) -> list[int]:
        """The serials of the records that people are on."""
        query = sa.select(faces.c.serial).where(self._mine).distinct()
        rows = rows_among(connection, query, faces.c.person, numbers)
        return sorted({row.serial for row in rows})

    def add_person(self, connection: Connection) -> int:
        """Enter somebody without a name; returns the number."""
        statement = sa.insert(people).values(collection_id=self._collection_id, name="")
        return int(connection.execute(statement.returning(people.c.number)).scalar_one())

    def add_faces(
        self, serial: int, found: Sequence[tuple[RecognisedFace, int]], connection: Connection
    ) -> list[int]:
        """Enter the faces of a record and whose they are, and that they were looked for; returns their numbers."""
        self.searches.add(serial, connection)
        if not found:
            return []
        statement = sa.insert(faces).returning(faces.c.number, sort_by_parameter_order=True)
        values = [
            {
                "serial": serial,
                "collection_id": self._collection_id,
                "person": person,
                "left": face.left,
                "top": face.top,
                "width": face.width,
                "height": face.height,
                "confidence": face.confidence,
                "vector": face.vector.astype("<f4").tobytes(),
                "crop": face.crop,
            }
            for face, person in found
        ]
        return list(connection.execute(statement, values).scalars())

    def set_name(self, number: int, name: str, connection: Connection) -> None:
        connection.execute(
            sa.update(people).where(self._ours, people.c.number == number).values(name=name)
        )

    def assign(self, numbers: Sequence[int], person: int, connection: Connection) -> None:
        """Say whose some faces are; what was said against it is forgotten."""
        for some in portions(numbers):
            before = sa.select(faces.c.person).where(self._mine, faces.c.number.in_(some))
            self._mark([person, *connection.execute(before.distinct()).scalars()], connection)
            connection.execute(
                sa.update(faces).where(self._mine, faces.c.number.in_(some)).values(person=person)
            )
            connection.execute(
                sa.delete(face_rejections).where(
                    face_rejections.c.person == person, face_rejections.c.face.in_(some)
                )
            )

    def reject(self, numbers: Sequence[int], person: int, connection: Connection) -> None:
        """Note that faces are not a person's."""
        connection.execute(
            sa.insert(face_rejections), [{"face": number, "person": person} for number in numbers]
        )

    def join_people(self, others: Sequence[int], into: int, connection: Connection) -> None:
        """Give the faces of some people to another, and what was said against them too; they are gone then."""
        self._mark([into], connection)
        for some in portions(others):
            connection.execute(
                sa.update(faces).where(self._mine, faces.c.person.in_(some)).values(person=into)
            )
            moved = sa.select(face_rejections.c.face, sa.literal(into, sa.BigInteger)).where(
                face_rejections.c.person.in_(some),
                face_rejections.c.face.not_in(
                    sa.select(face_rejections.c.face).where(face_rejections.c.person == into)
                ),
            )
            connection.execute(
                sa.insert(face_rejections).from_select(["face", "person"], moved.distinct())
            )
            connection.execute(sa.delete(people).where(self._ours, people.c.number.in_(some)))
        own = sa.select(faces.c.number).where(self._mine, faces.c.person == into)
        connection.execute(
            sa.delete(face_rejections).where(
                face_rejections.c.person == into, face_rejections.c.face.in_(own)
            )
        )

    def hand_over(self, old: int, new: int, connection: Connection) -> bool:
        """Give a record the faces of another of the same image, with whose they are, in the place of its own.

        :returns: False, and nothing is done, where nobody was looked for in the other.
        """
        if not self.searches.has(old, connection):
            return False
        self.forget([new], connection)
        self.searches.hand_over(old, new, connection)
        connection.execute(
            sa.update(faces).where(self._mine, faces.c.serial == old).values(serial=new)
        )
        return True

    def forget(self, serials: Collection[int], connection: Connection) -> None:
        """Remove the faces of records, and those people without a name who have none any more."""
        left: set[int] = set()
        for some in portions(serials):
            statement = sa.delete(faces).where(self._mine, faces.c.serial.in_(some))
            left.update(connection.execute(statement.returning(faces.c.person)).scalars())
        self.searches.forget(serials, connection)
        self._mark(sorted(left), connection)
        self.remove_nobodies(sorted(left), connection)

    def remove_nobodies(self, numbers: Sequence[int], connection: Connection) -> None:
        """Remove those of these people who have neither a name nor a face."""
        for some in portions(numbers):
            connection.execute(
                sa.delete(people).where(
                    self._ours,
                    people.c.number.in_(some),
                    people.c.name == "",
                    ~sa.exists().where(faces.c.person == people.c.number),
                )
            )

    def forget_all(self, connection: Connection) -> int:
        """Remove every face, person and name, and that anybody was looked for; tells how many faces there were."""
        count = connection.execute(
            sa.select(sa.func.count()).select_from(faces).where(self._mine)
        ).scalar_one()
        own = sa.select(faces.c.number).where(self._mine)
        connection.execute(sa.delete(face_rejections).where(face_rejections.c.face.in_(own)))
        connection.execute(sa.delete(faces).where(self._mine))
        connection.execute(sa.delete(people).where(self._ours))
        self.searches.forget_all(connection)
        return count

    def _mark(self, numbers: Sequence[int], connection: Connection) -> None:
        """Have all who remember these people read them anew. Inside a transaction that has a sequence number."""
        present = sa.select(collections.c.sequence).where(collections.c.id == self._collection_id)
        for some in portions(numbers):
            connection.execute(
                sa.update(people)
                .where(self._ours, people.c.number.in_(some))
                .values(sequence=present.scalar_subquery())
            )

    def _described(self) -> "sa.Select[Any]":
        return (
            sa.select(
                faces.c.number,
                records.c.id,
                faces.c.person,
                faces.c.left,
                faces.c.top,
                faces.c.width,
                faces.c.height,
                faces.c.confidence,
            )
            .join(records, records.c.serial == faces.c.serial)
            .where(self._mine)
            .order_by(faces.c.number)
        )

    def _covers(self, numbers: Sequence[int], connection: Connection) -> dict[int, int]:
        """The largest face of each person."""
        size = faces.c.width * faces.c.height
        query = (
            sa.select(faces.c.person, faces.c.number)
            .join(records, records.c.serial == faces.c.serial)
            .where(self._mine)
            .order_by(size, faces.c.number.desc())
        )
        rows = rows_among(connection, query, faces.c.person, numbers)
        return {row.person: row.number for row in rows}


# Made once: to make a statement takes longer than to run it.
_NAMES = (
    sa.select(faces.c.serial, people.c.name)
    .join(people, people.c.number == faces.c.person)
    .where(faces.c.collection_id == sa.bindparam("of_collection"), people.c.name != "")
    .distinct()
)
_NAMES_ON = _NAMES.where(faces.c.serial.in_(sa.bindparam("serials", expanding=True)))


def _to_faces(rows: Sequence[Any], dimension: int) -> StoredFaces:
    numbers, persons, vectors = zip(*rows, strict=True)
    return StoredFaces(
        np.array(numbers, np.int64), np.array(persons, np.int64), _to_vectors(vectors, dimension)
    )


def _to_vectors(stored: Sequence[bytes], dimension: int) -> NDArray[np.float32]:
    """float32 (n, dimension)."""
    return np.frombuffer(b"".join(stored), "<f4").reshape(-1, dimension)

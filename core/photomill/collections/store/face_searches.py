"""Whether and by what people are looked for, in the catalog, and in which records they were."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from attrs import field, frozen
from sqlalchemy.engine import Connection

from photomill.catalog import Catalog, rows_among
from photomill.collections.store.tables import (
    collections,
    decode_attributes,
    face_searches,
    faces,
    records,
)
from photomill.components import RecognisedFace
from photomill.errors import NotFound
from photomill.portions import portions


@frozen
class Unsearched:
    """A record whose faces were not looked for yet.

    :ivar digest: of its image's pixels.
    """

    serial: int
    id: str
    attributes: Mapping[str, Any] = field(repr=False)
    digest: bytes = field(repr=False)


@frozen
class PeopleSwitch:
    """Whether people are looked for.

    :ivar recogniser: the fingerprint of what knows them; empty where nobody is looked for.
    :ivar epoch: grows when people are forgotten: faces that were found before are not stored after.
    """

    recogniser: str
    epoch: int


@frozen(eq=False)
class FoundFaces:
    """The faces of an image.

    :ivar epoch: of the switch, when somebody began to look for them.
    """

    epoch: int
    faces: Sequence[RecognisedFace]


# Made once: to make a statement takes longer than to run it.
_SWITCH = sa.select(collections.c.recogniser, collections.c.people_epoch).where(
    collections.c.id == sa.bindparam("of_id")
)


class FaceSearchTable:
    """The records of one collection in which people were looked for."""

    def __init__(self, catalog: Catalog, collection_id: str) -> None:
        self._catalog = catalog
        self._collection_id = collection_id
        self._mine = face_searches.c.collection_id == collection_id
        self._records = records.c.collection_id == collection_id
        self._unsearched = sa.and_(
            self._records, records.c.width > 0, face_searches.c.serial.is_(None)
        )

    def read_switch(self) -> PeopleSwitch:
        """Whether people are looked for here.

        :raises NotFound: the collection is gone.
        """
        with self._catalog.read() as connection:
            return self.switch(connection)

    def unsearched(
        self, after: int, limit: int, ids: Sequence[str] | None = None
    ) -> list[Unsearched]:
        """Records with an image whose faces were not looked for, behind a serial, in the order of insertion.

        :param ids: only some of these, of which there are few.
        """
        query = (
            sa.select(records.c.serial, records.c.id, records.c.attributes, records.c.digest)
            .outerjoin(face_searches, face_searches.c.serial == records.c.serial)
            .where(self._unsearched, records.c.serial > after)
            .order_by(records.c.serial)
            .limit(limit)
        )
        if ids is not None:
            query = query.where(records.c.id.in_(ids))
        with self._catalog.read() as connection:
            return [
                Unsearched(row.serial, row.id, decode_attributes(row.attributes), row.digest)
                for row in connection.execute(query)
            ]

    def count_unsearched(self) -> int:
        """How many records with an image there are whose faces were not looked for."""
        query = (
            sa.select(sa.func.count())
            .select_from(records)
            .outerjoin(face_searches, face_searches.c.serial == records.c.serial)
            .where(self._unsearched)
        )
        with self._catalog.read() as connection:
            return connection.execute(query).scalar_one()

    def count_searched(self, ids: Sequence[str]) -> tuple[int, int]:
        """How many of some records were looked at, and how many faces they have."""
        query = (
            sa.select(records.c.serial, sa.func.count(faces.c.number).label("faces"))
            .join(face_searches, face_searches.c.serial == records.c.serial)
            .outerjoin(faces, faces.c.serial == records.c.serial)
            .where(self._records)
            .group_by(records.c.serial)
        )
        with self._catalog.read() as connection:
            rows = rows_among(connection, query, records.c.id, set(ids))
        return len(rows), sum(row.faces for row in rows)

    # ------------------------------------------------------------ inside one transaction

    def switch(self, connection: Connection) -> PeopleSwitch:
        """As :meth:`read_switch`."""
        row = connection.execute(_SWITCH, {"of_id": self._collection_id}).first()
        if row is None:
            raise NotFound(f"no collection {self._collection_id!r}")
        return PeopleSwitch(row.recogniser, row.people_epoch)

    def switch_on(self, fingerprint: str, connection: Connection) -> None:
        """Have people looked for from now on, by what has this fingerprint."""
        self._set(connection, recogniser=fingerprint)

    def switch_off(self, connection: Connection) -> None:
        """Look for nobody any more, and store nothing that was found until now."""
        self._set(connection, recogniser="", people_epoch=collections.c.people_epoch + 1)

    def _set(self, connection: Connection, **values: Any) -> None:
        mine = collections.c.id == self._collection_id
        connection.execute(sa.update(collections).where(mine).values(**values))

    def still_unsearched(self, serials: Sequence[int], connection: Connection) -> list[int]:
        """Those of these records that are there, and whose faces were not looked for."""
        query = (
            sa.select(records.c.serial)
            .outerjoin(face_searches, face_searches.c.serial == records.c.serial)
            .where(self._records, face_searches.c.serial.is_(None))
        )
        rows = rows_among(connection, query, records.c.serial, serials)
        return sorted(row.serial for row in rows)

    def has(self, serial: int, connection: Connection) -> bool:
        """Whether faces were looked for in a record."""
        query = sa.select(face_searches.c.serial).where(
            self._mine, face_searches.c.serial == serial
        )
        return connection.execute(query).first() is not None

    def add(self, serial: int, connection: Connection) -> None:
        """Note that faces were looked for in a record."""
        connection.execute(
            sa.insert(face_searches).values(serial=serial, collection_id=self._collection_id)
        )

    def hand_over(self, old: int, new: int, connection: Connection) -> None:
        """Have them looked for in a record, in the place of another."""
        connection.execute(
            sa.update(face_searches)
            .where(self._mine, face_searches.c.serial == old)
            .values(serial=new)
        )

    def forget(self, serials: Collection[int], connection: Connection) -> None:
        """Forget that they were looked for in some records."""
        for some in portions(serials):
            connection.execute(
                sa.delete(face_searches).where(self._mine, face_searches.c.serial.in_(some))
            )

    def forget_all(self, connection: Connection) -> None:
        """Forget that they were looked for in any record."""
        connection.execute(sa.delete(face_searches).where(self._mine))

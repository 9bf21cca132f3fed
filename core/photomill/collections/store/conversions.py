"""Vectors of another version of a collection's embedder in the catalog, until they take the place of the present ones."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from attrs import field, frozen
from sqlalchemy.engine import Connection

from photomill.catalog.catalog import Catalog
from photomill.collections.store.tables import (
    collections,
    converted_vectors,
    dropped_records,
    records,
)
from photomill.portions import portions


@frozen(eq=False)
class UnconvertedRecord:
    """A record, or a dropped one, with its present vector."""

    serial: int
    vector: bytes = field(repr=False)


class ConversionTable:
    """The conversion of one collection's vectors to those of one fingerprint."""

    def __init__(self, catalog: Catalog, collection_id: str, fingerprint: str) -> None:
        """
        :param fingerprint: of the embedder that will have made the vectors.
        """
        self._catalog = catalog
        self._collection_id = collection_id
        self._fingerprint = fingerprint

    def serials(self, after: int, limit: int) -> list[int]:
        """Serials of records, dropped ones too, behind one, ascending."""
        some = [
            sa.select(table.c.serial).where(
                table.c.collection_id == self._collection_id, table.c.serial > after
            )
            for table in (records, dropped_records)
        ]
        query = sa.union_all(*some).order_by("serial").limit(limit)
        with self._catalog.read() as connection:
            return list(connection.execute(query).scalars())

    def unconverted(
        self, first: int, last: int, limit: int, connection: Connection | None = None
    ) -> list[UnconvertedRecord]:
        """Records from one serial to another, dropped ones too, that have no converted vector.

        :param connection: of a transaction to see it from.
        """
        if connection is None:
            with self._catalog.read() as connection:
                return self.unconverted(first, last, limit, connection)
        found: list[UnconvertedRecord] = []
        for table in (records, dropped_records):
            query = (
                sa.select(table.c.serial, table.c.vector)
                .outerjoin(
                    converted_vectors,
                    sa.and_(
                        converted_vectors.c.serial == table.c.serial,
                        converted_vectors.c.fingerprint == self._fingerprint,
                    ),
                )
                .where(
                    table.c.collection_id == self._collection_id,
                    table.c.serial.between(first, last),
                    converted_vectors.c.serial.is_(None),
                )
                .order_by(table.c.serial)
                .limit(limit - len(found))
            )
            found += [UnconvertedRecord(*row) for row in connection.execute(query)]
        return found

    def add(self, vectors: Mapping[int, bytes], connection: Connection) -> None:
        """Keep converted vectors, by serial; those of other fingerprints go."""
        self._remove(list(vectors), connection)
        rows = [
            {
                "serial": serial,
                "collection_id": self._collection_id,
                "fingerprint": self._fingerprint,
                "vector": vector,
            }
            for serial, vector in vectors.items()
        ]
        if rows:
            connection.execute(sa.insert(converted_vectors), rows)

    def install(self, dimension: int, connection: Connection) -> int:
        """Put the converted vectors in the place of the present ones; tells how many.

        :param dimension: of a converted vector.
        """
        count = 0
        for table in (records, dropped_records):
            vector = (
                sa.select(converted_vectors.c.vector)
                .where(converted_vectors.c.serial == table.c.serial)
                .scalar_subquery()
            )
            count += connection.execute(
                sa.update(table)
                .where(table.c.collection_id == self._collection_id)
                .values(vector=vector)
            ).rowcount
        connection.execute(
            sa.delete(converted_vectors).where(
                converted_vectors.c.collection_id == self._collection_id
            )
        )
        connection.execute(
            sa.update(collections)
            .where(collections.c.id == self._collection_id)
            .values(
                fingerprint=self._fingerprint,
                dimension=dimension,
                epoch=collections.c.epoch + 1,
            )
        )
        return count

    def _remove(self, serials: Sequence[int], connection: Connection) -> None:
        for some in portions(serials):
            connection.execute(
                sa.delete(converted_vectors).where(converted_vectors.c.serial.in_(some))
            )

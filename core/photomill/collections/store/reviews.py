"""Reviews in the catalog: near-duplicates that somebody looked at, and keeps all of."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from photomill.catalog.catalog import Catalog
from photomill.collections.store.tables import records, reviews
from photomill.portions import portions


class ReviewTable:
    """The reviews of one collection."""

    def __init__(self, catalog: Catalog, collection_id: str) -> None:
        self._catalog = catalog
        self._collection_id = collection_id

    def add(self, ids: Sequence[str]) -> str:
        """Note that all of these records are kept; returns the review's id."""
        review = str(uuid.uuid4())
        chosen = sa.select(
            sa.literal(review, sa.String(36)), records.c.serial, records.c.collection_id
        ).where(records.c.collection_id == self._collection_id)
        with self._catalog.write() as connection:
            for some in portions(ids):
                connection.execute(
                    sa.insert(reviews).from_select(
                        ["id", "serial", "collection_id"], chosen.where(records.c.id.in_(some))
                    )
                )
        return review

    def remove(self, review: str | None) -> int:
        """Forget one review, or all; tells how many there were."""
        mine = reviews.c.collection_id == self._collection_id
        chosen = mine if review is None else sa.and_(mine, reviews.c.id == review)
        with self._catalog.write() as connection:
            gone = connection.execute(sa.delete(reviews).where(chosen).returning(reviews.c.id))
            return len(set(gone.scalars()))

    def by_record(self) -> dict[str, set[str]]:
        """The reviews that each record is in, by its id."""
        query = (
            sa.select(records.c.id, reviews.c.id.label("review"))
            .join(records, records.c.serial == reviews.c.serial)
            .where(
                reviews.c.collection_id == self._collection_id,
                records.c.collection_id == self._collection_id,
            )
        )
        found: dict[str, set[str]] = {}
        with self._catalog.read() as connection:
            for record_id, review in connection.execute(query):
                found.setdefault(record_id, set()).add(review)
        return found

"""What is switched on or off for a whole collection."""

from typing import Any

import sqlalchemy as sa

from photomill.catalog.catalog import Catalog
from photomill.collections.store.tables import collections
from photomill.errors import NotFound


def is_on(catalog: Catalog, collection_id: str, column: "sa.Column[Any]") -> bool:
    """Whether a column of the collections' table says yes.

    :raises NotFound: the collection is gone.
    """
    query = sa.select(column).where(collections.c.id == collection_id)
    with catalog.read() as connection:
        found = connection.execute(query).scalar()
    if found is None:
        raise NotFound(f"no collection {collection_id!r}")
    return bool(found)

"""What is switched on or off for a whole collection."""

from functools import cache
from typing import Any

import sqlalchemy as sa

from photomill.catalog.catalog import Catalog
from photomill.collections.store.tables import collections
from photomill.errors import NotFound


def is_on(catalog: Catalog, collection_id: str, column: "sa.Column[Any]") -> bool:
    """Whether a column of the collections' table says yes.

    :raises NotFound: the collection is gone.
    """
    with catalog.read() as connection:
        found = connection.execute(_switch(column), {"of_id": collection_id}).scalar()
    if found is None:
        raise NotFound(f"no collection {collection_id!r}")
    return bool(found)


@cache
def _switch(column: "sa.Column[Any]") -> "sa.Select[Any]":
    # Made once: to make a statement takes longer than to run it.
    return sa.select(column).where(collections.c.id == sa.bindparam("of_id"))

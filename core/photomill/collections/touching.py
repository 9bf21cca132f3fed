"""Changing what is stored beside a collection's records."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Connection

from photomill.catalog import Catalog
from photomill.collections.backend import Followed
from photomill.collections.store.records import RecordTable


@contextmanager
def touching(
    catalog: Catalog, table: RecordTable, store: Followed
) -> Iterator[tuple[Connection, list[int]]]:
    """A transaction that the collection's other writers wait for.

    :returns: also a list for the serials of the records on which the change shows: they are read anew by everybody.
    """
    touched: list[int] = []
    with store.writing:
        with catalog.write() as connection:
            position = table.advance(connection)
            yield connection, touched
            table.touch(touched, position.sequence, connection)
        store.updated(touched, position)

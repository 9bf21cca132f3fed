"""How many calls keys made on a day."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from photomill.catalog import Catalog, insert_new
from photomill.keys.tables import usage


class UsageTable:
    """Counts the calls of keys, day by day, across processes and restarts."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def spend(self, key_id: str, day: str, limit: int) -> bool:
        """Count a call; False, and nothing counted, where that would be one too many.

        :param day: ``2026-01-31``.
        """
        with self._catalog.write() as connection:
            while True:
                if _counted(connection, key_id, day, limit):
                    return True
                if not _first(connection, key_id, day):
                    return False


def _counted(connection: Connection, key_id: str, day: str, limit: int) -> bool:
    same_day = (usage.c.key_id == key_id) & (usage.c.day == day)
    statement = sa.update(usage).where(same_day, usage.c.calls < limit)
    return bool(connection.execute(statement.values(calls=usage.c.calls + 1)).rowcount)


def _first(connection: Connection, key_id: str, day: str) -> bool:
    """Begin to count a day; False where that was done, by others perhaps."""
    earlier = (usage.c.key_id == key_id) & (usage.c.day < day)
    connection.execute(sa.delete(usage).where(earlier))
    return insert_new(connection, sa.insert(usage).values(key_id=key_id, day=day, calls=0))

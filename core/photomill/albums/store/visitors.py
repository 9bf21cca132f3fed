"""Visitors of public views and their favourites, in the catalog."""

import hashlib
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import sqlalchemy as sa
from attrs import evolve
from sqlalchemy.engine import Connection

from photomill.albums.model import Visitor
from photomill.albums.store.groups import hold
from photomill.albums.store.rows import RowTable
from photomill.albums.store.tables import favourites, photos, visitors
from photomill.errors import CapacityExceeded
from photomill.portions import portions


class VisitorTable(RowTable[Visitor]):
    """The visitors of one catalog."""

    kind, table, what = Visitor, visitors, "visitor"
    columns: ClassVar[Mapping[str, str]] = {"group": "group_id"}

    def find(self, group_id: str, secret: str) -> Visitor | None:
        """A visitor with the favourites, by what their browser keeps; None for one who marked nothing."""
        query = sa.select(visitors).where(_is(group_id, secret))
        found = self._with_favourites(self.select(query))
        return found[0] if found else None

    def of_group(self, group_id: str) -> list[Visitor]:
        """A group's visitors with their favourites, those who came last first."""
        query = sa.select(visitors).where(visitors.c.group_id == group_id)
        query = query.order_by(visitors.c.updated.desc(), visitors.c.id)
        return self._with_favourites(self.select(query))

    def sent_counts(self, group_ids: Sequence[str]) -> dict[str, int]:
        """How many visitors of each group sent their favourites; groups without any are left out."""
        query = sa.select(visitors.c.group_id, sa.func.count()).where(visitors.c.sent.is_not(None))
        counts: dict[str, int] = {}
        with self._catalog.read() as connection:
            for some in portions(group_ids):
                rows = connection.execute(
                    query.where(visitors.c.group_id.in_(some)).group_by(visitors.c.group_id)
                )
                counts.update((row[0], row[1]) for row in rows)
        return counts

    def add(self, group_id: str, secret: str, photo_id: str, limit: int) -> None:
        """Mark a photo. Does no harm twice.

        :param limit: of the group's visitors.
        :raises CapacityExceeded: there are as many already.
        """
        now = time.time()

        def mark(connection: Connection, visitor_id: str) -> None:
            marked = sa.select(favourites.c.created).where(_marks(visitor_id, photo_id))
            if connection.execute(marked).first() is None:
                values = {"visitor_id": visitor_id, "photo_id": photo_id, "created": now}
                connection.execute(sa.insert(favourites).values(**values))

        self._change(group_id, secret, now, limit, mark)

    def remove(self, group_id: str, secret: str, photo_id: str) -> None:
        """Take a mark back; whoever has none left and sent nothing is forgotten."""
        with self._catalog.write() as connection:
            hold(connection, group_id)
            found = connection.execute(_known(group_id, secret)).first()
            if found is None:
                return
            connection.execute(sa.delete(favourites).where(_marks(found.id, photo_id)))
            left = sa.select(favourites.c.photo_id).where(favourites.c.visitor_id == found.id)
            me = visitors.c.id == found.id
            connection.execute(
                sa.delete(visitors).where(me, visitors.c.sent.is_(None), ~left.exists())
            )
            connection.execute(sa.update(visitors).where(me).values(updated=time.time()))

    def send(self, group_id: str, secret: str, name: str, message: str, limit: int) -> None:
        """Note that a visitor sends the favourites.

        :raises CapacityExceeded: the group has as many visitors as it may.
        """
        now = time.time()

        def note(connection: Connection, visitor_id: str) -> None:
            values = {"name": name, "message": message, "sent": now}
            me = visitors.c.id == visitor_id
            connection.execute(sa.update(visitors).where(me).values(**values))

        self._change(group_id, secret, now, limit, note)

    def _change(
        self,
        group_id: str,
        secret: str,
        now: float,
        limit: int,
        change: Callable[[Connection, str], None],
    ) -> None:
        with self._catalog.write() as connection:
            hold(connection, group_id)
            found = connection.execute(_known(group_id, secret)).first()
            if found is None:
                counted = sa.select(sa.func.count()).where(visitors.c.group_id == group_id)
                if (connection.execute(counted).scalar() or 0) >= limit:
                    raise CapacityExceeded(f"no more than {limit} visitors may mark photos")
                new = Visitor(str(uuid.uuid4()), group_id, now, now)
                values = self.row(new) | {"secret": _digest(secret)}
                connection.execute(sa.insert(visitors).values(**values))
                change(connection, new.id)
            else:
                me = visitors.c.id == found.id
                connection.execute(sa.update(visitors).where(me).values(updated=now))
                change(connection, found.id)

    def _with_favourites(self, found: list[Visitor]) -> list[Visitor]:
        """With the photos that the group still shows."""
        marked: dict[str, list[str]] = {each.id: [] for each in found}
        query = (
            sa.select(favourites.c.visitor_id, favourites.c.photo_id)
            .join(visitors, visitors.c.id == favourites.c.visitor_id)
            .join(photos, photos.c.id == favourites.c.photo_id)
            .where(
                photos.c.group_id == visitors.c.group_id,
                photos.c.state == "ready",
                photos.c.deleted.is_(None),
            )
            .order_by(favourites.c.created, favourites.c.photo_id)
        )
        with self._catalog.read() as connection:
            for some in portions([each.id for each in found]):
                rows = connection.execute(query.where(favourites.c.visitor_id.in_(some)))
                for visitor_id, photo_id in rows:
                    marked[visitor_id].append(photo_id)
        return [evolve(each, favourites=tuple(marked[each.id])) for each in found]


def _known(group_id: str, secret: str) -> Any:
    return sa.select(visitors.c.id).where(_is(group_id, secret))


def _is(group_id: str, secret: str) -> Any:
    return sa.and_(visitors.c.group_id == group_id, visitors.c.secret == _digest(secret))


def _marks(visitor_id: str, photo_id: str) -> Any:
    return sa.and_(favourites.c.visitor_id == visitor_id, favourites.c.photo_id == photo_id)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()

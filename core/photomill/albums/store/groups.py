"""Groups in the catalog."""

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import sqlalchemy as sa
from attrs import evolve
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from photomill.albums.model import Group
from photomill.albums.store.rows import FLAG, JSON, Codec, RowTable
from photomill.albums.store.tables import group_tokens, groups, photos
from photomill.albums.tokens import new_token
from photomill.errors import CapacityExceeded, NotFound

_TRIES = 20


class GroupTable(RowTable[Group]):
    """The groups of one catalog."""

    kind, table, what = Group, groups, "group"
    columns: ClassVar[Mapping[str, str]] = {
        "owner": "owner_id",
        "brand": "brand_id",
        "when": "happened",
        "protected": "password",
    }
    codecs: ClassVar[Mapping[str, Codec]] = {"hidden": FLAG, "details": JSON, "password": FLAG}

    @classmethod
    def row(cls, value: Group) -> dict[str, Any]:
        """The columns of a group, but for the password, which is no part of it."""
        return {name: each for name, each in super().row(value).items() if name != "password"}

    def create(self, owner_id: str, brand_id: str, name: str, when: int, *, hidden: bool) -> Group:
        """Make a group, with a token that no group ever had.

        :raises CapacityExceeded: no such token is found.
        """
        for _ in range(_TRIES):
            now = time.time()
            group = Group(
                id=str(uuid.uuid4()),
                owner=owner_id,
                brand=brand_id,
                name=name,
                token=new_token(),
                when=when,
                created=now,
                updated=now,
                hidden=hidden,
            )
            if self._with_token(group, sa.insert(groups).values(**self.row(group), password="")):
                return group
        raise CapacityExceeded("no token is left")

    def renew_token(self, group: Group) -> Group:
        """Give a group another token, that no group ever had; the former opens nothing any more.

        :raises CapacityExceeded: no such token is found.
        """
        for _ in range(_TRIES):
            renewed = evolve(group, token=new_token(), updated=time.time())
            values = {"token": renewed.token, "updated": renewed.updated}
            changing = sa.update(groups).where(groups.c.id == group.id).values(**values)
            if self._with_token(renewed, changing):
                return renewed
        raise CapacityExceeded("no token is left")

    def _with_token(self, group: Group, statement: Any) -> bool:
        """Give out a group's token and keep the group; False where the token was given out before."""
        token = {"token": group.token, "token_key": group.token.lower(), "group_id": group.id}
        with self._catalog.write() as connection:
            try:
                connection.execute(sa.insert(group_tokens).values(**token))
            except IntegrityError:
                connection.rollback()
                return False
            connection.execute(statement)
        return True

    def by_token(self, token: str) -> Group:
        """Find a group that is not deleted: by the very token, else by one that differs in case alone.

        :raises NotFound: there is none, or more than one.
        """
        exact = sa.select(groups).where(groups.c.token == token, groups.c.deleted.is_(None))
        alike = (
            sa.select(groups)
            .join(group_tokens, group_tokens.c.token == groups.c.token)
            .where(group_tokens.c.token_key == token.lower(), groups.c.deleted.is_(None))
        )
        with self._catalog.read() as connection:
            row = connection.execute(exact).first()
            if row is None:
                rows = connection.execute(alike.limit(2)).all()
                row = rows[0] if len(rows) == 1 else None
        if row is None:
            raise NotFound(f"no group {token!r}")
        return self.value(row)

    def between(
        self,
        owner_id: str,
        begin: float,
        end: float,
        *,
        deleted: bool,
        limit: int,
        offset: int = 0,
        newest_first: bool = False,
    ) -> list[Group]:
        """An owner's groups by when they happened, their names and ids."""
        query = sa.select(groups).where(
            groups.c.owner_id == owner_id, groups.c.happened >= begin, groups.c.happened < end
        )
        if not deleted:
            query = query.where(groups.c.deleted.is_(None))
        when = groups.c.happened.desc() if newest_first else groups.c.happened
        query = query.order_by(when, groups.c.name, groups.c.id)
        return self.select(query.limit(limit).offset(offset))

    def of_brand(self, brand_id: str, *, hidden: bool, limit: int) -> list[Group]:
        """A brand's groups, newest first."""
        query = sa.select(groups).where(groups.c.brand_id == brand_id, groups.c.deleted.is_(None))
        if not hidden:
            query = query.where(groups.c.hidden == 0)
        query = query.order_by(groups.c.happened.desc(), groups.c.id).limit(limit)
        return self.select(query)

    def update(self, group: Group, before: Group) -> None:
        """Write what differs from before, and nothing that others may have changed meanwhile."""
        old = self.row(before)
        values = {name: value for name, value in self.row(group).items() if value != old[name]}
        if values:
            self.change(group.id, **values)

    def password(self, group_id: str) -> str:
        query = sa.select(groups.c.password).where(groups.c.id == group_id)
        with self._catalog.read() as connection:
            return str(connection.execute(query).scalar() or "")

    def counts(self, group_ids: Sequence[str]) -> dict[str, int]:
        """How many photos of each group are ready and not deleted."""
        query = (
            sa.select(photos.c.group_id, sa.func.count())
            .where(
                photos.c.group_id.in_(group_ids),
                photos.c.state == "ready",
                photos.c.deleted.is_(None),
            )
            .group_by(photos.c.group_id)
        )
        with self._catalog.read() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def deleted_before(self, moment: float) -> list[Group]:
        return self.select(sa.select(groups).where(groups.c.deleted < moment))


def hold(connection: Connection, group_id: str) -> None:
    """Have all others who hold a group wait until the transaction ends: for what is looked up before it is changed."""
    # A change, which SQLite too begins its transaction with.
    connection.execute(_HOLD, {"of_id": group_id})


def touch(connection: Connection, group_ids: Sequence[str], now: float) -> None:
    """Note that something in these groups changed."""
    connection.execute(_TOUCH, {"ids": list(group_ids), "now": now})


# Made once: to make a statement takes longer than to run it.
_HOLD = (
    sa.update(groups).where(groups.c.id == sa.bindparam("of_id")).values(updated=groups.c.updated)
)
_TOUCH = (
    sa.update(groups)
    .where(groups.c.id.in_(sa.bindparam("ids", expanding=True)))
    .values(updated=sa.bindparam("now"))
)

"""Groups in the catalog."""

import json
import time
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from attrs import evolve
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from photomill.albums.model import Group
from photomill.albums.store.tables import group_tokens, groups, photos
from photomill.albums.tokens import may_be_name, new_token
from photomill.catalog.catalog import Catalog
from photomill.errors import CapacityExceeded, NotFound

_TRIES = 20


class GroupTable:
    """The groups of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

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
            if self._insert(group):
                return group
        raise CapacityExceeded("no token is left")

    def _insert(self, group: Group) -> bool:
        """Keep a new group; False where its token was given out before."""
        token = {"token": group.token, "token_key": group.token.lower(), "group_id": group.id}
        with self._catalog.write() as connection:
            try:
                connection.execute(sa.insert(group_tokens).values(**token))
            except IntegrityError:
                connection.rollback()
                return False
            connection.execute(sa.insert(groups).values(**_row(group), password=""))
        return True

    def get(self, group_id: str) -> Group:
        """
        :raises NotFound: there is no such group; a deleted one is still there.
        """
        if not may_be_name(group_id):
            raise NotFound(f"no group {group_id!r}")
        with self._catalog.read() as connection:
            row = connection.execute(sa.select(groups).where(groups.c.id == group_id)).first()
        if row is None:
            raise NotFound(f"no group {group_id!r}")
        return _to_group(row)

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
        return _to_group(row)

    def between(
        self,
        owner_id: str,
        begin: float,
        end: float,
        *,
        deleted: bool,
        limit: int,
        offset: int = 0,
    ) -> list[Group]:
        """An owner's groups by when they happened, their names and ids."""
        query = sa.select(groups).where(
            groups.c.owner_id == owner_id, groups.c.happened >= begin, groups.c.happened < end
        )
        if not deleted:
            query = query.where(groups.c.deleted.is_(None))
        query = query.order_by(groups.c.happened, groups.c.name, groups.c.id)
        with self._catalog.read() as connection:
            return [_to_group(row) for row in connection.execute(query.limit(limit).offset(offset))]

    def of_brand(self, brand_id: str, *, hidden: bool, limit: int) -> list[Group]:
        """A brand's groups, newest first."""
        query = sa.select(groups).where(groups.c.brand_id == brand_id, groups.c.deleted.is_(None))
        if not hidden:
            query = query.where(groups.c.hidden == 0)
        query = query.order_by(groups.c.happened.desc(), groups.c.id).limit(limit)
        with self._catalog.read() as connection:
            return [_to_group(row) for row in connection.execute(query)]

    def update(self, group: Group, before: Group) -> None:
        """Write what differs from before, and nothing that others may have changed meanwhile."""
        old = _row(before)
        values = {name: value for name, value in _row(group).items() if value != old[name]}
        if values:
            with self._catalog.write() as connection:
                connection.execute(
                    sa.update(groups).where(groups.c.id == group.id).values(**values)
                )

    def set_password(self, group_id: str, password: str) -> None:
        """Keep a hash; empty for none."""
        with self._catalog.write() as connection:
            connection.execute(
                sa.update(groups).where(groups.c.id == group_id).values(password=password)
            )

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
        query = sa.select(groups).where(groups.c.deleted < moment)
        with self._catalog.read() as connection:
            return [_to_group(row) for row in connection.execute(query)]

    def purge(self, group_id: str) -> None:
        """Forget a group and its photos; its token stays taken."""
        with self._catalog.write() as connection:
            connection.execute(sa.delete(groups).where(groups.c.id == group_id))


def touch(connection: Connection, group_ids: Sequence[str], now: float) -> None:
    """Note that something in these groups changed."""
    connection.execute(sa.update(groups).where(groups.c.id.in_(group_ids)).values(updated=now))


def _row(group: Group) -> dict[str, Any]:
    return {
        "id": group.id,
        "owner_id": group.owner,
        "brand_id": group.brand,
        "name": group.name,
        "token": group.token,
        "happened": group.when,
        "thumb": group.thumb,
        "hidden": int(group.hidden),
        "expires": group.expires,
        "uploading": group.uploading,
        "details": json.dumps(dict(group.details)),
        "created": group.created,
        "updated": group.updated,
        "deleted": group.deleted,
    }


def _to_group(row: Any) -> Group:
    group = Group(
        id=row.id,
        owner=row.owner_id,
        brand=row.brand_id,
        name=row.name,
        token=row.token,
        when=row.happened,
        created=row.created,
        updated=row.updated,
    )
    return evolve(
        group,
        thumb=row.thumb,
        deleted=row.deleted,
        hidden=bool(row.hidden),
        protected=bool(row.password),
        expires=row.expires,
        uploading=row.uploading,
        details=json.loads(row.details),
    )

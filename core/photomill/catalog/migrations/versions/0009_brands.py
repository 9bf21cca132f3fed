"""Give every owner a primary brand, and compare vanity URLs whatever their composition."""

import time
import uuid

import sqlalchemy as sa
from alembic import op
from sqlalchemy.engine import Connection

from photomill.names import folded

revision = "0009"
down_revision = "0008"

_owners = sa.table("owners", sa.column("id"), sa.column("name"), sa.column("primary_brand"))
_brands = sa.table(
    "brands",
    sa.column("id"),
    sa.column("owner_id"),
    sa.column("name"),
    sa.column("vanity_url"),
    sa.column("vanity_key"),
    sa.column("details"),
    sa.column("created"),
)


def upgrade() -> None:
    connection = op.get_bind()
    _fold_vanity_urls(connection)
    without = sa.select(_owners).where(_owners.c.primary_brand == "")
    for owner in connection.execute(without).all():
        brand = _oldest_brand(connection, owner.id) or _made_brand(connection, owner)
        connection.execute(
            sa.update(_owners).where(_owners.c.id == owner.id).values(primary_brand=brand)
        )


def _fold_vanity_urls(connection: Connection) -> None:
    """Of two that were unlike until now and are not, the older takes the common key."""
    rows = connection.execute(sa.select(_brands).order_by(_brands.c.created, _brands.c.id)).all()
    taken = {row.vanity_key for row in rows}
    for row in rows:
        key = folded(row.vanity_url)
        if key not in taken:
            taken.add(key)
            connection.execute(
                sa.update(_brands).where(_brands.c.id == row.id).values(vanity_key=key)
            )


def _oldest_brand(connection: Connection, owner_id: str) -> str | None:
    query = (
        sa.select(_brands.c.id)
        .where(_brands.c.owner_id == owner_id)
        .order_by(_brands.c.created, _brands.c.id)
        .limit(1)
    )
    return connection.execute(query).scalar()


def _made_brand(connection: Connection, owner: sa.Row[tuple[str, str, str]]) -> str:
    identity = str(uuid.uuid4())
    taken = sa.select(_brands.c.id).where(_brands.c.vanity_key == owner.id)
    vanity = identity if connection.execute(taken).first() else owner.id
    connection.execute(
        sa.insert(_brands).values(
            id=identity,
            owner_id=owner.id,
            name=owner.name,
            vanity_url=vanity,
            vanity_key=vanity,
            details="{}",
            created=time.time(),
        )
    )
    return identity

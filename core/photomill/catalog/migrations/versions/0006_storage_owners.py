"""Registered storages by owner, and tasks of keys without an owner by key.

What was registered or submitted before is given to its owner where only one can have done it: one owner, or one key
without an owner, that has the scope. Other storages become the operator's alone, who can hand them over.
"""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op
from sqlalchemy.engine import Connection

revision = "0006"
down_revision = "0005"

_keys = sa.table("keys", sa.column("id"), sa.column("owner"), sa.column("scopes"))
_storages = sa.table(
    "storages", sa.column("id"), sa.column("owner"), sa.column("trusted", sa.Boolean)
)
_jobs = sa.table("jobs", sa.column("owner"), sa.column("kind"))


def upgrade() -> None:
    connection = op.get_bind()
    last = _last_number(connection)
    with op.batch_alter_table("storages", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.add_column(sa.Column("owner", sa.Text, nullable=False, server_default=""))
        table.drop_constraint("uq_storages_name", type_="unique")
        table.create_unique_constraint("uq_storages_owner_name", ["owner", "name"])
    with op.batch_alter_table("storages", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.alter_column("owner", server_default=None)
    _keep_numbers(connection, last)
    holders = _holders(connection, {"storage", "admin"})
    if len(holders) == 1:
        by_clients = sa.update(_storages).where(_storages.c.trusted.is_(False))
        connection.execute(by_clients.values(owner=holders.pop()))
    editors = _holders(connection, {"image_editing", "admin"}, without_owner=True)
    if len(editors) == 1:
        edits = sa.update(_jobs).where(
            _jobs.c.owner == "", _jobs.c.kind.in_(("edit", "edit_batch"))
        )
        connection.execute(edits.values(owner=editors.pop()))


def _holders(
    connection: Connection, scopes: Iterable[str], *, without_owner: bool = False
) -> set[str]:
    """Whose keys have one of the scopes, revoked ones too."""
    found = connection.execute(sa.select(_keys)).all()
    return {
        key.owner or key.id
        for key in found
        if not set(scopes).isdisjoint(key.scopes.split()) and not (without_owner and key.owner)
    }


def _last_number(connection: Connection) -> int:
    if connection.dialect.name != "sqlite":
        return 0
    query = sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'storages'")
    return int(connection.execute(query).scalar() or 0)


def _keep_numbers(connection: Connection, last: int) -> None:
    """A table that was made anew would use the numbers of storages that are gone again."""
    if connection.dialect.name != "sqlite" or not last:
        return
    update = sa.text("UPDATE sqlite_sequence SET seq = :last WHERE name = 'storages'")
    if not connection.execute(update, {"last": last}).rowcount:
        insert = sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('storages', :last)")
        connection.execute(insert, {"last": last})

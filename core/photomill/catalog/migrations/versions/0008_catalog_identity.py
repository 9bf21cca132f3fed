"""The catalog's own identity: how a data folder and a connection know that it is still the same one."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    table = op.create_table(
        "catalog_identity",
        sa.Column("id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_catalog_identity"),
    )
    op.bulk_insert(table, [{"id": str(uuid.uuid4())}])

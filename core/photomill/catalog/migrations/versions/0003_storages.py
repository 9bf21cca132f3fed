"""Registered storages."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "storages",
        sa.Column("id", serial, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("type", sa.String(20), nullable=False),
        sa.Column("parameters", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("trusted", sa.Boolean, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_storages"),
        sa.UniqueConstraint("name", name="uq_storages_name"),
        sqlite_autoincrement=True,
    )

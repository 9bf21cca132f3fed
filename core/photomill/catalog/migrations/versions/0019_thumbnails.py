"""Thumbnails of records, and which collections have them. Collections from before have none until they are told to."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column(
        "collections",
        sa.Column("thumbnails", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "thumbnails",
        sa.Column("serial", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("collection_id", sa.String(36), nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_thumbnails"),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collections.id"],
            name="fk_thumbnails_collection_id_collections",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("token", name="uq_thumbnails_token"),
    )
    op.create_index("ix_thumbnails_collection_id", "thumbnails", ["collection_id"])

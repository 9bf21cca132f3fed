"""Vectors of another version of a collection's embedder, until all records have one."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "converted_vectors",
        sa.Column("serial", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("collection_id", sa.String(36), nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_converted_vectors"),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collections.id"],
            name="fk_converted_vectors_collection_id_collections",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_converted_vectors_collection_id", "converted_vectors", ["collection_id"])

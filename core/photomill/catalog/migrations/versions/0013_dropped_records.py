"""Records that were dropped and can be restored, and near-duplicates that all are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "dropped_records",
        sa.Column("serial", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("collection_id", sa.String(36), nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("perceptual_hash", sa.BigInteger),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("format", sa.String(8), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("hashes", sa.LargeBinary),
        sa.Column("signature", sa.LargeBinary),
        sa.Column("dropped", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_dropped_records"),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collections.id"],
            name="fk_dropped_records_collection_id_collections",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_dropped_records_collection_id_id", "dropped_records", ["collection_id", "id"]
    )
    op.create_index(
        "ix_dropped_records_collection_id_dropped", "dropped_records", ["collection_id", "dropped"]
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("serial", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("collection_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("id", "serial", name="pk_reviews"),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collections.id"],
            name="fk_reviews_collection_id_collections",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_reviews_collection_id", "reviews", ["collection_id"])

"""What jobs found that compared all records of a collection."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "duplicate_passes",
        sa.Column("job", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("collection_id", sa.String(36), nullable=False),
        sa.Column("radius", sa.Float, nullable=False),
        sa.Column("filter", sa.Text, nullable=False),
        sa.Column("strict", sa.Integer, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("uncompared", sa.BigInteger, nullable=False),
        sa.Column("approximate", sa.Integer, nullable=False),
        sa.Column("finished", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("job", name="pk_duplicate_passes"),
        _of_collection("duplicate_passes"),
    )
    op.create_index("ix_duplicate_passes_collection_id", "duplicate_passes", ["collection_id"])
    op.create_table(
        "duplicate_pairs",
        sa.Column("job", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("part", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("first", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("second", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("collection_id", sa.String(36), nullable=False),
        sa.Column("distance", sa.Float, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.PrimaryKeyConstraint("job", "part", "first", "second", name="pk_duplicate_pairs"),
        _of_collection("duplicate_pairs"),
    )
    op.create_index("ix_duplicate_pairs_collection_id", "duplicate_pairs", ["collection_id"])
    op.create_index("ix_duplicate_pairs_job_distance", "duplicate_pairs", ["job", "distance"])


def _of_collection(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["collection_id"],
        ["collections.id"],
        name=f"fk_{table}_collection_id_collections",
        ondelete="CASCADE",
    )

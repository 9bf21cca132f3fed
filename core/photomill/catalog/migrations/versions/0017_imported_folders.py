"""The folders that images were imported from."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "imported_folders",
        sa.Column("collection_id", sa.String(36), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("collection_id", "path", name="pk_imported_folders"),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collections.id"],
            name="fk_imported_folders_collection_id_collections",
            ondelete="CASCADE",
        ),
    )

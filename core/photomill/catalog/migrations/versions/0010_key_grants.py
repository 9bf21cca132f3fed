"""Grants that were redeemed for keys, so that each serves once, and the keys that came of it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("keys", sa.Column("grant_id", sa.Text))
    op.create_index("ix_keys_grant_id", "keys", ["grant_id"])
    op.create_table(
        "redeemed_grants",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("expires", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_redeemed_grants"),
    )

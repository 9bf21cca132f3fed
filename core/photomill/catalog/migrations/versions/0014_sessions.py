"""Browsers that signed in with a key, and links that sign one in."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("key_id", sa.String(36), nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("expires", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_sessions"),
        sa.ForeignKeyConstraint(
            ["key_id"], ["keys.id"], name="fk_sessions_key_id_keys", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_sessions_key_id", "sessions", ["key_id"])
    op.create_table(
        "sign_in_links",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("key_id", sa.String(36), nullable=False),
        sa.Column("expires", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_sign_in_links"),
        sa.ForeignKeyConstraint(
            ["key_id"], ["keys.id"], name="fk_sign_in_links_key_id_keys", ondelete="CASCADE"
        ),
    )

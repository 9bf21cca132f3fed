"""How many calls keys made on a day."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "usage",
        sa.Column("key_id", sa.String(36), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("calls", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key_id", "day", name="pk_usage"),
        sa.ForeignKeyConstraint(
            ["key_id"], ["keys.id"], name="fk_usage_key_id", ondelete="CASCADE"
        ),
    )

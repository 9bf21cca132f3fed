"""How much of a rate limit is left, for all processes."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "rates",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("caller", sa.String(100), nullable=False),
        sa.Column("level", sa.Float, nullable=False),
        sa.Column("since", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("name", "caller", name="pk_rates"),
    )

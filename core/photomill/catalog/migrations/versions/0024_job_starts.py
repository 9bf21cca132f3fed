"""When somebody first began to work on a job; nobody knows it of those from before."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("started", sa.Float))

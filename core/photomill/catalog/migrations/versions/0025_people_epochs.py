"""How often the people of a collection were forgotten; nobody counted before."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.add_column(
        "collections",
        sa.Column("people_epoch", sa.BigInteger, nullable=False, server_default="0"),
    )

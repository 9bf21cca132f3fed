"""When people last lost faces or got others', for those who remember them. Nobody did before."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column(
        "people", sa.Column("sequence", sa.BigInteger, nullable=False, server_default="0")
    )
    for table, column in (("people", "sequence"), ("faces", "number")):
        op.drop_index(f"ix_{table}_collection_id", table)
        op.create_index(f"ix_{table}_collection_id_{column}", table, ["collection_id", column])

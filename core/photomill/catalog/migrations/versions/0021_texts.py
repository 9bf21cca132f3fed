"""What is written in images of records, and which collections want to know. None did before."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column(
        "collections",
        sa.Column("texts", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "texts",
        sa.Column("serial", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_texts"),
        sa.ForeignKeyConstraint(
            ["serial"], ["records.serial"], name="fk_texts_serial_records", ondelete="CASCADE"
        ),
    )
    op.add_column("dropped_records", sa.Column("text", sa.Text))
    op.add_column("dropped_records", sa.Column("kind", sa.String(16)))

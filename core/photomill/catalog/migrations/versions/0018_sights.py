"""What records' pictures show: their likeliest classes, and their colours."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "sights",
        sa.Column("serial", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("classes", sa.LargeBinary, nullable=False),
        sa.Column("colours", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_sights"),
        sa.ForeignKeyConstraint(
            ["serial"], ["records.serial"], name="fk_sights_serial_records", ondelete="CASCADE"
        ),
    )
    for name in ("classes", "colours"):
        op.add_column("dropped_records", sa.Column(name, sa.LargeBinary))

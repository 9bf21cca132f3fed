"""What is kept of pictures so that they can be compared in detail."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "signatures",
        sa.Column("serial", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_signatures"),
        sa.ForeignKeyConstraint(
            ["serial"], ["records.serial"], name="fk_signatures_serial_records", ondelete="CASCADE"
        ),
    )

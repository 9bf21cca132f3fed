"""Whether a folder was imported, or files of it that were named themselves; before, both counted as the first."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.add_column(
        "imported_folders",
        sa.Column("searched", sa.Boolean, nullable=False, server_default=sa.true()),
    )

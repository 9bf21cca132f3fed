"""What ran when a process ended, whether items were lost, and where messages go."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for table, prefix in (("job_items", ""), ("jobs", "steward_")):
        _add(table, sa.Column(f"{prefix}begun", sa.Float, nullable=False, server_default="0"))
        for name in ("interruptions", "deaths"):
            column = sa.Column(f"{prefix}{name}", sa.Integer, nullable=False, server_default="0")
            _add(table, column)
    _add("jobs", sa.Column("lost", sa.BigInteger, nullable=False, server_default="0"))
    _add("deliveries", sa.Column("host", sa.Text, nullable=False, server_default=""))
    _add("deliveries", sa.Column("refused", sa.Integer, nullable=False, server_default="0"))
    _add("workers", sa.Column("boot", sa.String(64), nullable=False, server_default=""))
    # Attempts were counted when items were claimed; nothing is known of those that are held.
    op.execute("UPDATE job_items SET attempts = 0 WHERE state IN ('waiting', 'processing')")
    op.execute("UPDATE deliveries SET refused = attempt WHERE worker = ''")


def _add(table: str, column: "sa.Column[Any]") -> None:
    op.add_column(table, column)

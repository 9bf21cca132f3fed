"""Jobs, their items, the messages about their ends, and who works on them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("number", serial, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("idempotency_key", sa.Text),
        sa.Column("callback_uri", sa.Text, nullable=False),
        sa.Column("callback_format", sa.Text, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("finished", sa.Float),
        sa.Column("expires", sa.Float),
        sa.Column("found", sa.BigInteger, nullable=False),
        sa.Column("listed", sa.Integer, nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("failed", sa.BigInteger, nullable=False),
        sa.Column("skipped", sa.BigInteger, nullable=False),
        sa.Column("steward", sa.String(36), nullable=False),
        sa.Column("steward_due", sa.Float, nullable=False),
        sa.Column("steward_attempts", sa.Integer, nullable=False),
        sa.Column("result", sa.Text),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("error_detail", sa.Text),
        sa.PrimaryKeyConstraint("number", name="pk_jobs"),
        sa.UniqueConstraint("id", name="uq_jobs_id"),
        sa.UniqueConstraint(
            "owner", "kind", "idempotency_key", name="uq_jobs_owner_kind_idempotency_key"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_jobs_state_number", "jobs", ["state", "number"])
    op.create_index("ix_jobs_expires", "jobs", ["expires"])
    op.create_table(
        "job_items",
        sa.Column("job", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("due", sa.Float, nullable=False),
        sa.Column("worker", sa.String(36), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("input", sa.Text, nullable=False),
        sa.Column("result", sa.Text),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("error_detail", sa.Text),
        sa.Column("finished", sa.Float),
        sa.PrimaryKeyConstraint("job", "position", name="pk_job_items"),
        sa.ForeignKeyConstraint(
            ["job"], ["jobs.number"], name="fk_job_items_job", ondelete="CASCADE"
        ),
    )
    op.create_index(
        "ix_job_items_job_state_due_position", "job_items", ["job", "state", "due", "position"]
    )
    op.create_index("ix_job_items_worker", "job_items", ["worker"])
    op.create_index("ix_job_items_job_name", "job_items", ["job", "name"])
    op.create_table(
        "deliveries",
        sa.Column("job", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("due", sa.Float, nullable=False),
        sa.Column("worker", sa.String(36), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("job", name="pk_deliveries"),
        sa.ForeignKeyConstraint(
            ["job"], ["jobs.number"], name="fk_deliveries_job", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_deliveries_state_due", "deliveries", ["state", "due"])
    op.create_table(
        "workers",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("seen", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )

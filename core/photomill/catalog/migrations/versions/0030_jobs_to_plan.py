"""Jobs that are to be listed or finished are found by an index, however many others wait for their items."""

from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    # From here on, one that has no items waits for none.
    op.execute(
        "UPDATE jobs SET state = 'processing' WHERE state = 'waiting' AND listed = 1 AND found = 0"
    )
    op.create_index(
        "ix_jobs_listed_state_steward_due_number",
        "jobs",
        ["listed", "state", "steward_due", "number"],
    )

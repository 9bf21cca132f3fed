"""On PostgreSQL, a job that gets on tells nobody until it may be finished: each item that ended woke every worker."""

from alembic import op

revision = "0029"
down_revision = "0028"

_INSERTED = """
    CREATE TRIGGER photomill_notify_jobs AFTER INSERT ON jobs
    FOR EACH STATEMENT EXECUTE FUNCTION photomill_notify_jobs()
"""

# What makes work: another state, a listing that ended or was let go, and items that have all ended.
_CHANGED = """
    CREATE TRIGGER photomill_notify_changed AFTER UPDATE ON jobs
    FOR EACH ROW WHEN (
        OLD.state <> NEW.state
        OR OLD.listed <> NEW.listed
        OR OLD.steward_due <> NEW.steward_due
        OR (OLD.steward <> '' AND NEW.steward = '')
        OR (NEW.listed = 1 AND NEW.done + NEW.failed + NEW.skipped >= NEW.found)
    ) EXECUTE FUNCTION photomill_notify_jobs()
"""


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("DROP TRIGGER photomill_notify_jobs ON jobs")
    op.execute(_INSERTED)
    op.execute(_CHANGED)

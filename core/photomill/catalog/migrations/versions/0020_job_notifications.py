"""On PostgreSQL, tell whoever listens that jobs, their items or messages about them changed so that there may be work."""

from alembic import op

revision = "0020"
down_revision = "0019"

_NOTIFY = """
    CREATE FUNCTION photomill_notify_jobs() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('photomill_jobs', '');
        RETURN NULL;
    END $$
"""

_EACH_STATEMENT = """
    CREATE TRIGGER photomill_notify_{name} AFTER {events} ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION photomill_notify_jobs()
"""

# What is claimed and done is nobody else's work.
_EACH_RELEASED = """
    CREATE TRIGGER photomill_notify_released AFTER UPDATE ON job_items
    FOR EACH ROW WHEN (NEW.state = 'waiting') EXECUTE FUNCTION photomill_notify_jobs()
"""


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(_NOTIFY)
    for table, events in (
        ("jobs", "INSERT OR UPDATE"),
        ("deliveries", "INSERT OR UPDATE"),
        ("job_items", "INSERT"),
    ):
        op.execute(_EACH_STATEMENT.format(name=table, table=table, events=events))
    op.execute(_EACH_RELEASED)

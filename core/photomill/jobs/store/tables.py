"""The catalog's tables of jobs, their items, and the messages about their ends."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    literal,
)

from photomill.catalog.schema import Serial, metadata
from photomill.jobs.model import RUNNING_STATES

LARGEST = 2**63 - 1
"""The largest integer that databases take."""

jobs = Table(
    "jobs",
    metadata,
    Column("number", Serial, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("plan", Text, nullable=False),
    # NULL for none, which is unlike every other NULL.
    Column("idempotency_key", Text),
    Column("callback_uri", Text, nullable=False),
    Column("callback_format", Text, nullable=False),
    Column("created", Float, nullable=False),
    # When its items were first listed.
    Column("started", Float),
    Column("finished", Float),
    # When an ended job may be forgotten; one whose time has come is not seen any more.
    Column("expires", Float),
    # Items stored so far, and whether these are all.
    Column("found", BigInteger, nullable=False),
    Column("listed", Integer, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("skipped", BigInteger, nullable=False),
    # Of the failed ones: those that were given up, though nothing is known to be wrong with them.
    Column("lost", BigInteger, nullable=False, server_default="0"),
    # Who lists or finishes, when that may be begun again, and how often it was without getting on.
    Column("steward", String(36), nullable=False, key="planner"),
    Column("steward_due", Float, nullable=False, key="planner_due"),
    Column("steward_attempts", Integer, nullable=False, key="planner_attempts"),
    # As of an item, below.
    Column("steward_begun", Float, nullable=False, server_default="0", key="planner_started"),
    Column(
        "steward_interruptions",
        Integer,
        nullable=False,
        server_default="0",
        key="planner_interruptions",
    ),
    Column("steward_deaths", Integer, nullable=False, server_default="0", key="planner_deaths"),
    Column("result", Text),
    Column("error", Text, nullable=False),
    Column("error_detail", Text),
    UniqueConstraint("owner", "kind", "idempotency_key"),
    Index(None, "state", "number"),
    # What is to be listed or finished is found by it.
    Index(None, "listed", "state", "planner_due", "number"),
    Index(None, "expires"),
    sqlite_autoincrement=True,
)


def _job() -> Column[int]:
    reference = ForeignKey("jobs.number", ondelete="CASCADE")
    return Column("job", BigInteger, reference, primary_key=True, autoincrement=False)


job_items = Table(
    "job_items",
    metadata,
    _job(),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    # As JSON: a file's name may hold what a database refuses.
    Column("name", Text, nullable=False),
    Column("state", String(12), nullable=False),
    # Of a waiting item: not before.
    Column("due", Float, nullable=False),
    Column("worker", String(36), nullable=False, index=True),
    # How often it was started, but for those times when its process ended with it.
    Column("attempts", Integer, nullable=False),
    # When its worker started it; 0 where it is only held.
    Column("begun", Float, nullable=False, server_default="0", key="started"),
    # How often its process ended while it ran, and how often while nothing else did.
    Column("interruptions", Integer, nullable=False, server_default="0"),
    Column("deaths", Integer, nullable=False, server_default="0"),
    Column("input", Text, nullable=False),
    Column("result", Text),
    Column("error", Text, nullable=False),
    Column("error_detail", Text),
    Column("finished", Float),
    Index(None, "job", "state", "due", "position"),
    Index(None, "job", "name"),
)

# Values one by one: a list of them is written into the statement anew at each run.
is_running = jobs.c.state.in_([literal(each, jobs.c.state.type) for each in RUNNING_STATES])

deliveries = Table(
    "deliveries",
    metadata,
    _job(),
    Column("format", Text, nullable=False),
    Column("state", String(12), nullable=False),
    # When the next try begins.
    Column("due", Float, nullable=False),
    Column("worker", String(36), nullable=False),
    Column("attempt", Integer, nullable=False),
    # Tries that the receiver did not take; the other ones ended with their process.
    Column("refused", Integer, nullable=False, server_default="0"),
    # Where it goes: host and port.
    Column("host", Text, nullable=False, server_default=""),
    Column("error", Text, nullable=False),
    Index(None, "state", "due"),
)

workers = Table(
    "workers",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("seen", Float, nullable=False),
    # Which start of which machine it is of; empty where that is unknown.
    Column("boot", String(64), nullable=False, server_default=""),
)

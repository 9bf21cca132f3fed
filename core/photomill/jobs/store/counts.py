"""How much the jobs of a catalog are, and how much of them is still to be done."""

import time
from collections.abc import Mapping

import sqlalchemy as sa
from attrs import frozen

from photomill.catalog.catalog import Catalog
from photomill.jobs.store.tables import deliveries, is_running, jobs


@frozen
class JobCounts:
    """
    :ivar jobs: that are remembered, by kind and state.
    :ivar waiting_items: listed items of running jobs that have not ended, by kind.
    :ivar oldest_seconds: how long ago the oldest job was submitted that has not ended, by kind.
    :ivar deliveries: messages that are still to be delivered.
    """

    jobs: Mapping[tuple[str, str], int]
    waiting_items: Mapping[str, int]
    oldest_seconds: Mapping[str, float]
    deliveries: int


def count_jobs(catalog: Catalog) -> JobCounts:
    """Count, without looking at a single item: there may be millions."""
    by_state = sa.select(jobs.c.kind, jobs.c.state, sa.func.count()).group_by(
        jobs.c.kind, jobs.c.state
    )
    undone = jobs.c.found - jobs.c.done - jobs.c.failed - jobs.c.skipped
    running = (
        sa.select(jobs.c.kind, sa.func.sum(undone), sa.func.min(jobs.c.created))
        .where(is_running)
        .group_by(jobs.c.kind)
    )
    pending = (
        sa.select(sa.func.count()).select_from(deliveries).where(deliveries.c.state == "pending")
    )
    with catalog.read() as connection:
        counted = connection.execute(by_state).all()
        waiting = connection.execute(running).all()
        undelivered = connection.execute(pending).scalar_one()
    now = time.time()
    return JobCounts(
        jobs={(kind, state): count for kind, state, count in counted},
        waiting_items={kind: int(items) for kind, items, _ in waiting},
        oldest_seconds={kind: max(0.0, now - created) for kind, _, created in waiting},
        deliveries=undelivered,
    )

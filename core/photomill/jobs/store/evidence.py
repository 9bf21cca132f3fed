"""What the end of a process says about the units of work that it did: items, listings, finishes.

A unit that ends its process again and again must be given up, and one that was there by chance must not. Most
processes are ended from outside: the units that they held are put back, and nothing is counted that could end a job.

* Units that were only held, and all units where the machine stopped too, are put back as if nothing had happened.
* Units that ran are *interrupted*, and so are the few whose starts were stored ahead; none are while a unit is held that was
  interrupted. One that was interrupted twice runs alone from then on.
* A process that ends while a single unit ran is a *death*, which is all that counts against that unit; it rests
  longer after each.
* A process that ends while nothing ran was ended from outside. So may the others have been: what counted against
  units that wait is forgotten.
"""

import time

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from photomill.jobs.model import ItemState
from photomill.jobs.store.tables import deliveries, job_items, jobs

_LONGEST_REST = 60.0


def note_death(connection: Connection, worker: str, retry_delay: float) -> None:
    """Note what a process' end says about the units that it did; they are put back afterwards.

    :param retry_delay: seconds that a unit rests after its second death; then twice as long each time.
    """
    ran = job_items.c.worker == worker, job_items.c.started > 0
    kept = jobs.c.planner == worker, jobs.c.planner_started > 0
    items = connection.execute(sa.select(job_items.c.deaths).where(*ran)).scalars().all()
    planned = connection.execute(sa.select(jobs.c.planner_deaths).where(*kept)).scalars().all()
    if not items and not planned:
        _forget_deaths(connection)
        return
    alone = int(len(items) + len(planned) == 1)
    deaths = max([*items, *planned]) + 1
    rests = alone and deaths > 1
    due = time.time() + min(_LONGEST_REST, retry_delay * 2.0 ** (deaths - 2)) if rests else 0.0
    connection.execute(
        sa.update(job_items)
        .where(*ran)
        .values(
            interruptions=job_items.c.interruptions + 1,
            deaths=job_items.c.deaths + alone,
            due=due,
        )
    )
    connection.execute(
        sa.update(jobs)
        .where(*kept)
        .values(
            planner_interruptions=jobs.c.planner_interruptions + 1,
            planner_deaths=jobs.c.planner_deaths + alone,
            planner_due=due,
        )
    )


def put_back(connection: Connection, worker: str) -> None:
    """Take everything from a worker, as if it had never been tried."""
    put_items_back(connection, worker)
    attempts = jobs.c.planner_attempts
    # A listing that got on has none to take away.
    uncounted = sa.case((sa.and_(jobs.c.planner_started > 0, attempts > 0), attempts - 1))
    connection.execute(
        sa.update(jobs)
        .where(jobs.c.planner == worker)
        .values(
            planner="", planner_attempts=sa.func.coalesce(uncounted, attempts), planner_started=0.0
        )
    )
    connection.execute(sa.update(deliveries).where(deliveries.c.worker == worker).values(worker=""))


def put_items_back(connection: Connection, worker: str) -> None:
    """Take its items from a worker, as if they had never been tried."""
    connection.execute(
        sa.update(job_items)
        .where(job_items.c.worker == worker, job_items.c.state == ItemState.PROCESSING)
        .values(
            state=ItemState.WAITING,
            worker="",
            attempts=job_items.c.attempts - sa.case((job_items.c.started > 0, 1), else_=0),
            started=0.0,
        )
    )


def _forget_deaths(connection: Connection) -> None:
    connection.execute(
        sa.update(job_items)
        .where(job_items.c.state == ItemState.WAITING, job_items.c.deaths > 0)
        .values(deaths=0)
    )
    connection.execute(sa.update(jobs).where(jobs.c.planner_deaths > 0).values(planner_deaths=0))

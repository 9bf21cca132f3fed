"""Messages that are still to be delivered."""

import time
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from attrs import frozen

from photomill.catalog.catalog import Catalog
from photomill.jobs.store.tables import deliveries, jobs


@frozen
class DueDelivery:
    """
    :ivar job: the number of the job that ended.
    :ivar attempt: 1 for the first.
    :ivar refused: how many of those before the receiver did not take.
    :ivar host: where it goes: host and port.
    :ivar uri: where it goes.
    """

    job: int
    attempt: int
    refused: int
    host: str
    uri: str


class DeliveryTable:
    """The deliveries of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def claim(
        self,
        worker: str,
        formats: Collection[str],
        *,
        busy_hosts: Collection[str] = (),
        busy_uris: Collection[str] = (),
    ) -> DueDelivery | None:
        """Claim a delivery that is due.

        Its attempt counts from now: a receiver that was reached before this process died can tell the repeat.

        :param formats: of messages; those of others are left to processes that can make them.
        :param busy_hosts: that get no more for now.
        :param busy_uris: likewise.
        """
        values = _values(formats, busy_hosts, busy_uris)
        with self._catalog.read() as connection:
            rows = connection.execute(_DUE, {**values, "now": time.time()}).all()
        for job, attempt, refused, host, uri in rows:
            statement = sa.update(deliveries).where(deliveries.c.job == job, *_UNSENT)
            with self._catalog.write() as connection:
                values = {"worker": worker, "attempt": attempt + 1}
                if connection.execute(statement.values(**values)).rowcount:
                    return DueDelivery(job, attempt + 1, refused, host, uri)
        return None

    def next_due(
        self,
        formats: Collection[str],
        *,
        busy_hosts: Collection[str] = (),
        busy_uris: Collection[str] = (),
    ) -> float | None:
        """When the next delivery of these formats is due, in seconds since the epoch; parameters as of :meth:`claim`."""
        values = _values(formats, busy_hosts, busy_uris)
        with self._catalog.read() as connection:
            return connection.execute(_NEXT_DUE, values).scalar()

    def let_go(self, worker: str, *, but: Collection[int]) -> None:
        """Let somebody make the deliveries that a worker holds.

        :param but: jobs whose messages it delivers.
        """
        statement = sa.update(deliveries).where(
            deliveries.c.worker == worker, deliveries.c.job.not_in(list(but))
        )
        with self._catalog.write() as connection:
            connection.execute(statement.values(worker=""))

    def end(self, delivery: DueDelivery, state: str, error: str = "") -> None:
        """Deliver it no more: it was ``delivered``, or has ``failed`` for good."""
        self._update(delivery, state=state, worker="", error=error)

    def put_off(self, delivery: DueDelivery, due: float, error: str) -> None:
        """Try again later, since the receiver did not take it."""
        refused = delivery.refused + 1
        self._update(delivery, worker="", due=due, error=error, refused=refused)

    def _update(self, delivery: DueDelivery, **values: str | float) -> None:
        statement = sa.update(deliveries).where(
            deliveries.c.job == delivery.job, deliveries.c.attempt == delivery.attempt
        )
        with self._catalog.write() as connection:
            connection.execute(statement.values(**values))


def _values(
    formats: Collection[str], busy_hosts: Collection[str], busy_uris: Collection[str]
) -> dict[str, Any]:
    """The parameters of :data:`_OPEN`."""
    return {
        "formats": list(formats),
        "busy_hosts": list(busy_hosts),
        "busy_uris": list(busy_uris),
    }


_UNSENT = deliveries.c.state == "pending", deliveries.c.worker == ""
_OPEN = (
    *_UNSENT,
    jobs.c.callback_format.in_(sa.bindparam("formats", expanding=True)),
    deliveries.c.host.not_in(sa.bindparam("busy_hosts", expanding=True)),
    jobs.c.callback_uri.not_in(sa.bindparam("busy_uris", expanding=True)),
)
"""What may be delivered by one who makes some formats, to where not enough is under way."""

# Made once: they are run whenever something changes, and making them takes longer than running them.
_NEXT_DUE = (
    sa.select(sa.func.min(deliveries.c.due))
    .join(jobs, jobs.c.number == deliveries.c.job)
    .where(*_OPEN)
)
_DUE = (
    sa.select(
        deliveries.c.job,
        deliveries.c.attempt,
        deliveries.c.refused,
        deliveries.c.host,
        jobs.c.callback_uri,
    )
    .join(jobs, jobs.c.number == deliveries.c.job)
    .where(*_OPEN, deliveries.c.due <= sa.bindparam("now"))
    .order_by(deliveries.c.due)
    .limit(10)
)

"""Telling whoever asked to be told that a job has ended."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from photomill.catalog.deliveries import DeliveryTable, DueDelivery
from photomill.catalog.jobs import JobTable
from photomill.components import Storage
from photomill.errors import NotFound, PhotomillError
from photomill.jobs.model import Delivery, Job, Message

logger = logging.getLogger(__name__)

Render = Callable[[Job, Delivery], Message | None]
"""Makes the message of a job that has ended; None where there is nothing to tell."""


class Senders(Protocol):
    """Where the storages are found that serve URIs."""

    def storages_by_scheme(self) -> dict[str, Storage]:
        """Return the storages that serve a URI scheme."""


class Telling:
    """Sends messages, and again after ``delays`` until they are taken: at least once. Never changes a job."""

    def __init__(
        self,
        deliveries: DeliveryTable,
        jobs: JobTable,
        senders: Senders,
        delays: Sequence[float],
    ) -> None:
        """
        :param delays: seconds after each failed try but the last.
        """
        self._deliveries = deliveries
        self._jobs = jobs
        self._senders = senders
        self._delays = delays
        self._renders: dict[str, Render] = {}
        self._own_delays: dict[str, Sequence[float]] = {}

    def renders(self, format: str) -> bool:
        """Whether messages of a format can be made here."""
        return format in self._renders

    def register(self, format: str, render: Render, delays: Sequence[float] | None = None) -> None:
        """
        :param delays: for messages of this format; None for those of all.
        """
        self._renders[format] = render
        if delays is not None:
            self._own_delays[format] = delays

    def send_one(self, worker: str) -> bool:
        """Try one delivery that is due; False where none is."""
        delivery = self._deliveries.take(worker, list(self._renders))
        if delivery is None:
            return False
        try:
            error = self._sent(delivery)
        except PhotomillError as failure:
            error = str(failure)
        except Exception as failure:
            logger.exception("the message about job %d cannot be made or sent", delivery.job)
            error = f"{type(failure).__name__}: {failure}"
        self._note(delivery, error)
        return True

    def next_due(self) -> float | None:
        return self._deliveries.next_due(list(self._renders))

    def _note(self, delivery: DueDelivery, error: str) -> None:
        if not error:
            self._deliveries.end(delivery, "delivered")
            return
        delays = self._delays_of(delivery)
        if delivery.attempt > len(delays):
            logger.warning("job %d: nobody takes its message: %s", delivery.job, error)
            self._deliveries.end(delivery, "failed", error)
        else:
            due = time.time() + delays[delivery.attempt - 1]
            self._deliveries.put_off(delivery, due, error)

    def _delays_of(self, delivery: DueDelivery) -> Sequence[float]:
        try:
            callback = self._jobs.get(delivery.job).callback
        except NotFound:
            # The job was forgotten meanwhile: there is nothing left to tell.
            return ()
        format = "" if callback is None else callback.format
        return self._own_delays.get(format, self._delays)

    def _sent(self, delivery: DueDelivery) -> str:
        """Send a message; returns why it was not taken, or nothing."""
        job = self._jobs.get(delivery.job)
        if job.callback is None:
            raise NotFound(f"job {job.number} tells nobody")
        render = self._renders[job.callback.format]
        scheme = urlsplit(job.callback.uri).scheme
        sender = self._senders.storages_by_scheme().get(scheme)
        if sender is None:
            return f"no storage serves {scheme} addresses"
        message = render(job, Delivery(job.id, delivery.attempt))
        if message is None:
            return ""
        status = sender.send(job.callback.uri, message.body, message.headers)
        return "" if 200 <= status < 300 else f"the receiver answered {status}"

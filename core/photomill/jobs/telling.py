"""Telling whoever asked to be told that a job has ended."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from photomill.components import Storage
from photomill.errors import NotFound, PhotomillError
from photomill.jobs.model import Delivery, Job, Message
from photomill.jobs.store.deliveries import DeliveryTable, DueDelivery
from photomill.jobs.store.jobs import JobTable

logger = logging.getLogger(__name__)

Render = Callable[[Job, Delivery], Message | None]
"""Makes the message of a job that has ended; None where there is nothing to tell."""


class Senders(Protocol):
    """Where the storages are found that serve URIs."""

    def storages_by_scheme(self) -> dict[str, Storage]:
        """Return the storages that serve a URI scheme."""


class Telling:
    """Sends messages, and again after ``delays`` until they are taken: at least once. Never changes a job.

    Many at once, each waiting for nobody but itself: a receiver that hangs takes no more than its share. Thread-safe.
    """

    def __init__(
        self,
        deliveries: DeliveryTable,
        jobs: JobTable,
        senders: Senders,
        delays: Sequence[float],
        per_host: int,
    ) -> None:
        """
        :param delays: seconds after each failed try but the last.
        :param per_host: deliveries to one host at once; to one address, an eighth of them.
        """
        self._deliveries = deliveries
        self._jobs = jobs
        self._senders = senders
        self._delays = delays
        self._per_host = per_host
        self._lock = threading.Lock()
        self._to_host: Counter[str] = Counter()
        self._to_uri: Counter[str] = Counter()
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

    def take(self, worker: str) -> DueDelivery | None:
        """Take one delivery that is due, to where not enough are under way yet; :meth:`send`, :meth:`note` and
        :meth:`release` it then."""
        with self._lock:
            delivery = self._deliveries.take(worker, list(self._renders), **self._busy())
            if delivery is not None:
                self._to_host[delivery.host] += 1
                self._to_uri[delivery.uri] += 1
        return delivery

    def send(self, delivery: DueDelivery) -> str:
        """Try a delivery that was taken; returns why it was not received, or nothing. Never raises."""
        try:
            return self._sent(delivery)
        except PhotomillError as failure:
            return str(failure)
        except Exception as failure:
            logger.exception("the message about job %d cannot be made or sent", delivery.job)
            return f"{type(failure).__name__}: {failure}"

    def release(self, delivery: DueDelivery) -> None:
        """Let others go where a delivery went."""
        with self._lock:
            for counts, place in ((self._to_host, delivery.host), (self._to_uri, delivery.uri)):
                counts[place] -= 1
                if not counts[place]:
                    del counts[place]

    def next_due(self) -> float | None:
        """When the next delivery may be taken, in seconds since the epoch."""
        with self._lock:
            busy = self._busy()
        return self._deliveries.next_due(list(self._renders), **busy)

    def _busy(self) -> dict[str, list[str]]:
        """Where enough deliveries are under way."""
        per_uri = max(1, self._per_host // 8)
        return {
            "busy_hosts": [
                host for host, count in self._to_host.items() if count >= self._per_host
            ],
            "busy_uris": [uri for uri, count in self._to_uri.items() if count >= per_uri],
        }

    def note(self, delivery: DueDelivery, error: str) -> None:
        """Store what came of a delivery: it was received, or is tried again later, or never."""
        if not error:
            self._deliveries.end(delivery, "delivered")
            return
        delays = self._delays_of(delivery)
        if delivery.refused >= len(delays):
            logger.warning("job %d: nobody takes its message: %s", delivery.job, error)
            self._deliveries.end(delivery, "failed", error)
        else:
            due = time.time() + delays[delivery.refused]
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

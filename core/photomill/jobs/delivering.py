"""Delivering the messages that a job has ended: what is sent, where to, and the threads that send."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol
from urllib.parse import urlsplit

from photomill.components import Storage
from photomill.errors import NotFound, PhotomillError
from photomill.jobs.context import AT_ONCE, WorkerContext
from photomill.jobs.model import Delivery, Job, Message
from photomill.jobs.store.deliveries import DeliveryTable, DueDelivery
from photomill.jobs.store.jobs import JobTable

logger = logging.getLogger(__name__)

_RETRY_SECONDS = 1.0

Render = Callable[[Job, Delivery], Message | None]
"""Makes the message of a job that has ended; None where nothing is to be sent."""


class Storages(Protocol):
    """Where the storages are found that serve URIs."""

    def storages_by_scheme(self) -> dict[str, Storage]:
        """Return the storages that serve a URI scheme."""


class Deliveries:
    """Sends messages, and again after ``delays`` until they are taken: at least once. Never changes a job.

    Many at once, each waiting for nobody but itself: a receiver that hangs takes no more than its share. Thread-safe.
    """

    def __init__(
        self,
        table: DeliveryTable,
        jobs: JobTable,
        storages: Storages,
        delays: Sequence[float],
        per_host: int,
    ) -> None:
        """
        :param delays: seconds after each failed try but the last.
        :param per_host: deliveries to one host at once; to one address, an eighth of them.
        """
        self._table = table
        self._jobs = jobs
        self._storages = storages
        self._delays = delays
        self._per_host = per_host
        self._lock = threading.Lock()
        self._to_host: Counter[str] = Counter()
        self._to_uri: Counter[str] = Counter()
        self._renders: dict[str, Render] = {}
        self._own_delays: dict[str, Sequence[float]] = {}
        self._under_way: set[int] = set()
        # Whether the catalog may have deliveries as this worker's of which nobody here knows, since it failed meanwhile.
        self._is_unsure = False

    def has_format(self, format: str) -> bool:
        """Whether messages of a format can be made here."""
        return format in self._renders

    def register(self, format: str, render: Render, delays: Sequence[float] | None = None) -> None:
        """Say how messages of a format are made.

        :param delays: for messages of this format; None for those of all.
        """
        self._renders[format] = render
        if delays is not None:
            self._own_delays[format] = delays

    def claim(self, worker: str) -> DueDelivery | None:
        """Claim one delivery that is due, to where not enough are under way yet; :meth:`send`, :meth:`note` and
        :meth:`release` it then."""
        with self._lock:
            try:
                delivery = self._table.claim(worker, list(self._renders), **self._busy())
            except PhotomillError:
                self._is_unsure = True
                raise
            if delivery is not None:
                self._under_way.add(delivery.job)
                self._to_host[delivery.host] += 1
                self._to_uri[delivery.uri] += 1
        return delivery

    def send(self, delivery: DueDelivery) -> str:
        """Try a delivery that was claimed; returns why it was not received, or nothing. Never raises."""
        try:
            return self._send(delivery)
        except PhotomillError as failure:
            return str(failure)
        except Exception as failure:
            logger.exception("the message about job %d cannot be made or sent", delivery.job)
            return f"{type(failure).__name__}: {failure}"

    def release(self, delivery: DueDelivery) -> None:
        """Let others go where a delivery went."""
        with self._lock:
            self._under_way.discard(delivery.job)
            for counts, place in ((self._to_host, delivery.host), (self._to_uri, delivery.uri)):
                counts[place] -= 1
                if not counts[place]:
                    del counts[place]

    def next_due(self, worker: str) -> float | None:
        """When the next delivery may be taken, in seconds since the epoch."""
        with self._lock:
            if self._is_unsure:
                self._table.let_go(worker, but=self._under_way)
                self._is_unsure = False
            busy = self._busy()
        return self._table.next_due(list(self._renders), **busy)

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
            self._table.end(delivery, "delivered")
            return
        delays = self._delays_of(delivery)
        if delivery.refused >= len(delays):
            logger.warning("job %d: nobody takes its message: %s", delivery.job, error)
            self._table.end(delivery, "failed", error)
        else:
            due = time.time() + delays[delivery.refused]
            self._table.put_off(delivery, due, error)

    def _delays_of(self, delivery: DueDelivery) -> Sequence[float]:
        try:
            callback = self._jobs.get(delivery.job).callback
        except NotFound:
            # The job was forgotten meanwhile: nothing is left to be sent.
            return ()
        format = "" if callback is None else callback.format
        return self._own_delays.get(format, self._delays)

    def _send(self, delivery: DueDelivery) -> str:
        """Send a message; returns why it was not taken, or nothing."""
        job = self._jobs.get(delivery.job)
        if job.callback is None:
            raise NotFound(f"job {job.number} has no callback")
        render = self._renders[job.callback.format]
        scheme = urlsplit(job.callback.uri).scheme
        sender = self._storages.storages_by_scheme().get(scheme)
        if sender is None:
            return f"no storage serves {scheme} addresses"
        message = render(job, Delivery(job.id, delivery.attempt))
        if message is None:
            return ""
        status = sender.send(job.callback.uri, message.body, message.headers)
        return "" if 200 <= status < 300 else f"the receiver answered {status}"


class Deliverers:
    """Sends what is due until it is time to stop. Threads are made as they are needed."""

    def __init__(self, context: WorkerContext, deliveries: Deliveries) -> None:
        self._context = context
        self._deliveries = deliveries
        count = context.settings.deliveries
        self._free = threading.BoundedSemaphore(count)
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="photomill-deliver")

    def run(self) -> None:
        """Have one delivery after the other sent until it is time to stop, and wait for those under way."""
        self._context.repeat(self._deliver_one, "the catalog gives no messages")
        self._pool.shutdown()

    def _deliver_one(self) -> float | None:
        due = self._deliveries.next_due(self._context.worker)
        if due is None or due > time.time():
            return due
        self._free.acquire()
        delivery = None
        try:
            if not self._context.signals.stopping:
                delivery = self._deliveries.claim(self._context.worker)
        finally:
            if delivery is None:
                self._free.release()
        if delivery is not None:
            self._pool.submit(self._deliver, delivery)
        return AT_ONCE

    def _deliver(self, delivery: DueDelivery) -> None:
        try:
            self._note(delivery, self._deliveries.send(delivery))
        finally:
            self._deliveries.release(delivery)
            self._free.release()
            self._context.signals.notify()

    def _note(self, delivery: DueDelivery, error: str) -> None:
        """Note what came of it, and try again for as long as the catalog cannot."""
        while True:
            try:
                self._deliveries.note(delivery, error)
                return
            except PhotomillError as failure:
                self._context.errors.log("the catalog takes no outcome of a message", failure)
            if self._context.signals.stopping:
                # Released with everything else that this worker holds, and sent again.
                return
            self._context.signals.sleep(_RETRY_SECONDS)

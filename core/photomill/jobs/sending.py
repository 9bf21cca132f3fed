"""The threads that send messages, side by side."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from photomill.errors import PhotomillError
from photomill.jobs.complaints import Complaints
from photomill.jobs.signals import Signals
from photomill.jobs.store.deliveries import DueDelivery
from photomill.jobs.telling import Telling

_RETRY_SECONDS = 1.0

_PAUSE_SECONDS = 1.0
"""Before a catalog that gives no messages is asked again."""


class Senders:
    """Sends what is due until it is time to stop. Threads are made as they are needed."""

    def __init__(
        self,
        telling: Telling,
        worker: str,
        count: int,
        signals: Signals,
        complaints: Complaints,
    ) -> None:
        """
        :param count: messages sent at once.
        """
        self._telling = telling
        self._worker = worker
        self._signals = signals
        self._complaints = complaints
        self._free = threading.BoundedSemaphore(count)
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="photomill-send")
        self._under_way = 0
        self._changed = threading.Condition()

    def run(self) -> None:
        """Take one delivery after the other, and have it sent."""
        while not self._signals.stopping:
            seen = self._signals.seen()
            if not self._send_one():
                self._signals.wait(seen, self._telling.next_due)

    def close(self, seconds: float) -> None:
        """Wait so long for what is under way."""
        deadline = time.monotonic() + seconds
        with self._changed:
            self._changed.wait_for(
                lambda: not self._under_way, max(0.0, deadline - time.monotonic())
            )
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _send_one(self) -> bool:
        self._free.acquire()
        try:
            delivery = self._telling.take(self._worker)
        except PhotomillError as error:
            self._complaints.note("the catalog gives no messages", error)
            self._signals.sleep(_PAUSE_SECONDS)
            delivery = None
        if delivery is None:
            self._free.release()
            return False
        with self._changed:
            self._under_way += 1
        self._pool.submit(self._sent, delivery)
        return True

    def _sent(self, delivery: DueDelivery) -> None:
        try:
            self._note(delivery, self._telling.send(delivery))
        finally:
            self._telling.release(delivery)
            self._free.release()
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()
            self._signals.notify()

    def _note(self, delivery: DueDelivery, error: str) -> None:
        """Note what came of it, and try again for as long as the catalog cannot."""
        while True:
            try:
                self._telling.note(delivery, error)
                return
            except PhotomillError as failure:
                self._complaints.note("the catalog takes no outcome of a message", failure)
            if self._signals.stopping:
                # Released with everything else that this worker holds, and sent again.
                return
            self._signals.sleep(_RETRY_SECONDS)

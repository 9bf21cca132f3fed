"""Storing how items ended: many in one transaction."""

import logging
import threading

from photomill.catalog.job_claims import Ending, JobClaims
from photomill.errors import PhotomillError

logger = logging.getLogger(__name__)

_AT_ONCE = 500
_RETRY_SECONDS = 1.0


class Recorder:
    """Writes endings in groups: those that came while the last group was being written.

    What was not written when the process died is done again, which does no harm.
    """

    def __init__(self, claims: JobClaims, worker: str) -> None:
        self._claims = claims
        self._worker = worker
        self._changed = threading.Condition()
        self._waiting: list[Ending] = []
        self._writing = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="photomill-record", daemon=True)
        self._thread.start()

    def add(self, ending: Ending) -> None:
        with self._changed:
            self._waiting.append(ending)
            self._changed.notify_all()

    def flush(self) -> None:
        """Wait until everything added so far is written, or nothing is written any more."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or (not self._waiting and not self._writing)
            )

    def close(self) -> None:
        """Write what is left, and end."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    return
                some, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
                self._writing = True
            self._write(some)
            with self._changed:
                self._writing = False
                self._changed.notify_all()

    def _write(self, endings: list[Ending]) -> None:
        """Write, and try again for as long as the catalog cannot: the work is done, and would be lost."""
        while True:
            try:
                self._claims.end(self._worker, endings)
                return
            except PhotomillError:
                logger.exception("the results of jobs cannot be stored yet")
            with self._changed:
                if self._closed:
                    return
                self._changed.wait(_RETRY_SECONDS)

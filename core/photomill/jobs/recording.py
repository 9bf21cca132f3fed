"""Storing which items begin and how items ended: many in one transaction."""

import logging
import threading

from attrs import define, field

from photomill.errors import PhotomillError
from photomill.jobs.complaints import Complaints
from photomill.jobs.model import JobItem
from photomill.jobs.store.claims import Ending, JobClaims

logger = logging.getLogger(__name__)

_AT_ONCE = 500
_RETRY_SECONDS = 1.0


@define(eq=False)
class _Begin:
    """:ivar held: whether it may begin; False until that is stored."""

    job: int
    position: int
    stored: threading.Event = field(factory=threading.Event)
    held: bool = False


class Recorder:
    """Writes begins and endings in groups: those that came while the last group was being written.

    An ending that was not written when the process died is done again, which does no harm. A begin is waited for: what
    ran when the process died is what the catalog says.
    """

    def __init__(self, claims: JobClaims, worker: str) -> None:
        self._claims = claims
        self._worker = worker
        self._complaints = Complaints(logger)
        self._changed = threading.Condition()
        self._endings: list[Ending] = []
        self._begins: list[_Begin] = []
        self._writing = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="photomill-record", daemon=True)
        self._thread.start()

    def begin(self, job: int, item: JobItem) -> bool:
        """Note that an item begins; returns once that is stored.

        :returns: False where it may not begin: another worker has it, or the catalog could not be written before the
            end.
        """
        begin = _Begin(job, item.position)
        with self._changed:
            if self._closed:
                return False
            self._begins.append(begin)
            self._changed.notify_all()
        begin.stored.wait()
        return begin.held

    def add(self, ending: Ending) -> None:
        """Note how an item ended; returns at once."""
        with self._changed:
            self._endings.append(ending)
            self._changed.notify_all()

    def flush(self) -> None:
        """Wait until everything added so far is written, or nothing is written any more."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or (not self._endings and not self._writing)
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
                self._changed.wait_for(lambda: self._endings or self._begins or self._closed)
                if not self._endings and not self._begins:
                    return
                endings, self._endings = self._endings[:_AT_ONCE], self._endings[_AT_ONCE:]
                begins, self._begins = self._begins, []
                self._writing = True
            self._write(endings, begins)
            for begin in begins:
                begin.stored.set()
            with self._changed:
                self._writing = False
                self._changed.notify_all()

    def _write(self, endings: list[Ending], begins: list[_Begin]) -> None:
        """Write, and try again for as long as the catalog cannot: the work is done, and would be lost."""
        places = [(begin.job, begin.position) for begin in begins]
        while True:
            try:
                held = self._claims.record(self._worker, endings, places)
            except PhotomillError as error:
                self._complaints.note("the results of jobs cannot be stored yet", error)
            else:
                for begin, is_held in zip(begins, held, strict=True):
                    begin.held = is_held
                return
            with self._changed:
                if self._closed:
                    return
                self._changed.wait_for(lambda: self._closed, _RETRY_SECONDS)

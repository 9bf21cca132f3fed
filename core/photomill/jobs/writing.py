"""Storing which items start and their outcomes: many in one transaction."""

import logging
import threading
from collections.abc import Callable, Iterable

from attrs import define, field

from photomill.errors import PhotomillError
from photomill.jobs.model import ItemState
from photomill.jobs.repeated_errors import RepeatedErrors
from photomill.jobs.store.claims import ItemOutcome, JobClaims, Start

logger = logging.getLogger(__name__)

_AT_ONCE = 500
_RETRY_SECONDS = 1.0
_MOMENT = 0.05
"""How long outcomes wait for others, and for the start of a further item, which then are written with them."""


@define(eq=False)
class PendingStart:
    """The start of an item that is claimed.

    :ivar asked: whether it is stored, or soon will be.
    :ivar held: whether the item may start; False until that is stored.
    """

    start: Start
    asked: bool = False
    stored: threading.Event = field(factory=threading.Event)
    held: bool = False


class OutcomeWriter:
    """Writes starts and outcomes in groups: those that came while the last group was being written.

    An item whose outcome was not written when the process died is done again, which does no harm. A start is waited
    for: nothing ran when the process died but what the catalog says.
    """

    def __init__(
        self, claims: JobClaims, worker: str, wrote: Callable[[], None] = lambda: None
    ) -> None:
        """
        :param wrote: told of each group that was written and put no item back.
        """
        self._claims = claims
        self._worker = worker
        self._wrote = wrote
        self._errors = RepeatedErrors(logger)
        self._changed = threading.Condition()
        self._outcomes: list[ItemOutcome] = []
        self._starts: list[PendingStart] = []
        self._writing = False
        self._flushing = 0
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="photomill-outcomes", daemon=True)
        self._thread.start()

    def start(self, start: PendingStart, ahead: Iterable[PendingStart] = ()) -> bool:
        """Note that an item starts, and take it over from the worker that claimed it; returns once that is stored.

        :param ahead: items that start soon, whose starts are stored together with this one.
        :returns: False where it may not start: another worker has it, or the catalog could not be written before the
            end.
        """
        if not start.asked:
            with self._changed:
                if self._closed:
                    return False
                for each in (start, *ahead):
                    if not each.asked:
                        each.asked = True
                        self._starts.append(each)
                self._changed.notify_all()
        start.stored.wait()
        return start.held

    def add(self, outcome: ItemOutcome) -> None:
        """Note how an item ended; returns at once."""
        with self._changed:
            self._outcomes.append(outcome)
            if len(self._outcomes) == 1:
                # Further ones are written with the first.
                self._changed.notify_all()

    def flush(self) -> None:
        """Wait until everything added so far is written, or nothing is written any more."""
        with self._changed:
            self._flushing += 1
            self._changed.notify_all()
            self._changed.wait_for(
                lambda: self._closed or (not self._outcomes and not self._writing)
            )
            self._flushing -= 1

    def close(self) -> None:
        """Write what is left, and end."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._outcomes or self._starts or self._closed)
                if not self._outcomes and not self._starts:
                    return
                self._changed.wait_for(self._is_urgent, _MOMENT)
                outcomes, self._outcomes = self._outcomes[:_AT_ONCE], self._outcomes[_AT_ONCE:]
                starts, self._starts = self._starts, []
                self._writing = True
            self._write(outcomes, starts)
            for start in starts:
                start.stored.set()
            with self._changed:
                self._writing = False
                self._changed.notify_all()

    def _is_urgent(self) -> bool:
        """Whether somebody waits for what is to be written."""
        return bool(self._starts or self._flushing or self._closed)

    def _write(self, outcomes: list[ItemOutcome], starts: list[PendingStart]) -> None:
        """Write, and try again for as long as the catalog cannot: the work is done, and would be lost."""
        starting = [each.start for each in starts]
        while True:
            try:
                held = self._claims.record(self._worker, outcomes, starting)
            except PhotomillError as error:
                self._errors.log("the results of jobs cannot be stored yet", error)
            else:
                for start, is_held in zip(starts, held, strict=True):
                    start.held = is_held
                if all(each.state is not ItemState.WAITING for each in outcomes):
                    self._wrote()
                return
            with self._changed:
                if self._closed:
                    return
                self._changed.wait_for(lambda: self._closed, _RETRY_SECONDS)
